"""Signing in by a link: sent, used once, waited for, given up."""

import asyncio
import re
import time
from dataclasses import replace

import pytest
from argon2 import extract_parameters
from desk import until
from doors import HERE, OFFICE, QUICK, connected
from letters import why
from structlog.testing import capture_logs

from ticket24.domain.customers.logins import TooManyTries
from ticket24.flows.customers.signing_in import SignIn
from ticket24.flows.reach.clients import open_clients
from ticket24.flows.tickets import failed
from ticket24.pace import PACE
from ticket24.store import keys
from ticket24.store.sign_in.links import RedisLinks

LINK = re.compile(r"http://\S+/p/acme/login/link/(\S+)")


async def test_a_link_signs_in_once(door):
    """It comes to the address as the CRM spells it, for all who share it."""
    async with door.desk.worker():
        await door.ask(" PETER.oneill@example.com")
        await door.ask(OFFICE.upper())
        await until(lambda: len(door.desk.mailbox.of_kind("sign_in")) == 2)
    by_recipient = {
        mail["X-Envelope-To"]: LINK.search(text)[1]
        for mail, text in door.desk.mailbox.read()
    }

    assert {"Peter.ONeill@EXAMPLE.com", OFFICE} == set(by_recipient)
    token = by_recipient[OFFICE]
    assert await door.sign_in.whose_link(door.account, token)
    assert ["Marie", "Paul"] == await door.by_link(token)
    assert not await door.sign_in.whose_link(door.account, token)
    assert [] == await door.by_link(token)
    assert ["Peter"] == await door.by_link(by_recipient["Peter.ONeill@EXAMPLE.com"])


async def test_a_link_needs_no_password(door):
    """A customer who has no password, or has forgotten it, gets in by link."""
    async with door.desk.worker():
        await door.ask("li.wei@example.com")
        await until(lambda: door.desk.mailbox.mails)

    assert ["Wei"] == await door.by_link(LINK.search(door.desk.mailbox.texts()[0])[1])


async def test_a_link_that_is_used_while_the_password_changes_begins_nothing(door):
    """As one that is used after it."""
    async with door.desk.worker():
        await door.enter("joerg.mueller@example.com", "ticket24-demo")
        await door.ask("joerg.mueller@example.com")
        await until(lambda: door.desk.mailbox.mails)
        token = LINK.search(door.desk.mailbox.texts()[0])[1]
        found = await door.sign_in.by_link(door.account, token)
        (joerg,) = found.customers
        id_, logins = joerg.ref.contact_id, door.desk.stores.logins
        before = (await logins.hashes(door.account.id, [id_]))[id_]
        assert await logins.put(door.account.id, id_, before, "another")
        who = [id_], joerg.emails[0], joerg.name
        cookie = await door.sessions.start(door.account.id, *who, found.generations)

    assert await door.outside(cookie)


async def test_a_session_by_link_ends_with_the_password_too(door):
    """A password that changes ends sessions that were started without it."""
    async with door.desk.worker():
        await door.ask("joerg.mueller@example.com")
        await until(lambda: door.desk.mailbox.mails)
        token = LINK.search(door.desk.mailbox.texts()[0])[1]
        found = await door.sign_in.by_link(door.account, token)
        (joerg,) = found.customers
        who = [joerg.ref.contact_id], joerg.emails[0], joerg.name
        cookie = await door.sessions.start(door.account.id, *who, found.generations)

        door.change("Jörg", password="changed")

        await until(lambda: door.outside(cookie))


async def test_a_link_is_no_good_without_its_address(door):
    """When the contact loses the address, a link that is on its way is void."""
    links, joerg = RedisLinks(door.desk.stores.redis), door.contact("Jörg")
    await door.enter("joerg.mueller@example.com", "ticket24-demo")
    token = await links.make(door.account.id, "other@example.com", [joerg.id])

    assert [] == await door.by_link(token)


async def test_nobody_gets_a_mail_who_is_not_known(door):
    """Strangers and impossible addresses: the same answer, and no mail."""
    async with door.desk.worker():
        for email in ("nobody@example.com", "", "no address", "a@b\nBcc: c@d"):
            assert None is await door.ask(email)
        await until(lambda: _empty(door))

    assert [] == door.desk.mailbox.mails


async def _empty(door):
    account = door.account.id
    return not await door.desk.stores.redis.exists(
        keys.link_requests(account), keys.link_strangers(account)
    )


async def test_links_asked_for_at_once_are_all_sent(door):
    """However many people press the button in the same moment."""
    names = ["joerg.mueller", "ana.souza", "mehmet.yilmaz", "zoe.fischer", "li.wei"]
    await asyncio.gather(*(door.ask(f"{name}@example.com") for name in names))

    async with door.desk.worker():
        await until(lambda: len(door.desk.mailbox.mails) == len(names))


async def test_a_link_leads_to_the_ticket_that_it_was_asked_for(door):
    """The number stands in the mail: it is good in any browser, and for long."""
    async with door.desk.worker():
        await door.sign_in.ask_for_link(
            door.account, "joerg.mueller@example.com", HERE, ticket="51"
        )
        await until(lambda: door.desk.mailbox.mails)

    token, _, query = LINK.search(door.desk.mailbox.texts()[0])[1].partition("?")
    assert "ticket=51" == query
    assert ["Jörg"] == await door.by_link(token)


async def test_links_are_rationed_without_a_word(door):
    """Three mails to an address; who asks from one place too often has to wait."""
    async with door.desk.worker():
        for _ in range(5):
            await door.ask("joerg.mueller@example.com")
            await until(lambda: _empty(door))
        await until(lambda: len(door.desk.mailbox.mails) == 3)
    for _ in range(15):
        await door.ask("joerg.mueller@example.com")

    with pytest.raises(TooManyTries):
        await door.ask("ana.souza@example.com")
    assert 3 == len(door.desk.mailbox.mails)


async def test_a_link_waits_for_the_mail_server(door):
    """A mail server that is away is tried again, with a fresh token."""
    redis = door.desk.stores.redis
    door.desk.mailbox.answer = "450 not now"
    with capture_logs() as lines:
        async with door.desk.worker():
            await door.ask("joerg.mueller@example.com")
            await until(lambda: any(x["event"] == "link_postponed" for x in lines))
            assert [] == [key async for key in redis.scan_iter("*}:link:*")]
            door.desk.mailbox.answer = "250 OK"
            requests = keys.link_requests(door.account.id)
            for request in await redis.zrange(requests, 0, -1):  # If not tried by now.
                await redis.zadd(requests, {request: 0}, xx=True)
            await redis.zadd(keys.LINK_ACCOUNTS, {door.account.id: 0})
            await until(lambda: door.desk.mailbox.mails)

    assert ["Jörg"] == await door.by_link(LINK.search(door.desk.mailbox.texts()[0])[1])


async def test_a_link_that_came_works_though_the_mail_server_hung_up(door):
    """Nobody knows whether the mail arrived, so its link stays good."""
    door.desk.mailbox.hangs_up = True
    with capture_logs() as lines:
        async with door.desk.worker():
            await door.ask("joerg.mueller@example.com")
            await until(lambda: any(x["event"] == "link_postponed" for x in lines))

    (text, *_) = door.desk.mailbox.texts()
    assert ["Jörg"] == await door.by_link(LINK.search(text)[1])


async def test_a_link_is_given_up_after_its_time(door):
    """What could not be sent for 15 minutes is dropped, with a line in the log."""
    redis = door.desk.stores.redis
    door.desk.mailbox.answer = "450 not now"
    old = f"{int((time.time() + 3) * 1000)} joerg.mueller@example.com"
    await redis.zadd(keys.link_requests(door.account.id), {old: 0})
    await redis.zadd(keys.LINK_ACCOUNTS, {door.account.id: 0})

    with capture_logs() as lines:
        async with door.desk.worker():
            await until(lambda: _empty(door))

    assert ["link_given_up"] == [x["event"] for x in lines if "link_" in x["event"]]


async def test_a_link_waits_for_bitrix24(door):
    """An address that we do not know is asked about when Bitrix24 is back."""
    door.world.faults.rest = "502"
    with capture_logs() as lines:
        async with door.desk.worker():
            await door.ask("joerg.mueller@example.com")
            await until(lambda: any(x["event"] == "link_postponed" for x in lines))

    assert not await _empty(door)
    assert [] == door.desk.mailbox.mails


async def test_a_link_that_is_refused_is_set_aside_until_one_arrives(door):
    """Staff of the server see why, once for each address, and can send a fresh one."""
    mailbox, parked = door.desk.mailbox, door.desk.stores.parked
    mailbox.refuse["ana.souza@example.com"] = "550 5.1.1 no such mailbox"
    async with door.desk.worker():
        await door.ask("ana.souza@example.com")
        await until(lambda: parked.count(door.account.id))
        await door.ask("Ana.Souza@example.com")
        await until(lambda: _empty(door))
        (one,) = [one async for one in parked.all(door.account.id)]
        mailbox.refuse.clear()
        await failed.replay(door.account, one, door.desk.stores)
        await until(lambda: mailbox.of_kind("sign_in"))
        await until(lambda: _empty(door))

    assert "sign-in link to ana.souza@example.com" == one.about.lower()
    assert "550 5.1.1 no such mailbox" in why(one)
    assert 0 == await parked.count(door.account.id)


async def test_nothing_secret_is_kept_or_logged(door):
    """Neither Redis nor a log line contains a password or token."""
    mailbox, secrets = door.desk.mailbox, ["ticket24-demo", "mistyped-secret"]
    with capture_logs() as lines:
        async with door.desk.worker():
            cookie = await door.session("joerg.mueller@example.com", "ticket24-demo")
            await door.enter("joerg.mueller@example.com", "mistyped-secret")
            await door.ask("joerg.mueller@example.com")
            mailbox.refuse["ana.souza@example.com"] = "550 <ana.souza@example.com> no"
            await door.ask("ana.souza@example.com")
            await until(lambda: mailbox.of_kind("sign_in"))
            door.change("Jörg", password="changed-secret")
            await until(lambda: door.outside(cookie))
            await until(lambda: _empty(door))
            kept = await door.everything()
    token = LINK.search(mailbox.texts()[0])[1]

    said = repr([x for x in lines if "letter" not in x["event"]])
    for secret in (*secrets, "changed-secret", cookie, token):
        assert secret not in said
        assert secret.encode() not in kept
    assert "@example.com" not in said
    assert {"link_sent", "link_refused"} <= {x["event"] for x in lines}


async def test_hashes_are_strong_and_leave_the_loop_free(desk):
    """Argon2id at its proper price, paid in threads: others are served meanwhile."""
    account = await connected(desk)
    async with open_clients(desk.settings, desk.stores, desk.pace) as clients:
        sign_in = SignIn(
            desk.stores,
            clients,
            replace(QUICK, hashing=PACE.hashing),
        )
        first = [
            sign_in.by_password(account, f"{name}@example.com", "ticket24-demo", HERE)
            for name in ("joerg.mueller", "ana.souza", "mehmet.yilmaz")
        ]
        begun = time.process_time(), time.thread_time()
        tries = await asyncio.gather(*first)
        everything, ours = time.process_time() - begun[0], time.thread_time() - begun[1]
    assert [1, 1, 1] == [len(found.customers) for found in tries]
    (kept, *_) = await desk.stores.redis.hvals(keys.passwords(account.id))
    parameters = extract_parameters(kept.decode())

    assert kept.startswith(b"$argon2id$")
    assert parameters.memory_cost >= 19 * 1024
    assert parameters.time_cost * parameters.memory_cost >= 2 * 19 * 1024
    assert ours < everything / 2
