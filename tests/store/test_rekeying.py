"""A change of the secret key: what the old one made is good, and is made anew."""

import time
from datetime import UTC, datetime

import pytest

from ticket24.bitrix.events.event import Posted
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.visits import Visit
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.accounts.doorkeeper import Doorkeeper, Gone, NotAdmitted
from ticket24.store.accounts.installations import RedisInstallations
from ticket24.store.accounts.opened_frames import RedisOpenedFrames
from ticket24.store.accounts.pairs import Pair, RedisPairs
from ticket24.store.accounts.visits import RedisVisits
from ticket24.store.rekeying import Rekeying
from ticket24.store.sealing import Seal, WrongKey, open_seal

OLD, NEW, NEWER = "o" * 32, "n" * 32, "e" * 32
WEBHOOK = "https://acme.bitrix24.example/rest/1/secret/"
NOON = datetime(2026, 11, 1, tzinfo=UTC)
PAIR = Pair(5, "access", "refresh", 1_800_000_000.5)


@pytest.fixture
async def acme(redis):
    """An account that is called by its webhook, connected with the old key."""
    accounts = RedisAccounts(redis, Seal(OLD))
    account = Account("", "acme", 1, NOON)
    return await accounts.add(account, webhook_url=WEBHOOK, tokens=["w" * 32])


@pytest.fixture
async def beta(redis):
    """An account with the application, installed with the old key."""
    accounts = RedisAccounts(redis, Seal(OLD))
    account = Account("", "beta", 5, NOON, member_id="beta-member")
    endpoint = "https://beta.bitrix24.example/rest/"
    account = await accounts.add(account, endpoint=endpoint, tokens=["a" * 32])
    await RedisPairs(redis, Seal(OLD)).put(account.id, PAIR)
    return account


def posted(token, member_id, name="ONTASKUPDATE"):
    return Posted(name, {}, 0, member_id, token)


async def admitted(redis, seal, token, member_id):
    """Return whose event this is, to a process that has just started."""
    return await Doorkeeper(redis, seal).admit(posted(token, member_id))


async def test_both_keys_are_good_together(redis, acme, beta):
    """While the old key is named, nothing is refused and nothing is closed."""
    seal = await open_seal(redis, NEW, OLD)

    assert WEBHOOK == (await RedisAccounts(redis, seal).way(acme.id)).webhook_url
    assert PAIR == await RedisPairs(redis, seal).get(beta.id, 5)
    assert acme.id == await admitted(redis, seal, "w" * 32, "acme-member")
    assert beta.id == await admitted(redis, seal, "a" * 32, "beta-member")
    with pytest.raises(NotAdmitted):
        await admitted(redis, seal, "x" * 32, "beta-member")


async def test_the_old_key_is_needed_no_more(redis, acme, beta):
    """Once everything is sealed anew, the new key alone opens all of it."""
    first = await Rekeying(redis, await open_seal(redis, NEW, OLD)).rewrite()
    seal = await open_seal(redis, NEW)

    assert (0, 3, []) == (first.newest, first.older, first.lost)
    assert ["w" * 32] == await RedisAccounts(redis, seal).tokens(acme.id)
    assert WEBHOOK == (await RedisAccounts(redis, seal).way(acme.id)).webhook_url
    assert PAIR == await RedisPairs(redis, seal).get(beta.id, 5)
    assert acme.id == await admitted(redis, seal, "w" * 32, "acme-member")
    assert beta.id == await admitted(redis, seal, "a" * 32, "beta-member")
    with pytest.raises(WrongKey):
        await RedisAccounts(redis, Seal(OLD)).way(acme.id)


async def test_keys_may_change_again_and_again(redis, acme, beta):
    """Tokens that came with the first key are recognised with the third."""
    await Rekeying(redis, await open_seal(redis, NEW, OLD)).rewrite()
    await Rekeying(redis, await open_seal(redis, NEWER, NEW)).rewrite()
    seal = await open_seal(redis, NEWER)

    assert acme.id == await admitted(redis, seal, "w" * 32, "acme-member")
    assert WEBHOOK == (await RedisAccounts(redis, seal).way(acme.id)).webhook_url
    assert PAIR == await RedisPairs(redis, seal).get(beta.id, 5)


async def test_the_new_key_may_be_known_before_it_is_used(redis, acme):
    """Processes may learn it one after the other: none meets what it cannot open."""
    early = await open_seal(redis, OLD, NEW)
    late = await open_seal(redis, NEW, OLD)
    accounts = RedisAccounts(redis, late)
    other = Account("", "other", 1, NOON)
    other = await accounts.add(other, webhook_url=WEBHOOK, tokens=["t" * 32])

    assert WEBHOOK == (await RedisAccounts(redis, early).way(other.id)).webhook_url
    assert other.id == await admitted(redis, early, "t" * 32, "other-member")
    assert acme.id == await admitted(redis, late, "w" * 32, "acme-member")


async def test_it_is_safe_to_repeat(redis, acme, beta):
    """A second run changes no secret, and says that there was nothing to do."""
    seal = await open_seal(redis, NEW, OLD)
    await Rekeying(redis, seal).rewrite()
    before = await redis.hget(keys.account(acme.id), "webhook")
    again = await Rekeying(redis, await open_seal(redis, NEW)).rewrite()

    assert (2, 0, []) == (again.newest, again.older, again.lost)
    assert before == await redis.hget(keys.account(acme.id), "webhook")


async def test_it_may_be_interrupted(redis, acme, beta, monkeypatch):
    """What was done before an end in the middle is good, with and without the rest."""

    async def stop(*_):
        raise KeyboardInterrupt

    async def last(*about):
        await write(*about)
        patched.setattr(redis, "hget", stop)

    write = redis.hset
    seal = await open_seal(redis, NEW, OLD)
    rekeying = Rekeying(redis, seal)
    with monkeypatch.context() as patched:
        patched.setattr(redis, "hset", last)
        with pytest.raises(KeyboardInterrupt):
            await rekeying.rewrite()

    assert acme.id == await admitted(redis, seal, "w" * 32, "acme-member")
    found = await Rekeying(redis, seal).count()
    assert (0, 2) == (found.newest, found.older)
    await Rekeying(redis, seal).rewrite()
    assert PAIR == await RedisPairs(redis, await open_seal(redis, NEW)).get(beta.id, 5)


async def test_what_no_key_opens_is_told_and_left(redis, acme, beta):
    """A wrong key destroys nothing: the right one can still be set."""
    found = await Rekeying(redis, await open_seal(redis, NEW, NEWER)).rewrite()

    assert ["the webhook of acme", "the tokens of user 5 in beta"] == found.lost
    found = await Rekeying(redis, await open_seal(redis, NEW, OLD)).rewrite()
    assert [] == found.lost
    seal = await open_seal(redis, NEW)
    assert WEBHOOK == (await RedisAccounts(redis, seal).way(acme.id)).webhook_url
    assert acme.id == await admitted(redis, seal, "w" * 32, "acme-member")


async def test_a_lost_key_is_in_nobodys_way(redis, acme):
    """Without either key all is as after a new start: nothing opens or breaks."""
    await Rekeying(redis, await open_seal(redis, NEW, OLD)).rewrite()
    seal = await open_seal(redis, NEWER)

    with pytest.raises(NotAdmitted):
        await admitted(redis, seal, "w" * 32, "acme-member")
    accounts = RedisAccounts(redis, seal)
    await accounts.remove(acme)
    again = await accounts.add(acme, webhook_url=WEBHOOK, tokens=["w" * 32])
    assert again.id == await admitted(redis, seal, "w" * 32, "acme-member")


async def test_tokens_that_change_meanwhile_stay(redis, beta, monkeypatch):
    """A process that renews a pair between our look and our write wins."""
    seal = await open_seal(redis, NEW, OLD)
    rekeying, pairs = Rekeying(redis, seal), RedisPairs(redis, seal)
    renewed = Pair(5, "newer access", "newer refresh", 1_900_000_000.0)
    looks, read = [], redis.hget

    async def watched(key, name):
        raw = await read(key, name)
        if name == "5":
            looks.append(raw)
            if len(looks) == 2:  # After it was counted: before it is written.
                await pairs.put(beta.id, renewed)
        return raw

    monkeypatch.setattr(redis, "hget", watched)
    await rekeying.rewrite()

    assert looks[1] == looks[0] != looks[2]
    assert renewed == await pairs.get(beta.id, 5)


async def test_a_pair_of_before_can_be_dropped(redis, beta):
    """A token that Bitrix24 refuses goes, whichever key its digest was made with."""
    pairs = RedisPairs(redis, await open_seal(redis, NEW, OLD))
    await pairs.drop(beta.id, 5, "another")
    assert PAIR == await pairs.get(beta.id, 5)
    await pairs.drop(beta.id, 5, "access")
    assert None is await pairs.get(beta.id, 5)


async def test_open_pages_go_on(redis, beta):
    """A person looking at a page inside Bitrix24 goes on and renews the visit."""
    visit = Visit(
        account=beta.id,
        user_id=7,
        name="Ada",
        admin=True,
        language="de",
        origin="https://beta.bitrix24.example",
        auth="token",
        auth_until=time.time() + 60,
    )
    visit = await RedisVisits(redis, Seal(OLD)).open(visit)
    both = RedisVisits(redis, await open_seal(redis, NEW, OLD))

    assert visit == await both.get(visit.token)
    assert await both.renew(visit, "another", 60)
    assert "another" == (await both.get(visit.token)).auth


async def test_a_used_post_stays_used(redis):
    """What opened a page before the change opens none after it."""
    await RedisOpenedFrames(redis, Seal(OLD)).claim("auth", "sid")
    await Rekeying(redis, await open_seal(redis, NEW, OLD)).rewrite()
    frames = RedisOpenedFrames(redis, await open_seal(redis, NEW))

    assert not await frames.claim("auth", "sid")
    await frames.release("auth", "sid")
    assert await frames.claim("auth", "sid")


async def test_installations_that_wait_are_not_lost(redis):
    """What was posted before is verified after."""
    await RedisInstallations(redis, Seal(OLD)).put({"member_id": "gamma"})
    await Rekeying(redis, await open_seal(redis, NEW, OLD)).rewrite()

    (claimed,) = await RedisInstallations(redis, await open_seal(redis, NEW)).claim()
    assert {"member_id": "gamma"} == claimed.raw


async def test_late_events_of_a_gone_account_stay_late(redis, beta):
    """An account that was uninstalled before the change is remembered after."""
    await RedisAccounts(redis, Seal(OLD)).uninstall(beta, keep_seconds=86_400)
    await Rekeying(redis, await open_seal(redis, NEW, OLD)).rewrite()

    with pytest.raises(Gone):
        await admitted(redis, await open_seal(redis, NEW), "a" * 32, "beta-member")


async def test_addresses_to_answer_to_outlive_the_key(redis, acme):
    """Mails are answered for years: what the old key signed is known without it."""
    pattern, ref = "support+{token}@example.com", TicketRef(acme.id, 51)
    before = ReplyAddresses(pattern, Seal(OLD).digests).of(ref, "maria@example.com")

    await Rekeying(redis, await open_seal(redis, NEW, OLD)).rewrite()

    after = ReplyAddresses(pattern, (await open_seal(redis, NEW)).digests)
    assert after.is_signed(after.token_in(before), acme.id)
    assert after.of(ref, "maria@example.com") != before
