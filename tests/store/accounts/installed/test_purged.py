"""What is left of accounts whose time is over: nothing."""

from dataclasses import replace

import pytest
from examples import letter, ticket
from installed import AT, ENDPOINT, MEMBER, NEW, OTHER, TOKEN, all_keys, broken, purged

from ticket24.domain.accounts.memory import Memory
from ticket24.domain.commands.model import PostReply
from ticket24.domain.customers.company_view import (
    CompanyPeople,
    CompanyRole,
    Membership,
)
from ticket24.domain.customers.followers import LastWord, Stand
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    MessageKey,
    Source,
    TicketRef,
)
from ticket24.flows.tickets.older_reasons import read
from ticket24.store import keys
from ticket24.store.accounts.connected import Overtaken
from ticket24.store.accounts.doorkeeper import Gone, NotAdmitted
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.customers.companies import Elements, RedisCompanies
from ticket24.store.customers.followers import RedisFollowers
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.customers.preferences import RedisPreferences
from ticket24.store.letters.outbox import RedisOutbox
from ticket24.store.letters.parked import RedisParked, Sort
from ticket24.store.letters.quoted import RedisQuoted
from ticket24.store.sign_in.logins import RedisLogins
from ticket24.store.tickets.due import RedisDue
from ticket24.store.tickets.pictures import RedisTickets


async def late_look(redis, ref, taken):
    """A look that was under way: pictures, letters, what is set aside."""
    tickets, parked = RedisTickets(redis), RedisParked(redis)
    again, other = replace(ref, task_id=52), replace(ref, task_id=53)
    one = letter(ref=ref)
    await tickets.commit(ticket(ref=ref), 0, taken, [one])
    await tickets.drop(other, 0, replace(taken, ref=other), AT)
    due = RedisDue(redis, "late")
    await due.mark_all([again, ContactRef(ref.account, 43)])
    await due.failed(ref)
    await due.postpone(ref, 5)
    await due.rest(ref.account, 0)
    await parked.add(
        ref.account, Sort.TICKET, "51", about="", why=read(""), content="Do not keep."
    )
    await parked.watch("mail-1", one)
    outbox = RedisOutbox(redis)
    await outbox.renew(one)
    await outbox.postpone(one, 5, "452 4.2.2 anna@example.com is full", unsure=True)


async def late_resync(redis, ref, _):
    """A turn that was under way: customers, heirs, cursors."""
    customers = RedisCustomers(redis)
    anna = Customer(ContactRef(ref.account, 43), "Anna", ("anna@example.com",))
    await customers.put_all(ref.account, [anna])
    await customers.succeed(ref.account, 44, anna.ref.contact_id)
    await customers.remove(anna.ref)
    await RedisLogins(redis).put(ref.account, 43, None, "scrypt")


async def late_command(redis, ref, _):
    """A command that was being carried out."""
    commands = RedisCommands(redis)
    reply = PostReply("r1", ref, 43, "Anna", AT, "Thank you")
    await commands.done(reply, 51, MessageKey(Source.CHAT, 9))
    await commands.park(reply)


async def late_page(redis, ref, _):
    """A page that was being shown, and what was pressed on it."""
    companies, account = RedisCompanies(redis), ref.account
    await companies.note_looking(account, [43])
    await companies.note_away(account, 1.0)
    await companies.name(account, Elements({"1": "Manager"}, "UF_CRM_ROLE", 1.0))
    await companies.put(account, {43: Membership((7,))}, {7: CompanyPeople("X")}, [43])
    await companies.choose(account, 43, CompanyRole.MANAGER)
    await companies.make_private(account, 51, [43], private=True)
    followers = RedisFollowers(redis)
    await followers.mute(account, "carl@example.org")
    await followers.say(ref, [LastWord("c@example.org", Stand.ADDED, AT)], [43])
    preferences = RedisPreferences(redis)
    await preferences.choose(account, [43], "daily", AT)
    await preferences.mute(account, [43], 51, on=True)
    await RedisQuoted(redis).keep(ref, "mark", "Words")


@pytest.mark.parametrize("late", [late_look, late_resync, late_command, late_page])
@pytest.mark.parametrize("removed", [False, True])
async def test_nothing_is_kept_of_an_account_whose_data_is_gone(
    accounts, acme, redis, late, removed
):
    """This holds for a process at work while it is uninstalled or disconnected."""
    ref = TicketRef(acme.id, 51)
    due = RedisDue(redis, "w")
    await due.mark(ref)
    (taken,) = await due.claim(acme.id, 10)
    if removed:
        await accounts.remove(acme)
    else:
        await accounts.uninstall(acme, keep_seconds=0)

    await late(redis, ref, taken)
    await accounts.remember(acme.id, Memory(seen_at=1))
    await accounts.trouble(acme.id, "away")

    found = [key for key in await all_keys(redis) if acme.id in key]
    assert [] == [key for key in found if await redis.ttl(key) == -1]


async def test_what_is_found_after_a_removal_is_removed_again(accounts, acme, redis):
    """It is removed until nothing is found: a hanging process may write again."""
    await accounts.uninstall(acme, keep_seconds=0)
    for left in (True, True, False):
        if left:
            await redis.hset(keys.generations(acme.id), "43", 1)
        await redis.zadd(keys.GONE, {acme.id: 0})
        await accounts.purge(acme.id)

        assert (left, 0) == (
            await redis.exists(keys.GONE) == 1,
            await redis.exists(keys.generations(acme.id)),
        )


async def test_a_clean_uninstall_makes_room(accounts, acme):
    """The same Bitrix24 may install again at once, as a new account."""
    await accounts.uninstall(acme, keep_seconds=0)

    again = await accounts.add(NEW, endpoint=ENDPOINT, tokens=[TOKEN])
    await accounts.purge(acme.id)

    assert again.id != acme.id
    assert again == await accounts.by_member(MEMBER) == await accounts.by_slug("acme")


async def test_a_late_event_needs_the_old_token(accounts, acme, admit):
    """A stranger is refused, and learns nothing of who was here."""
    await accounts.uninstall(acme, keep_seconds=30 * 86_400)

    for token, member in (("", MEMBER), ("x", MEMBER), (TOKEN, OTHER)):
        with pytest.raises(NotAdmitted) as caught:
            await admit(token, member)
        assert NotAdmitted is caught.type


async def test_data_is_purged_when_its_time_is_over(accounts, acme, redis, admit):
    """Not before; what is left is how late events are known."""
    await accounts.uninstall(acme, keep_seconds=60)
    assert [] == await accounts.overdue()
    await redis.zadd(keys.GONE, {acme.id: 0})
    assert [acme.id] == await accounts.overdue()

    await purged(accounts, redis)

    assert [] == await accounts.overdue()
    assert [keys.tombstone(MEMBER)] == await all_keys(redis)
    with pytest.raises(Gone):
        await admit()


async def test_an_account_that_is_back_is_not_purged(accounts, acme, redis):
    """A process that was about to purge it finds it connected."""
    await accounts.uninstall(acme, keep_seconds=30 * 86_400)
    gone = await accounts.gone(MEMBER)
    await accounts.install(gone, endpoint=ENDPOINT, token=TOKEN)
    await redis.zadd(keys.GONE, {acme.id: 0})

    await accounts.purge(acme.id)

    assert gone == await accounts.by_member(MEMBER)
    assert [] == await accounts.overdue()


async def test_what_is_being_purged_does_not_come_back(
    accounts, acme, redis, monkeypatch
):
    """A purge that broke off in the middle is taken up again."""

    await accounts.uninstall(acme, keep_seconds=30 * 86_400)
    gone = await accounts.gone(MEMBER)
    await redis.zadd(keys.GONE, {acme.id: 0})
    with monkeypatch.context() as patched:
        patched.setattr(redis, "hscan_iter", broken)
        with pytest.raises(ConnectionError):
            await accounts.purge(acme.id)

    assert await accounts.gone(MEMBER) is None
    with pytest.raises(Overtaken):
        await accounts.install(gone, endpoint=ENDPOINT, token=TOKEN)
    again = await accounts.add(
        replace(NEW, slug="acme-2"), endpoint=ENDPOINT, tokens=[TOKEN]
    )
    assert [acme.id] == await accounts.overdue()
    await accounts.purge(acme.id)

    assert again == await accounts.by_member(MEMBER)
    assert [again] == await accounts.all()
    assert not [key for key in await all_keys(redis) if acme.id in key]


async def test_a_clean_uninstall_that_broke_off_is_completed(
    accounts, acme, redis, monkeypatch
):
    """The next look at what is overdue completes it."""
    with monkeypatch.context() as patched:
        patched.setattr(redis, "hscan_iter", broken)
        with pytest.raises(ConnectionError):
            await accounts.uninstall(acme, keep_seconds=0)
    assert await accounts.gone(MEMBER) is None

    await purged(accounts, redis)

    assert [keys.tombstone(MEMBER)] == await all_keys(redis)


async def test_no_secret_of_the_application_stands_in_redis(accounts, acme, redis):
    """Application tokens are digests, before and after."""
    kept = b""
    for _ in range(2):
        async for key in redis.scan_iter("*"):
            kind = await redis.type(key)
            value = await (redis.hgetall if kind == b"hash" else redis.dump)(key)
            kept += repr(value).encode()
        await accounts.uninstall(acme, keep_seconds=30 * 86_400)

    assert b"acme" in kept
    assert TOKEN.encode() not in kept
