"""Mails that reached us: kept once, counted once, whoever dies when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ticket24.domain.arrivals.fates import HeldFor, HeldMail, MailFate, Release
from ticket24.store import keys
from ticket24.store.arrivals.held import RedisHeld
from ticket24.store.arrivals.mails import ArrivalsFull, Met, RedisArrivals

MIB = 2**20


@pytest.fixture
def arrivals(redis):
    return RedisArrivals(redis, most_bytes=2 * MIB)


@pytest.fixture
def held(redis):
    return RedisHeld(redis, most_bytes=MIB)


def told(id_, **changes):
    mail = HeldMail(id_, HeldFor.STRANGER, datetime.now(UTC), "acme", 51, 7)
    return replace(mail, **changes)


async def sums(arrivals):
    """Return what came, and the sum of what waits and of all fates."""
    came = await arrivals.came()
    return came.all, came.settled + came.waiting


async def test_a_mail_waits_whole_until_it_is_settled(arrivals, redis):
    """However long it is; afterwards nothing of it is left but the count."""
    raw = b"x" * 700_000
    id_ = await arrivals.keep(raw, ["a@example.com"])

    [mail] = await arrivals.claim(4)
    assert (id_, raw, ("a@example.com",)) == (mail.id, mail.raw, mail.recipients)
    assert [] == await arrivals.claim(4)
    assert await arrivals.settle(id_, MailFate.MESSAGE)
    assert not await arrivals.settle(id_, MailFate.DROPPED)

    assert (1, 1) == await sums(arrivals)
    assert {keys.FATES, keys.ARRIVALS_SPACE} == {
        name.decode() async for name in redis.scan_iter("t24:*")
    }
    assert {b"waiting": b"0"} == await redis.hgetall(keys.ARRIVALS_SPACE)


async def test_the_same_bytes_again_are_one_mail(arrivals):
    """A mail server that heard no answer sends it once more."""
    first = await arrivals.keep(b"hello", ["a@example.com"])
    again = await arrivals.keep(b"hello", ["a@example.com"])

    assert first == again
    assert 1 == len(await arrivals.claim(4))
    assert (1, 1) == await sums(arrivals)


async def test_a_claim_runs_out(arrivals, redis):
    """What a killed process had claimed is another's; its claim is renewed else."""
    id_ = await arrivals.keep(b"hello", [])
    await arrivals.claim(1)

    await redis.zincrby(keys.ARRIVALS, -15_000, id_)
    assert [id_] == [one.id for one in await arrivals.claim(1)]
    await redis.zincrby(keys.ARRIVALS, -14_000, id_)
    await arrivals.renew(id_)
    await redis.zincrby(keys.ARRIVALS, -14_000, id_)
    assert [] == await arrivals.claim(1)


async def test_a_mail_that_was_put_off_waits_although_a_renewal_comes_late(
    arrivals, redis
):
    """It is judged no sooner than whoever gave it back wanted."""
    id_ = await arrivals.keep(b"hello", [])
    await arrivals.claim(1)
    await arrivals.postpone(id_, 600)
    wanted = await redis.zscore(keys.ARRIVALS, id_)

    await arrivals.renew(id_)

    assert wanted == await redis.zscore(keys.ARRIVALS, id_)


async def test_what_is_too_much_is_refused_and_leaves_nothing(redis):
    """By bytes; the mail server keeps it and tries again."""
    arrivals = RedisArrivals(redis, most_bytes=1_000)
    await arrivals.keep(b"x" * 800, [])

    with pytest.raises(ArrivalsFull):
        await arrivals.keep(b"y" * 300, [])

    assert (1, 1) == await sums(arrivals)
    assert 1 == len([one async for one in redis.scan_iter("*:raw:*")])


async def test_a_mail_that_died_on_its_way_goes_by_itself(arrivals, redis):
    """Parts without an end last for minutes, and are no mail."""
    name = keys.raw_arrival("halfway")
    await redis.rpush(name, b"half")

    await arrivals.keep(b"hello", [])

    [raw] = [one async for one in redis.scan_iter("*:raw:*") if b"halfway" not in one]
    assert -1 == await redis.ttl(raw)


async def test_a_name_is_met_again(arrivals):
    """The same words are a repeat, others are not, and who judges again is neither."""
    meet = [("<1>", "w", "a"), ("<1>", "w", "a"), ("<1>", "w", "b"), ("<1>", "v", "c")]

    met = [await arrivals.meet(*one, seconds=60) for one in meet]

    assert [Met.FIRST, Met.FIRST, Met.REPEAT, Met.OTHER_WORDS] == met


async def test_a_held_mail_waits_and_is_released(arrivals, held):
    """It is judged again with the decision, and has one fate in the end."""
    id_ = await arrivals.keep(b"hello", [])
    await held.hold(told(id_))
    await held.hold(told(id_))
    assert [id_] == [one.id for one in await held.all("acme")]
    assert b"hello" == await held.raw(id_)
    assert 1 == (await arrivals.came()).fates["held"]

    mail = await held.get(id_)
    release = Release("acme", 51, 7, remember=True)
    assert await held.release(mail, release)
    assert not await held.release(mail, release)

    [again] = await arrivals.claim(1)
    assert (b"hello", release) == (again.raw, again.release)
    assert (1, 1) == await sums(arrivals)
    await arrivals.settle(id_, MailFate.MESSAGE)
    assert (1, 0) == ((await arrivals.came()).fates["message"], await held.count())


async def test_a_held_mail_is_dropped(arrivals, held, redis):
    """Nothing of it is left."""
    id_ = await arrivals.keep(b"hello", [])
    await held.hold(told(id_, account=""))
    assert [id_] == [one.id for one in await held.all("")]

    assert await held.drop(await held.get(id_))

    assert [] == await held.all()
    assert (1, 1) == await sums(arrivals)
    assert [] == [one async for one in redis.scan_iter("*:mail:*")]
    assert [] == [one async for one in redis.scan_iter("*:raw:*")]


async def test_what_nobody_decides_about_goes(arrivals, held, redis):
    """After 30 days, what waits for its sender after 8; also if nothing else comes."""
    kept = {}
    for why, days in (("machine", 29), ("machine", 31), ("unconfirmed", 9)):
        id_ = await arrivals.keep(f"{why} {days}".encode(), [])
        at = datetime.now(UTC) - timedelta(days=days)
        await held.hold(told(id_, why=HeldFor(why), at=at))
        kept[why, days] = id_

    await held.expire()

    left = await held.all("acme") + await held.unconfirmed("acme")
    assert [kept["machine", 29]] == [one.id for one in left]
    assert 1 == len([one async for one in redis.scan_iter("*:raw:*")])
    assert (3, 3) == await sums(arrivals)
    assert 2 == (await arrivals.came()).fates["dropped"]


async def test_the_oldest_held_go_where_there_are_too_many(arrivals, redis):
    """Those of one account crowd out none of another."""
    held = RedisHeld(redis, most_bytes=1_000)
    ids = [await arrivals.keep(bytes([65 + n]) * 400, []) for n in range(4)]
    await held.hold(told(ids[0], account="other"))

    for id_ in ids[1:]:
        await held.hold(told(id_))

    assert 2 == len(await held.all("acme"))
    assert ids[:1] == [one.id for one in await held.all("other")]
    assert (4, 4) == await sums(arrivals)
    assert 1 == (await arrivals.came()).fates["dropped"]


@pytest.mark.parametrize("most_bytes", [10_000, 2_000])
async def test_a_flood_pushes_out_no_mails_of_others(arrivals, redis, most_bytes):
    """Of one sender, and of many in one ticket; where mails or bytes are too many."""
    held = RedisHeld(redis, most_bytes=most_bytes, most=20)
    size = 100 if most_bytes == 2_000 else 10

    async def hold(name, **about):
        id_ = await arrivals.keep(name.ljust(size).encode(), ["a@x"])
        await held.hold(told(id_, **about))
        return id_

    maria = await hold("maria", sender="maria@x", task_id=5)
    paul = await hold("paul", sender="paul@x", task_id=6)
    flood = [await hold(f"eve {n}", sender="eve@x", task_id=0) for n in range(30)]
    many = [await hold(f"bot {n}", sender=f"{n}@bots", task_id=7) for n in range(30)]

    left = [one.id for one in await held.all("acme")]
    assert 20 == len(left)
    assert [maria, paul] == left[:2]
    assert many[-1] == left[-1]
    # The two floods share what is left, each with its newest; of those that came within
    # a millisecond nobody knows which these are.
    assert [9, 9] == [len({*left} & {*some}) for some in (flood, many)]
    assert not {*left} & {*flood[:15], *many[:15]}
    came = await arrivals.came()
    assert (62, 20, 42) == (came.all, came.fates["held"], came.fates["dropped"])


async def test_remembered_addresses_are_a_contacts(held):
    """In any spelling, for its contact alone."""
    await held.remember("acme", "Maria@Home.example", 7)

    assert {"maria@home.example": 7} == await held.remembered("acme", [7, 8])
    assert {} == await held.remembered("acme", [8])
    assert {} == await held.remembered("other", [7])
