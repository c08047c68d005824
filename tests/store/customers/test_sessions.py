"""Sessions: who is signed in, and what ends it."""

import itertools
import time

import pytest
from examples import NOON

from ticket24.domain.commands.model import PostReply
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.sign_in.sessions import MOST_SESSIONS, RedisSessions

EMAIL = "office@example.com"
FORTNIGHT = 14 * 86_400


@pytest.fixture
def sessions(redis):
    return RedisSessions(redis)


async def start(sessions, *ids, email=EMAIL):
    return await sessions.start("acme", ids or (43, 44), email, "Anna Smith")


async def only_session(redis):
    (key,) = [key async for key in redis.scan_iter("*session*")]
    return key


async def contacts(sessions, cookie, account="acme"):
    login = await sessions.login(account, cookie)
    return login.contact_ids if login else None


async def test_a_session_says_who_is_signed_in(sessions):
    """The cookie leads to the contacts, sorted, the folded address and the name."""
    login = await sessions.login("acme", await start(sessions, 44, 43, email=" A@B.c "))

    assert ("acme", (43, 44), "a@b.c", "Anna Smith") == (
        login.account,
        login.contact_ids,
        login.email,
        login.name,
    )


@pytest.mark.parametrize("cookie", ["", "guess", "x" * 10_000, "\udce4\ud800"])
async def test_a_guess_is_nobody(sessions, cookie):
    """A cookie that is not ours signs nobody in, whatever is in it."""
    await start(sessions)

    assert None is await sessions.login("acme", cookie)


async def test_a_session_is_good_in_its_account_only(sessions):
    """The same cookie signs nobody in at another company."""
    assert None is await contacts(sessions, await start(sessions), "umbrella")


async def test_the_secret_is_not_kept(sessions, redis):
    """A reader of Redis cannot sign in with what is there."""
    cookie = await start(sessions)

    key = await only_session(redis)
    kept = key + b"".join(
        part for pair in (await redis.hgetall(key)).items() for part in pair
    )
    assert cookie.encode() not in kept


async def test_cookies_are_long_and_differ(sessions):
    """256 random bits, anew at each sign-in."""
    first, second = await start(sessions), await start(sessions)

    assert first != second
    assert 43 == len(first)


async def test_signing_out_ends_one_session(sessions):
    """Other browsers stay signed in."""
    here, there = await start(sessions), await start(sessions)

    await sessions.end("acme", here)

    assert (None, (43, 44)) == (
        await contacts(sessions, here),
        await contacts(sessions, there),
    )


async def test_signing_out_everywhere_ends_all(sessions):
    """Every session of the contacts ends, and a new one is good again."""
    before = [await start(sessions), await start(sessions)]

    await sessions.end_everywhere("acme", (43, 44))

    assert [None, None] == [await contacts(sessions, one) for one in before]
    assert (43, 44) == await contacts(sessions, await start(sessions))


async def test_one_contact_drops_out_alone(sessions):
    """A session goes on for contacts whose sessions were not ended."""
    cookie = await start(sessions)

    await sessions.end_everywhere("acme", (43,))

    assert (44,) == await contacts(sessions, cookie)


async def test_the_version_tells_of_changes(sessions, redis):
    """It stays equal until something of these contacts changes, and then differs."""
    cookie = await start(sessions)
    seen = [(await sessions.login("acme", cookie)).version for _ in range(2)]
    for contact in (45, 44, 43):
        await redis.hset(keys.versions("acme"), str(contact), f"17000000-{contact}")
        seen.append((await sessions.login("acme", cookie)).version)
    await sessions.end_everywhere("acme", (44,))
    seen.append((await sessions.login("acme", cookie)).version)

    assert [True, True, False, False, False] == [
        one == other for one, other in itertools.pairwise(seen)
    ]


async def test_a_login_tells_whether_anything_waits(sessions, redis):
    """It counts any of its contacts, until the pages show everything themselves."""
    cookie, commands = await start(sessions, 43, 44), RedisCommands(redis)
    said = PostReply("r1", TicketRef("acme", 51), 44, "Anna", NOON, "Thank you")

    assert not (await sessions.login("acme", cookie)).waits
    await commands.put(said)
    assert (await sessions.login("acme", cookie)).waits
    await commands.done(said, 51)
    assert (await sessions.login("acme", cookie)).waits
    await redis.hset(keys.command("acme", "r1"), "done", 1)  # As if weeks had passed.
    assert [] == await commands.waiting("acme", (43, 44))
    assert not (await sessions.login("acme", cookie)).waits


async def test_an_idle_session_ends(sessions, redis):
    """Redis forgets it after 14 days without use; each use puts that off."""
    cookie = await start(sessions)
    key = await only_session(redis)
    assert FORTNIGHT - 100 < await redis.ttl(key) <= FORTNIGHT

    await redis.expire(key, 60)
    await contacts(sessions, cookie)

    assert FORTNIGHT - 100 < await redis.ttl(key) <= FORTNIGHT


async def test_no_session_lasts_for_ever(sessions, redis):
    """However busy, a session ends 90 days after it began."""
    cookie = await start(sessions)
    key = await only_session(redis)
    began = int(time.time())
    end = int(await redis.hget(key, "until"))
    await redis.hset(key, "until", str(began + 500))
    assert (43, 44) == await contacts(sessions, cookie)
    await redis.hset(key, "until", str(began - 1))

    assert 90 * 86_400 - 100 < end - began < 90 * 86_400 + 100
    assert None is await contacts(sessions, cookie)
    assert not await redis.exists(key)


async def test_the_end_is_not_put_off_beyond_the_last_day(sessions, redis):
    """Near its end a session lives no longer than it may."""
    cookie = await start(sessions)
    key = await only_session(redis)
    await redis.hset(key, "until", str(int(time.time()) + 7_200))
    await redis.expire(key, 60)
    await contacts(sessions, cookie)

    assert 7_100 < await redis.ttl(key) <= 7_200


async def test_reading_does_not_write(sessions, redis):
    """A session is renewed when an hour of its time is over, not at each page."""
    cookie = await start(sessions)
    key = await only_session(redis)
    await redis.expire(key, FORTNIGHT - 3_000)
    await contacts(sessions, cookie)
    early = await redis.ttl(key)
    await redis.expire(key, FORTNIGHT - 4_000)
    await contacts(sessions, cookie)

    assert FORTNIGHT - 3_000 >= early
    assert FORTNIGHT - 100 < await redis.ttl(key)


async def test_a_login_is_one_round_trip(sessions, redis):
    """One command says who is signed in and whether anything has changed."""
    cookie = await start(sessions)
    await contacts(sessions, cookie)
    before = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    await contacts(sessions, cookie)

    assert 1 == (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"] - before


async def test_a_customer_has_so_many_sessions(sessions, redis):
    """Beyond fifty the oldest ends; those of others, and the staff's, do not count."""
    other = await start(sessions, 45)
    onlooker = await sessions.start_onlooker("acme", 43, EMAIL, "Anna", "Klaus")
    cookies = [await start(sessions) for _ in range(MOST_SESSIONS + 5)]

    living = [bool(await contacts(sessions, cookie)) for cookie in cookies]

    assert [False] * 5 + [True] * MOST_SESSIONS == living
    assert (45,) == await contacts(sessions, other)
    assert (43,) == await contacts(sessions, onlooker)
    assert MOST_SESSIONS == await redis.zcard(keys.signed_in("acme", 43))


async def test_sessions_that_ended_make_room_first(sessions):
    """Signing in anew each day does not end the browser that stays signed in."""
    stays = await start(sessions)
    for _ in range(MOST_SESSIONS * 2):
        await sessions.end("acme", await start(sessions))

    assert (43, 44) == await contacts(sessions, stays)


async def test_the_list_of_sessions_ends_by_itself(sessions, redis):
    """It ends with the last of them at the latest."""
    await start(sessions)

    assert 90 * 86_400 - 100 < await redis.ttl(keys.signed_in("acme", 43))


async def test_a_session_of_the_version_before_stays_good(sessions, redis):
    """It is in no list, and ends as it would have before."""
    cookie = await start(sessions)
    await redis.delete(keys.signed_in("acme", 43))
    for _ in range(MOST_SESSIONS + 5):
        await start(sessions)

    assert (43, 44) == await contacts(sessions, cookie)
