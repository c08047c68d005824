"""Accounts, their secrets, and who may send their events."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from examples import letter
from letters import put_letter

from ticket24.bitrix.events.event import Posted
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import ContactRef, Customer
from ticket24.store import keys
from ticket24.store.accounts.connected import RedisAccounts, SlugTaken, Way
from ticket24.store.accounts.doorkeeper import Doorkeeper, NotAdmitted
from ticket24.store.accounts.sweeps import RedisSweeps
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.sealing import Seal, WrongKey

URL = "https://acme.bitrix24.com/rest/1/topsecretcode/"
TOKEN = "tokenoftheoutgoingwebhook"
MEMBER = "a223c6b3710f85df22e9377d6c4f7553"
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
async def acme(accounts):
    settings = AccountSettings(departments=(Department(7),))
    account = Account("", "acme", 1, AT, settings=settings)
    return await accounts.add(account, webhook_url=URL, tokens=[TOKEN, "another"])


@pytest.fixture
def doorkeeper(redis, seal):
    return Doorkeeper(redis, seal)


def posted(member=MEMBER, token=TOKEN):
    return Posted("ONTASKUPDATE", {}, 0, member, token)


async def test_an_account_comes_back_by_slug_and_id(accounts, acme):
    """Everything that was saved is there."""
    assert acme == await accounts.by_slug("acme")
    assert acme == await accounts.get(acme.id)
    assert [acme] == await accounts.all()
    assert Way(URL) == await accounts.way(acme.id)


async def test_a_slug_is_one_accounts(accounts, acme):
    """A second account of the same name is refused and leaves nothing behind."""
    with pytest.raises(SlugTaken):
        await accounts.add(acme, webhook_url=URL, tokens=["third"])

    assert [acme] == await accounts.all()


async def test_no_secret_stands_in_redis(accounts, acme, redis):
    """No value in Redis shows the webhook's code or a token."""
    dump = b""
    async for key in redis.scan_iter("*"):
        dump += key
        dump += repr(await redis.hgetall(key)).encode()

    assert b"acme" in dump
    for secret in (b"topsecretcode", TOKEN.encode()):
        assert secret not in dump


async def test_tokens_of_before_are_kept_with_their_next_event(
    accounts, acme, redis, doorkeeper
):
    """Only digests were kept; a token that fits is sealed, once, and no other is."""
    key = keys.account(acme.id)
    assert [TOKEN, "another"] == await accounts.tokens(acme.id)
    fields = [name for name in await redis.hkeys(key) if name.startswith(b"sealed:")]
    await redis.hdel(key, *fields)
    assert [None, None] == await accounts.tokens(acme.id)

    await doorkeeper.admit(posted())
    with pytest.raises(NotAdmitted):
        await doorkeeper.admit(posted(token="a stranger's"))
    assert [TOKEN, None] == await accounts.tokens(acme.id)

    first = await redis.hgetall(key)
    await doorkeeper.admit(posted(token="another"))
    assert [TOKEN, "another"] == await accounts.tokens(acme.id)
    assert first.items() <= (await redis.hgetall(key)).items()


async def test_a_token_that_no_key_opens_is_kept_anew(
    accounts, acme, redis, doorkeeper
):
    """As after `rekey` by an earlier build, which knew nothing of it."""
    (field, *_) = [
        name for name in await redis.hkeys(keys.account(acme.id)) if b"sealed:" in name
    ]
    await redis.hset(keys.account(acme.id), field, Seal("x" * 32).close(TOKEN))
    before = await accounts.tokens(acme.id)
    for token in (TOKEN, "another"):
        await doorkeeper.admit(posted(token=token))

    assert 1 == before.count(None)
    assert [TOKEN, "another"] == await accounts.tokens(acme.id)


async def test_another_key_does_not_open_an_address(redis, acme):
    """A changed secret key gives a clear error instead of nonsense."""
    with pytest.raises(WrongKey, match="TICKET24_SECRET_KEY"):
        await RedisAccounts(redis, Seal("x" * 32)).way(acme.id)


async def test_a_disconnected_account_leaves_nothing(accounts, acme, redis, doorkeeper):
    """Every key of it is gone, and its events are refused."""
    await doorkeeper.admit(posted())
    await RedisSweeps(redis).add(acme.id)
    one = letter()
    await put_letter(redis, replace(one, ref=replace(one.ref, account=acme.id)))
    await accounts.remember(acme.id, Memory(seen_at=1))

    await accounts.remove(await accounts.get(acme.id))

    assert [] == [key async for key in redis.scan_iter("*")]


async def test_the_first_event_tells_the_member_id(accounts, acme, doorkeeper):
    """It is fixed from then on."""
    assert acme.id == await doorkeeper.admit(posted())

    assert MEMBER == (await accounts.get(acme.id)).member_id


async def test_a_member_id_told_at_the_last_moment_goes_too(
    redis, accounts, acme, doorkeeper
):
    """An account is forgotten as it is, not as it was when it was read."""
    await doorkeeper.admit(posted())

    await accounts.remove(acme)

    assert not await redis.exists(keys.MEMBER_IDS)


async def test_any_of_an_accounts_tokens_opens(acme, doorkeeper):
    """Several outgoing webhooks may feed one account."""
    await doorkeeper.admit(posted())

    assert acme.id == await doorkeeper.admit(posted(token="another"))


@pytest.mark.parametrize(
    ("member", "token"),
    [
        (MEMBER, "wrong"),
        (MEMBER, ""),
        ("", TOKEN),
        ("f" * 32, TOKEN),
        ("f" * 32, "wrong"),
    ],
)
async def test_whoever_does_not_fit_is_not_admitted(acme, doorkeeper, member, token):
    """Once the member_id is known, both it and the token must fit."""
    await doorkeeper.admit(posted())

    with pytest.raises(NotAdmitted):
        await doorkeeper.admit(posted(member, token))


async def test_a_wrong_token_does_not_fix_the_member_id(accounts, acme, doorkeeper):
    """Only an event that carries a token of the account tells its member_id."""
    with pytest.raises(NotAdmitted):
        await doorkeeper.admit(posted("f" * 32, "wrong"))

    assert acme.id == await doorkeeper.admit(posted())


async def test_an_admitted_account_costs_no_redis(acme, doorkeeper, redis):
    """Events in quick succession are checked from memory."""
    await doorkeeper.admit(posted())
    before = (await redis.info("stats"))["total_commands_processed"]

    for _ in range(50):
        await doorkeeper.admit(posted())

    after = (await redis.info("stats"))["total_commands_processed"]
    assert 1 == after - before  # Our own question.


async def test_a_name_that_outlives_its_account_keeps_nobody_out(
    acme, doorkeeper, redis
):
    """An event that meets a disconnection leaves a name; the next account is found."""
    await redis.hset(keys.MEMBER_IDS, MEMBER, "removed-1234")

    assert acme.id == await doorkeeper.admit(posted())


async def test_an_event_does_not_bring_a_removed_account_back(
    accounts, acme, doorkeeper, redis
):
    """Its token is known for a moment longer; nothing is written for it."""
    await redis.delete(keys.account(acme.id))

    with pytest.raises(NotAdmitted):
        await doorkeeper.admit(posted())

    assert 0 == await redis.exists(keys.account(acme.id))


async def test_nothing_is_remembered_of_a_removed_account(accounts, acme, redis):
    """A worker that comes late leaves no trace."""
    await accounts.remove(acme)

    await accounts.remember(acme.id, Memory(seen_at=1))
    await RedisCustomers(redis).put_all(
        acme.id, [Customer(ContactRef(acme.id, 43), "Anna", ())]
    )

    assert [] == [key async for key in redis.scan_iter(keys.everything(acme.id))]
