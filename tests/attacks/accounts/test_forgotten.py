"""A contact deleted in the CRM is forgotten here, except in what the company keeps."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from desk import until
from examples import letter
from letters import put_letter
from orders import Customer, said
from redis.exceptions import ResponseError

from bitrix24_sandbox.account import people
from ticket24.bitrix.rest.batch import Batch
from ticket24.bitrix.rest.errors import AccessDenied, BitrixBroken, Permanent
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.arrivals.habits import Habit
from ticket24.domain.customers.budgets import STRANGERS, Charge
from ticket24.domain.customers.invitations import Invitation
from ticket24.domain.customers.languages import Tongue
from ticket24.domain.tickets.model import ContactRef, TicketRef
from ticket24.domain.tickets.model import Customer as Known
from ticket24.flows.customers.forgetting import forget_lost
from ticket24.flows.customers.passwords import Passwords
from ticket24.flows.tickets.older_reasons import read
from ticket24.store import keys
from ticket24.store.commands.budgets import RedisBudgets
from ticket24.store.customers.drafts import Draft, RedisDrafts
from ticket24.store.customers.remains import Lost
from ticket24.store.letters.parked import LETTER, Sort
from ticket24.store.sign_in.invitations import RedisInvitations
from ticket24.store.sign_in.onlookers import Onlooker, RedisOnlookers
from ticket24.store.sign_in.sessions import RedisSessions

EMAIL = "mehmet.oezdemir.only@example.com"
NAME = "Zebulon"
SHARED = "family@example.org"
TYPED = "What nobody has sent yet"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect()


@pytest_asyncio.fixture(loop_scope="module")
async def person(desk, account):
    """A customer with a name and an address that are nowhere else."""
    contact, _, _ = desk.customer()
    people.update_contact(
        desk.world, 1, contact.id, name=NAME, last_name="", emails=[EMAIL, SHARED]
    )
    people.update_contact(desk.world, 1, _other(desk, contact), emails=[SHARED])
    return contact


def _other(desk, contact):
    return next(one for one in desk.world.contacts if one != contact.id)


async def everything(redis, *, but=()):
    """Return everything in Redis, as pairs of a key and its bytes."""
    found = {}
    async for key in redis.scan_iter("*", count=1000):
        name = key.decode()
        if not any(part in name for part in but):
            found[name] = await _content(redis, key)
    return found


async def _content(redis, key):
    while True:
        with suppress(ResponseError):  # It has become something else meanwhile.
            return await _read(redis, key)


async def _read(redis, key):
    match await redis.type(key):
        case b"hash":
            return repr(await redis.hgetall(key))
        case b"zset":
            return repr(await redis.zrange(key, 0, -1))
        case b"set":
            return repr(await redis.smembers(key))
        case b"list":
            return repr(await redis.lrange(key, 0, -1))
        case b"stream":
            return repr(await redis.xrange(key))
    return repr(await redis.get(key))


def naming(found, *words):
    """Return the keys that contain one of these words, in name or value."""
    return {
        key
        for key, content in found.items()
        if any(word in key or word in content for word in words)
    }


async def fill(desk, account, person):
    """Have everything of a customer that Redis ever has; return words of it."""
    redis, stores = desk.stores.redis, desk.stores
    ours = (account.id, person.id)
    field = account.settings.password_field
    await Passwords(stores.logins).refresh(
        account.id, field, {person.id: "a password"}, strangers=True
    )
    hashed = (await stores.logins.hashes(account.id, [person.id]))[person.id]
    sessions = RedisSessions(redis)
    await sessions.start(account.id, [person.id], EMAIL, NAME)
    await sessions.start_onlooker(*ours, EMAIL, NAME, "Ida")
    other = _other(desk, person)
    both = await sessions.start(account.id, [person.id, other], SHARED, NAME)
    await RedisOnlookers(redis).note(*ours, Onlooker(datetime.now(UTC), 1, "Ida"))
    await RedisDrafts(redis).save(*ours, "new", Draft({"text": TYPED}))
    await RedisDrafts(redis).save(*ours, "51", Draft({"text": TYPED}))

    async def chunks():
        yield TYPED.encode()

    await stores.spool.keep(*ours, "a.txt", "text/plain", chunks(), limit=100)
    await stores.links.ask(account.id, EMAIL, "192.0.2.1")
    await stores.links.make(account.id, EMAIL, [person.id])
    await RedisInvitations(redis).ask(
        *ours, Invitation(EMAIL, "Ida", datetime.now(UTC))
    )
    strange = [Charge(STRANGERS[0], "7", None)]
    await RedisBudgets(redis).spend(account.id, strange, [EMAIL])
    mail = letter(ref=TicketRef(account.id, 51), recipient=EMAIL, recipient_name=NAME)
    await put_letter(stores.redis, mail)
    await redis.zadd(keys.outbox_times(account.id), {mail.id: 4e12})
    await stores.parked.add(
        *(account.id, Sort.MAIL, "x"),
        about=f"to {EMAIL}",
        why=read("550"),
        content=LETTER.dump_json(mail).decode(),
    )
    await redis.hset(keys.seen(*ours), "51", "900")
    await stores.languages.choose(account.id, [person.id], "pt")
    await stores.languages.note_read(account.id, [person.id], "pt")
    await redis.hset(keys.generations(account.id), f"{person.id} {EMAIL}", 1)
    await stores.habits.note(account.id, EMAIL, Habit(TYPED))
    return both, hashed


# What is the company's: the picture of a ticket says who wrote, and who may read it.
COMPANYS = (":ticket:",)


async def test_nothing_of_a_deleted_contact_is_left(desk, account, person):
    """A minute after the event no address, name, hash, words or files are left."""
    redis = desk.stores.redis
    async with desk.worker():
        await until(lambda: _known(desk, account, person))
        await desk.quiet(account)
        both, hashed = await fill(desk, account, person)
        words = (EMAIL, NAME, TYPED, hashed)
        invited = people.add_contact(desk.world, 1, NAME)
        await RedisInvitations(redis).ask(
            account.id, invited.id, Invitation(EMAIL, "Ida", datetime.now(UTC))
        )
        filled = naming(await everything(redis), *words)
        people.delete_contact(desk.world, 1, invited.id)
        people.delete_contact(desk.world, 1, person.id)
        await until(lambda: _forgotten(desk, account, person))
        await desk.quiet(account)
        found = await everything(redis, but=COMPANYS)

    assert 12 < len(filled)
    assert set() == naming(found, *words)
    theirs = {key for key in found if key.split("}")[-1].endswith(f":{person.id}")} - {
        keys.rows(account.id, person.id)
    }
    assert set() == theirs
    assert Tongue() == await desk.stores.languages.tongue(account.id, [person.id])
    login = await RedisSessions(redis).login(account.id, both)
    assert (1, True) == (len(login.contact_ids), login.name != NAME)


async def test_what_an_earlier_version_left_is_found(desk, account):
    """The daily walk notes addresses of contacts that nobody knows any more."""
    redis, remains = desk.stores.redis, desk.stores.remains
    generations = keys.generations(account.id)
    await redis.hset(generations, mapping={f"999 {EMAIL}": 1, "999": 2})
    await remains.note_unknown(account.id)
    assert None is (await remains.lost(account.id))[999]
    await forget_lost(account, Answers("Not found"), desk.stores)

    assert [b"2"] == await redis.hmget(generations, "999")
    assert set() == naming(await everything(redis), EMAIL)


async def test_a_contact_that_is_only_hidden_loses_nothing(desk, account):
    """Without the right to see somebody, we know nothing of a deletion."""
    stores, drafts = desk.stores, RedisDrafts(desk.stores.redis)
    await drafts.save(account.id, 999, "new", Draft({"text": TYPED}))
    for words, left in (("Access denied", 0), ("Try again later", 1)):
        await stores.redis.hset(keys.lost(account.id), "999", "")
        await forget_lost(account, Answers(words), stores)

        assert left == await _noted(desk, account)
        assert TYPED == (await drafts.get(account.id, 999, "new")).fields["text"]


async def test_a_contact_that_is_there_after_all_is_looked_at_again(desk, account):
    """It may have been restored meanwhile; nothing of it goes."""
    stores, drafts = desk.stores, RedisDrafts(desk.stores.redis)
    await drafts.save(account.id, 999, "new", Draft({"text": TYPED}))
    await stores.redis.hset(keys.lost(account.id), "999", "")
    before = await stores.due.count(account.id)
    await forget_lost(account, Answers(""), stores)

    assert TYPED == (await drafts.get(account.id, 999, "new")).fields["text"]
    assert (0, before + 1) == (
        await _noted(desk, account),
        await stores.due.count(account.id),
    )


class Answers:
    """Answers everything with one error, or with nothing in particular."""

    def __init__(self, words):
        kinds = {"Not found": Permanent, "Access denied": AccessDenied}
        self.error = words and kinds.get(words, BitrixBroken)("", words, 400)

    async def batch(self, calls, *, urgent=False):
        if self.error:
            return Batch({}, dict.fromkeys(calls, self.error))
        return Batch({key: {} for key in calls}, {})


async def test_a_deletion_without_an_event_is_noticed_by_the_daily_walk(desk, person):
    """Events get lost; what is left of a contact does not stay for it."""
    account = (await desk.stores.accounts.all())[0]
    async with desk.worker():
        await until(lambda: _known(desk, account, person))
        await fill(desk, account, person)
        del desk.world.contacts[person.id]

        async def noticed():
            # A walk that was under way would else be the last of today.
            await desk.stores.accounts.remember(account.id, Memory(walked_at=1.0))
            return await _forgotten(desk, account, person)

        await until(noticed)
        found = await everything(desk.stores.redis, but=COMPANYS)

    assert set() == naming(found, EMAIL, NAME, TYPED)


async def test_what_was_sent_and_is_not_there_yet_is_passed_on_first(
    desk, account, person
):
    """Words on their way are the company's; what we know of them goes when they are."""
    stores, orders = desk.stores, Customer(desk, account, person.id)
    task = next(t for t in desk.tickets() if person.id in t.contact_ids)
    await stores.customers.put_all(
        account.id, [Known(ContactRef(account.id, person.id), NAME, (EMAIL,))]
    )
    upload = await orders.file(content=b"kept")
    command = orders.reply(task, "My last words.", uploads=(upload,))
    await orders.put(command)
    people.delete_contact(desk.world, 1, person.id)
    await stores.remains.erase(account.id, [Lost(person.id, frozenset({EMAIL}))])
    assert b"kept" == b"".join(
        [c async for c in stores.spool.read(account.id, upload.id)]
    )
    async with desk.worker():
        await until(lambda: _forgotten(desk, account, person))
        await desk.quiet(account)
        found = await everything(stores.redis, but=COMPANYS)

    texts = [text for text, _ in said(desk.world, task)]
    assert "My last words." in texts[-1]
    assert set() == naming(found, EMAIL, NAME, "My last words.", "kept")


async def test_a_merged_address_keeps_its_mail(desk, account, person):
    """What is addressed to an address that another contact has by now is delivered."""
    stores, other = desk.stores, _other(desk, person)
    async with desk.worker():
        await until(lambda: _known(desk, account, person))
        await desk.quiet(account)
        mail = letter(ref=TicketRef(account.id, 51), recipient=EMAIL)
        await put_letter(stores.redis, mail)
        await stores.redis.zadd(keys.outbox_times(account.id), {mail.id: 4e12})
        people.merge_contacts(desk.world, 1, other, [person.id])
        await until(lambda: _forgotten(desk, account, person))

    assert 1 == await stores.outbox.count(account.id)


async def test_nothing_of_an_account_that_was_removed_is_left(desk, account, person):
    """Neither its own keys nor anything in shared ones is left."""
    async with desk.worker():
        await until(lambda: _known(desk, account, person))
        await fill(desk, account, person)
    await desk.stores.accounts.remove(account)
    await desk.stores.spool.forget(account.id)
    found = await everything(desk.stores.redis)

    assert set() == naming(found, EMAIL, NAME, TYPED)
    # Events say whose they are, and nothing about anybody.
    assert {keys.JOURNAL} >= naming(found, account.id)


async def _noted(desk, account):
    """Return how many are noted as lost."""
    return await desk.stores.redis.hlen(keys.lost(account.id))


async def _known(desk, account, person):
    known = await desk.stores.customers.get_all(account.id, [person.id])
    return person.id in known and EMAIL in known[person.id].emails


async def _forgotten(desk, account, person):
    known = await desk.stores.customers.get_all(account.id, [person.id])
    invitations = await desk.stores.redis.keys("*:invitation:*")
    return not known and not invitations and not await _noted(desk, account)
