"""What was read of a contact earlier never replaces what was read of it later."""

import pytest
from doors import QUICK

from ticket24.bitrix.tickets.source import BitrixSource
from ticket24.domain.tickets.model import ContactRef
from ticket24.flows.customers.keeping import ReadContacts, keep
from ticket24.flows.customers.passwords import Passwords
from ticket24.flows.customers.setting_passwords import read_card, set_password
from ticket24.flows.tickets.reconcile import reconcile
from ticket24.flows.tickets.resync import resync
from ticket24.store import keys

EMAIL, FORMER, NEW = "joerg.mueller@example.com", "ticket24-demo", "brand-new-words"


class Late:
    """A Bitrix24 whose answer to one kind of question is under way for a while."""

    def __init__(self, bitrix, asked, meanwhile):
        self.bitrix, self.asked, self.meanwhile = bitrix, asked, meanwhile

    async def batch(self, calls, **more):
        answer = await self.bitrix.batch(calls, **more)
        await self.pass_on({call.method for call in calls.values()})
        return answer

    async def call(self, method, *args, **more):
        answer = await self.bitrix.call(method, *args, **more)
        await self.pass_on({method})
        return answer

    async def pass_on(self, methods):
        if self.asked in methods and self.meanwhile:
            first, *self.meanwhile = self.meanwhile
            await first()


async def look(door, bitrix):
    stores, account = door.desk.stores, door.account
    await stores.due.mark_all([ContactRef(account.id, door.contact("Jörg").id)])
    claimed = await stores.due.claim(account.id, 10)
    await reconcile(account, claimed, BitrixSource(bitrix), stores, QUICK)


async def read_list(door, bitrix):
    await resync(door.account, bitrix, door.desk.stores)


@pytest.mark.parametrize("read", [look, read_list])
async def test_a_former_password_is_not_good_again(door, read):
    """Else who was to be shut out is let in by an answer that was under way."""
    stores, id_ = door.desk.stores, door.contact("Jörg").id
    bitrix = (await door.clients.reach(door.account)).bitrix
    await door.enter(EMAIL, FORMER)

    async def changed():
        door.change("Jörg", password=NEW, last_name="Neumann")
        await door.next_minute()
        assert ["Jörg"] == await door.enter(EMAIL, NEW)

    await read(door, Late(bitrix, "crm.contact.list", [changed]))

    known = await stores.customers.get_all(door.account.id, [id_])
    assert "Jörg Neumann" == known[id_].name
    assert [] == await door.enter(EMAIL, FORMER)
    assert ["Jörg"] == await door.enter(EMAIL, NEW)
    due = await stores.redis.zrange(keys.due(door.account.id), 0, -1)
    assert f"contact:{id_}".encode() in due


async def test_a_new_password_is_good_at_once_whoever_read_the_contact(door):
    """Staff read it out on the phone, while news of it is looked after."""
    account, stores = door.account, door.desk.stores
    bitrix = (await door.clients.reach(account)).bitrix
    await door.enter(EMAIL, FORMER)
    card = await read_card(bitrix, account, door.contact("Jörg").id)
    door.asked()
    reading = await stores.readings.begin(account.id)
    known = {card.customer.ref.contact_id: card.customer}
    before = ReadContacts(reading, known, dict.fromkeys(known, FORMER))

    async def kept():
        assert await keep(account, before, stores)

    late = Late(bitrix, "crm.contact.get", [kept])
    hashes = Passwords(stores.logins, QUICK)
    await set_password(late, account, card, NEW, stores, hashes)

    assert ["Jörg"] == await door.enter(EMAIL, NEW)
    assert 0 == door.asked()


async def test_who_signs_in_beside_a_look_is_not_refused(door):
    """A look keeps no password of somebody new, so the contact is found once more."""
    readings = door.desk.stores.readings
    claim = readings.claim

    async def after_a_look(account, reading, contact_ids):
        readings.claim = claim
        await claim(account, await readings.begin(account), contact_ids)
        return await claim(account, reading, contact_ids)

    readings.claim = after_a_look

    assert ["Jörg"] == await door.enter(EMAIL, FORMER)
    assert 2 == door.asked()


async def test_an_older_claim_is_over_while_its_hash_is_made(door):
    """Hashes take their time; a later reading may be kept before one is ready."""
    account, stores, id_ = door.account, door.desk.stores, door.contact("Jörg").id
    await door.enter(EMAIL, FORMER)
    field, hashes = account.settings.password_field, Passwords(stores.logins, QUICK)
    older = await stores.readings.claim(account.id, 0, [id_ + 1])
    newer = await stores.readings.claim(
        account.id, await stores.readings.begin(account.id), [id_]
    )

    done = await hashes.refresh(account.id, field, {id_: NEW}, newer.number)
    late = await hashes.refresh(account.id, field, {id_: "older"}, older.number)

    assert (frozenset(), {id_}) == (done, late)
    assert ["Jörg"] == await door.enter(EMAIL, NEW)


async def test_who_was_missing_before_stays(door):
    """An answer without the contact is older than one that shows it."""
    account, stores, id_ = door.account, door.desk.stores, door.contact("Jörg").id
    before = await stores.readings.begin(account.id)
    cookie = await door.session(EMAIL, FORMER)

    assert not await keep(account, ReadContacts(before, {}, lost={id_}), stores)

    assert await door.inside(cookie)
    assert {id_} == (await stores.customers.get_all(account.id, [id_])).keys()


async def test_no_more_is_remembered_than_needed(door):
    """A contact that is no longer remembered counts as kept when the others were."""
    readings, account = door.desk.stores.readings, door.account.id
    before = await readings.begin(account)
    await readings.claim(account, before, [7])
    old = await readings.begin(account)
    await readings.claim(account, await readings.begin(account), range(10, 1_100))
    new = await readings.begin(account)

    assert 1_000 == await door.desk.stores.redis.zcard(keys.readings(account))
    assert {7} == (await readings.claim(account, old, [7])).late
    assert not (await readings.claim(account, new, [7])).late
