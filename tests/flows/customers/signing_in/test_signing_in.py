"""Signing in: by password, by a link in a mail, and how it ends."""

from dataclasses import replace

import pytest
from desk import until
from doors import HERE, OFFICE, QUICK
from structlog.testing import capture_logs

from bitrix24_sandbox.account import people
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.flows.customers.signing_in import SignIn
from ticket24.pace import Hashing
from ticket24.store import keys


@pytest.mark.parametrize("case_sensitive", [False, True])
async def test_a_contact_signs_in_by_address_and_password(door, case_sensitive):
    """Any of the addresses will do, whatever the spelling here or there."""
    door.world.switches.email_case_sensitive = case_sensitive
    people = {
        "joerg.mueller@example.com": "Jörg",
        " Zoe.Fischer@Example.COM ": "Zoë",
        "peter.oneill@example.com": "Peter",
        "chloe.martin@example.com": "Chloé",
        "ana.privado@example.com": "Ana",
    }

    for email, name in people.items():
        assert [name] == await door.enter(email, "ticket24-demo")
        assert [name] == await door.enter(email, "ticket24-demo")
    assert len(people) == door.asked()


async def test_the_address_they_came_with_stands_first(door):
    """A customer who uses a second address is known by it, as the CRM spells it."""
    found = await door.sign_in.by_password(
        door.account, "ANA.privado@example.com", "ticket24-demo", HERE
    )
    (ana,) = found.customers

    assert ("ana.privado@example.com", "ana.souza@example.com") == ana.emails


async def test_nobody_else_signs_in(door):
    """A wrong password, an empty one, an unknown address: nobody."""
    for email, password in (
        ("joerg.mueller@example.com", "wrong"),
        ("joerg.mueller@example.com", "TICKET24-DEMO"),
        ("mehmet.yilmaz@example.com", ""),
        ("mehmet.yilmaz@example.com", "x" * 100_000),
        ("li.wei@example.com", ""),
        ("li.wei@example.com", "None"),
        ("nobody@example.com", "ticket24-demo"),
        ("", "ticket24-demo"),
        ("$result[index][CONTACT]", "ticket24-demo"),
        ("joerg.mueller@example.com\0", "ticket24-demo"),
    ):
        assert [] == await door.enter(email, password)
        await door.next_minute()
        assert [] == await door.enter(email, password)


async def test_bitrix24_may_answer_with_strangers(door):
    """An empty answer of the index leads to a list of anybody; they stay out."""
    redis = door.desk.stores.redis

    assert [] == await door.enter("nobody@example.com", "ticket24-demo")

    assert 1 == door.asked()
    assert 0 == await redis.hlen(keys.customers(door.account.id))
    assert 0 == await redis.hlen(keys.passwords(door.account.id))


async def test_a_contact_we_have_not_seen_yet_is_looked_up(door):
    """A customer just added to the CRM gets in, and is known from then on."""
    new = people.add_contact(
        door.world, 1, "Nadia", emails=["nadia@example.com"], password="fresh"
    )

    assert ["Nadia"] == await door.enter("Nadia@example.com", "fresh")

    customers = door.desk.stores.customers
    assert set() == await customers.strangers(door.account.id, [new.id])


@pytest.mark.parametrize("known", [False, True])
async def test_who_shares_address_and_password_signs_in_together(door, known):
    """Every contact whose password matches is signed in, and nobody else."""
    door.change("Marie", password="together")
    door.change("Paul", password="together")
    if known:
        await door.enter(OFFICE, "wrong")

    assert ["Marie", "Paul"] == await door.enter(OFFICE, "together")

    door.change("Paul", password="alone")
    await door.next_minute()
    assert ["Paul"] == await door.enter(OFFICE, "alone")


async def test_each_has_a_password_of_their_own(door):
    """One address, two passwords: each opens one door, without asking again."""
    assert ["Marie"] == await door.enter(OFFICE, "ticket24-demo-marie")
    assert ["Paul"] == await door.enter(OFFICE, "ticket24-demo-paul")
    assert 1 == door.asked()


async def test_a_slip_of_the_finger_does_not_cost_a_minute(door):
    """After a wrong try, the right password is good at once."""
    assert [] == await door.enter("joerg.mueller@example.com", "ticket24-dmeo")

    assert ["Jörg"] == await door.enter("joerg.mueller@example.com", "ticket24-demo")
    assert 1 == door.asked()


async def test_a_link_asked_for_meanwhile_does_not_cost_a_minute(door):
    """The right password is good, though a link was sent while it became known."""
    email = "joerg.mueller@example.com"
    slow = replace(QUICK, hashing=Hashing(8, 65_536))
    sign_in = SignIn(door.desk.stores, door.clients, slow)
    with capture_logs() as lines:
        async with door.desk.worker():
            wrong = await sign_in.by_password(door.account, email, "wrong", HERE)
            assert () == wrong.customers
            await door.ask(email)
            await until(lambda: any(x["event"].startswith("link_") for x in lines))
        right = await sign_in.by_password(door.account, email, "ticket24-demo", HERE)
        await sign_in.close()

    assert ["Jörg Müller"] == [one.name for one in right.customers]
    assert 1 == door.asked()


async def test_who_was_here_before_needs_no_bitrix24(door):
    """While Bitrix24 is away the kept hash is good enough, and others wait."""
    await door.enter("joerg.mueller@example.com", "ticket24-demo")
    door.world.faults.rest = "502"

    assert ["Jörg"] == await door.enter("joerg.mueller@example.com", "ticket24-demo")
    assert [] == await door.enter("joerg.mueller@example.com", "wrong")
    assert [] == await door.enter("ana.souza@example.com", "ticket24-demo")


async def test_a_late_answer_is_good_for_the_next_try(door):
    """A customer refused because Bitrix24 is slow gets in once it has answered."""
    redis = door.desk.stores.redis
    door.world.faults.rest = "hang"
    hasty = SignIn(
        door.desk.stores,
        door.clients,
        replace(QUICK, sign_in_patience_seconds=0.1),
    )
    first = await hasty.by_password(
        door.account, "joerg.mueller@example.com", "ticket24-demo", HERE
    )
    door.world.faults.rest = ""
    await until(lambda: redis.hlen(keys.passwords(door.account.id)))

    assert () == first.customers
    assert ["Jörg"] == await door.enter("joerg.mueller@example.com", "ticket24-demo")
    assert 1 == door.asked()


async def test_what_the_old_password_begins_while_it_changes_is_over(door):
    """Else who has it stays in for weeks, though it was changed to end just that."""
    email, logins = "joerg.mueller@example.com", door.desk.stores.logins
    await door.enter(email, "ticket24-demo")
    look = logins.hashes

    async def changed_since(account, contact_ids):
        found = await look(account, contact_ids)
        ((contact_id, before),) = found.items()
        assert await logins.put(account, contact_id, before, "another")
        return found

    logins.hashes = changed_since
    cookie = await door.session(email, "ticket24-demo")

    assert await door.outside(cookie)


async def test_a_first_sign_in_while_the_password_changes_is_over(door):
    """Its answer from Bitrix24 is older than what is kept by then."""
    email, customers = "joerg.mueller@example.com", door.desk.stores.customers
    keep, logins = customers.put_all, door.desk.stores.logins

    async def kept_and_changed(account, found, claim):
        found = [*found]
        late = await keep(account, found, claim)
        for one in found:
            id_ = one.ref.contact_id
            before = await logins.hashes(account, [id_])
            assert await logins.put(account, id_, before[id_], "another")
        return late

    customers.put_all = kept_and_changed

    assert [] == await door.enter(email, "ticket24-demo")


async def test_another_field_is_another_password(door):
    """If the company keeps passwords in another field, the old ones are not valid."""
    await door.enter("joerg.mueller@example.com", "ticket24-demo")
    people.add_userfield(door.world, 1, "UF_CRM_NEW")
    group = next(iter(door.account.settings.group_ids))
    settings = AccountSettings(
        password_field="UF_CRM_NEW", departments=(Department(group),)
    )
    door.account = door.account.with_settings(settings, door.account.connected_at)
    door.change("Jörg", custom={"UF_CRM_NEW": "new"})
    await door.next_minute()

    assert [] == await door.enter("joerg.mueller@example.com", "ticket24-demo")
    assert ["Jörg"] == await door.enter("joerg.mueller@example.com", "new")
