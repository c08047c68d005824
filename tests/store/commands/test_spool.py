"""Files that wait: whole, bounded, owned, and forgotten in the end."""

import asyncio

import pytest

from ticket24.store import keys
from ticket24.store.commands.shares import Most, Shares
from ticket24.store.commands.spool import (
    CHUNK_BYTES,
    FileGone,
    RedisSpool,
    SpoolFull,
    TooLarge,
)

MEGABYTE = 1024 * 1024


@pytest.fixture
def spool(redis):
    return RedisSpool(redis, most_bytes=4 * MEGABYTE, message_bytes=2 * MEGABYTE)


async def parts(content, size=100_000):
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def broken(content):
    yield content
    raise ConnectionError("the browser is gone")


async def keep(spool, content=b"hello", name="a.txt", owner=7, account="acme", **more):
    return await spool.keep(
        *(account, owner, name, "text/plain", parts(content)),
        **({"limit": 2 * MEGABYTE} | more),
    )


async def content_of(spool, upload, account="acme"):
    return b"".join([chunk async for chunk in spool.read(account, upload.id)])


async def taken(redis):
    return int(await redis.hget(keys.SPOOL_SIZES, "total") or 0)


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5]
)
async def test_a_file_comes_out_as_it_went_in(redis, spool, size):
    """Whatever its size, in parts of 256 KiB at the most."""
    content = bytes(n % 251 for n in range(size))
    upload = await keep(spool, content)
    chunks = [chunk async for chunk in spool.read("acme", upload.id)]

    assert size == upload.size
    assert sum(max(len(c), 1_024) for c in chunks or [b""]) == await taken(redis)
    assert content == b"".join(chunks)
    assert all(len(chunk) <= CHUNK_BYTES for chunk in chunks)


async def test_only_the_owner_has_a_file(spool):
    """Other customers, other accounts and invented ids get nothing."""
    mine, other = await keep(spool), await keep(spool, name="b.txt")
    asked = [other.id, mine.id, mine.id, "x" * 22, f"{mine.id}:chunks", "*"]

    assert [other, mine] == await spool.owned("acme", 7, asked)
    assert [] == await spool.owned("acme", 8, asked)
    assert [] == await spool.owned("umbrella", 7, asked)


async def test_a_file_that_is_too_large_leaves_nothing(redis, spool):
    """It is refused while it comes in, and its room is free again."""
    with pytest.raises(TooLarge):
        await keep(spool, bytes(MEGABYTE + 1), limit=MEGABYTE)

    assert [] == await redis.keys("*upload*")
    assert 0 == await taken(redis)


async def test_an_upload_that_breaks_off_leaves_nothing(redis, spool):
    """The browser may go at any time."""
    with pytest.raises(ConnectionError):
        await spool.keep(
            *("acme", 7, "a", "text/plain", broken(bytes(CHUNK_BYTES))), limit=MEGABYTE
        )

    assert [] == await redis.keys("*upload*")
    assert 0 == await taken(redis)


async def test_the_room_is_bounded_for_all_accounts_together(redis, spool):
    """A spool full of what waits for Bitrix24 refuses; what is removed makes room."""
    for owner, account in ((1, "acme"), (2, "umbrella"), (3, "acme")):
        one = await keep(spool, bytes(MEGABYTE), owner=owner, account=account)
        assert await spool.hold(account, [one.id])
    last = await keep(spool, bytes(MEGABYTE), owner=4, account="umbrella")
    assert await spool.hold("umbrella", [last.id])
    with pytest.raises(SpoolFull):
        await keep(spool, b"x", owner=5, account="globex")
    await spool.remove("umbrella", None, [last.id])

    assert 3 * MEGABYTE == await taken(redis)
    assert 1 == (await keep(spool, b"x", owner=5, account="globex")).size


async def test_one_customer_has_a_share(redis):
    """Another still finds room."""
    spool = RedisSpool(redis, most_bytes=8 * MEGABYTE)
    await keep(spool, bytes(MEGABYTE))
    with pytest.raises(SpoolFull):
        await keep(spool, b"x")

    assert 1 == (await keep(spool, b"x", owner=8)).size


async def test_a_share_has_room_for_a_message(redis):
    """However small an eighth is."""
    spool = RedisSpool(redis, most_bytes=4 * MEGABYTE, message_bytes=3 * MEGABYTE)
    for _ in range(3):
        assert await keep(spool, bytes(MEGABYTE))
    with pytest.raises(SpoolFull):
        await keep(spool, b"x")


async def test_the_largest_makes_room_for_the_smaller(spool):
    """His oldest file goes first, and only as much as is needed."""
    old, new = [await keep(spool, bytes(MEGABYTE // 2)) for _ in range(2)]
    await keep(spool, bytes(MEGABYTE), owner=7)
    late = await keep(spool, bytes(MEGABYTE // 4), owner=8)

    assert [new] == await spool.owned("acme", 7, [old.id, new.id])
    assert [late] == await spool.owned("acme", 8, [late.id])
    with pytest.raises(FileGone):
        await content_of(spool, old)


async def test_whoever_would_have_most_is_refused(spool):
    """Nobody has to go for somebody greedier."""
    small = await keep(spool, bytes(MEGABYTE // 2), owner=8)
    large = await keep(spool, bytes(MEGABYTE), owner=7)
    with pytest.raises(SpoolFull):
        await keep(spool, bytes(MEGABYTE), owner=7)

    assert [small] == await spool.owned("acme", 8, [small.id])
    assert [large] == await spool.owned("acme", 7, [large.id])


async def test_the_account_with_most_makes_room_for_others(redis):
    """Many customers of one account are no reason to remove another's few files."""
    spool = RedisSpool(redis, most_bytes=4 * MEGABYTE, message_bytes=2 * MEGABYTE)
    many = [
        await keep(spool, bytes(MEGABYTE // 4), owner=owner) for owner in range(1, 9)
    ]
    await keep(spool, bytes(MEGABYTE + MEGABYTE // 2), account="globex")
    await keep(spool, bytes(MEGABYTE // 2), account="initech")
    mine = await keep(spool, bytes(MEGABYTE // 2), owner=9, account="initech")

    left = [
        one
        for owner, one in enumerate(many, start=1)
        if await spool.owned("acme", owner, [one.id])
    ]
    assert 6 == len(left)
    assert [mine] == await spool.owned("initech", 9, [mine.id])


async def test_what_was_sent_never_has_to_go(spool):
    """A file of a command stays, whoever needs room."""
    sent = await keep(spool, bytes(MEGABYTE))
    assert await spool.hold("acme", [sent.id])
    await keep(spool, bytes(MEGABYTE // 2), owner=8)
    with pytest.raises(SpoolFull):
        await keep(spool, bytes(MEGABYTE), owner=9)

    assert bytes(MEGABYTE) == await content_of(spool, sent)


async def test_files_that_had_to_go_cannot_be_sent(spool):
    """A command holds all of its files or none."""
    old, new = [await keep(spool, bytes(MEGABYTE)) for _ in range(2)]
    await keep(spool, bytes(MEGABYTE // 4), owner=8)

    assert not await spool.hold("acme", [new.id, old.id])
    assert await spool.hold("acme", [new.id])
    with pytest.raises(SpoolFull):
        await keep(spool, bytes(MEGABYTE + MEGABYTE // 2), owner=9)


async def test_a_file_that_has_to_go_while_it_comes_is_refused(redis, spool):
    """Nothing of it is left, and the room is the other's."""

    async def slowly():
        yield bytes(3 * CHUNK_BYTES)
        for owner in range(8, 14):
            await keep(spool, bytes(CHUNK_BYTES), owner=owner)
        yield bytes(CHUNK_BYTES)

    with pytest.raises(SpoolFull):
        await spool.keep("acme", 7, "a", "text/plain", slowly(), limit=2 * MEGABYTE)

    assert 6 * CHUNK_BYTES == await taken(redis)
    assert 6 == len(await redis.keys("*chunks"))


async def test_of_many_who_come_together_some_have_room(redis):
    """A refused one makes room for the next, although all ask at once."""
    shares = Shares(redis, Most(total=4, group=4, owner=4))
    space = (keys.SPOOL_SIZES, keys.SPOOL_TIMES, keys.SPOOL_LOOSE)
    items = [f"acme {owner} file" for owner in range(4)]
    for item in items:
        assert (True, []) == await shares.claim(space, item, 1, 60)

    claims = [await shares.claim(space, item, 1, 60, more=True) for item in items]

    assert [False, True, False, True] == [fits for fits, _ in claims]


async def test_many_at_once_stay_within_the_room(redis, spool):
    """However many upload side by side."""
    await asyncio.gather(
        *(
            keep(spool, bytes(MEGABYTE // 2), owner=n % 9, account=f"a{n % 4}")
            for n in range(36)
        ),
        return_exceptions=True,
    )

    sizes = {
        name.decode(): int(size)
        for name, size in (await redis.hgetall(keys.SPOOL_SIZES)).items()
    }
    files = {name: size for name, size in sizes.items() if name.count(" ") == 2}
    assert sizes["total"] == sum(files.values()) <= 4 * MEGABYTE
    for depth in (0, 1):
        of_depth = {n: s for n, s in sizes.items() if n.count(" ") == depth}
        of_depth.pop("total", None)
        assert sizes["total"] == sum(of_depth.values())
        assert max(of_depth.values()) <= 2 * MEGABYTE
    assert len(files) == len(await redis.keys("*chunks"))


async def test_an_open_form_keeps_its_files(redis, spool):
    """Two hours from when it was last shown; files of a command keep their 30 days."""
    unsent, sent = await keep(spool), await keep(spool)
    await spool.hold("acme", [sent.id])
    for one in (unsent, sent):
        await redis.expire(keys.upload("acme", one.id), 100)
    await spool.owned("acme", 7, [unsent.id, sent.id])

    assert 7_100 < await redis.ttl(keys.upload("acme", unsent.id)) <= 7_200
    assert 100 >= await redis.ttl(keys.upload("acme", sent.id))


async def test_a_refused_form_lets_its_files_go_again(spool):
    """They are as loose as before."""
    one = await keep(spool, bytes(2 * MEGABYTE))
    await spool.hold("acme", [one.id])
    await spool.release("acme", [one.id])
    await keep(spool, b"x", owner=8)

    assert [] == await spool.owned("acme", 7, [one.id])


async def test_files_of_an_earlier_version_are_known(redis, spool):
    """They were counted without their accounts, and none of them was loose."""
    one = await keep(spool, bytes(MEGABYTE))
    await redis.hdel(keys.SPOOL_SIZES, "acme")
    await redis.delete(*await redis.keys(f"{keys.SPOOL_LOOSE}*"))

    assert await spool.hold("acme", [one.id])
    assert bytes(MEGABYTE) == await content_of(spool, one)
    await spool.remove("acme", None, [one.id])
    assert [] == await redis.keys("*")


async def test_room_of_an_upload_that_crashed_comes_back(redis, spool):
    """What nobody renews runs out, in the sums as well."""
    await keep(spool, bytes(2 * MEGABYTE))
    (file,) = await redis.zrange(keys.SPOOL_TIMES, 0, -1)
    await redis.zadd(keys.SPOOL_TIMES, {file: 1})
    await keep(spool, b"new")

    assert 1_024 == await taken(redis)
    assert 1_024 == int(await redis.hget(keys.SPOOL_SIZES, "acme 7"))


async def test_a_flood_of_tiny_files_ends(redis):
    """Each counts for what Redis needs to keep it: one byte is not free."""
    spool = RedisSpool(redis, most_bytes=80 * 1_024)
    for _ in range(10):
        await keep(spool, b"x")

    with pytest.raises(SpoolFull):
        await keep(spool, b"x")


async def test_sums_vanish_with_the_last_file(redis, spool):
    """An empty spool is an empty Redis."""
    uploads = [await keep(spool, bytes(300_000)) for _ in range(3)]
    await spool.remove("acme", 7, [upload.id for upload in uploads])

    assert [] == await redis.keys("*")


async def test_a_disconnected_account_gives_its_room_back(redis, spool):
    """That of others stays."""
    await keep(spool, bytes(5000))
    await keep(spool, bytes(3000), account="acme-2")
    await spool.forget("acme")

    assert 3000 == await taken(redis)


async def test_room_outlives_the_file(redis, spool):
    """Claims end after the parts, sent or not, so the bound holds at all times."""
    upload = await keep(spool)
    for held in (False, True):
        if held:
            await spool.hold("acme", [upload.id])
        seconds, microseconds = await redis.time()
        now = seconds * 1000 + microseconds // 1000
        (claim,) = await redis.zmscore(keys.SPOOL_TIMES, [f"acme 7 {upload.id}"])
        lives = {
            await redis.pttl(keys.upload("acme", upload.id)),
            await redis.pttl(keys.chunks("acme", upload.id)),
        }

        life = 30 * 86_400_000 if held else 7_200_000
        assert max(lives) <= life < claim - now
        assert min(lives) > life - 3_600_000


async def test_foreign_files_are_not_removed(spool):
    """Here too the owner is part of the question."""
    upload = await keep(spool)
    await spool.remove("acme", 8, [upload.id])
    await spool.remove("umbrella", None, [upload.id])

    assert [upload] == await spool.owned("acme", 7, [upload.id])


async def test_a_lost_part_is_noticed(redis, spool):
    """Half a file is never handed on as a whole one."""
    upload = await keep(spool, bytes(2 * CHUNK_BYTES))
    await redis.rpop(keys.chunks("acme", upload.id))
    with pytest.raises(FileGone):
        await content_of(spool, upload)
    await spool.remove("acme", 7, [upload.id])
    with pytest.raises(FileGone):
        await content_of(spool, upload)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("image/PNG", "image/png"),
        ("text/html; charset=x", "application/octet-stream"),
        ("a\r\nb/c", "application/octet-stream"),
    ],
)
async def test_a_type_is_a_plain_one(spool, given, kept):
    """Whatever the browser said."""
    upload = await spool.keep(*("acme", 7, "a", given, parts(b"x")), limit=MEGABYTE)

    assert kept == upload.type
