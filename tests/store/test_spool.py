"""Files that wait: whole, bounded, owned, and forgotten in the end."""

import pytest

from ticket24.store import keys
from ticket24.store.spool import (
    CHUNK,
    Gone,
    RedisSpool,
    SpoolFull,
    TooLarge,
    clean_name,
)

MEGABYTE = 1024 * 1024


@pytest.fixture
def spool(redis):
    return RedisSpool(redis, most_bytes=4 * MEGABYTE)


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


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
async def test_a_file_comes_out_as_it_went_in(redis, spool, size):
    """Whatever its size, in parts of 256 KiB at the most."""
    content = bytes(n % 251 for n in range(size))
    upload = await keep(spool, content)
    chunks = [chunk async for chunk in spool.read("acme", upload.id)]

    assert size == upload.size
    assert sum(max(len(chunk), 1_024) for chunk in chunks) == await taken(redis)
    assert content == b"".join(chunks)
    assert all(len(chunk) <= CHUNK for chunk in chunks)


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
            *("acme", 7, "a", "text/plain", broken(bytes(CHUNK))), limit=MEGABYTE
        )

    assert [] == await redis.keys("*upload*")
    assert 0 == await taken(redis)


async def test_the_room_is_bounded_for_all_accounts_together(redis, spool):
    """A full spool refuses; what is removed makes room."""
    for owner, account in ((1, "acme"), (2, "umbrella"), (3, "acme")):
        await keep(spool, bytes(MEGABYTE), owner=owner, account=account)
    last = await keep(spool, bytes(MEGABYTE), owner=4)
    with pytest.raises(SpoolFull):
        await keep(spool, b"x", owner=5)
    await spool.remove("acme", None, [last.id])

    assert 3 * MEGABYTE == await taken(redis)
    assert 1 == (await keep(spool, b"x", owner=5)).size


async def test_one_customer_takes_at_most_half_of_the_room(spool):
    """Another still finds room."""
    await keep(spool, bytes(2 * MEGABYTE))
    with pytest.raises(SpoolFull):
        await keep(spool, b"x")

    assert 1 == (await keep(spool, b"x", owner=8)).size


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
    spool = RedisSpool(redis, most_bytes=20 * 1_024)
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

        days = 30 if held else 1
        assert max(lives) <= days * 86_400_000 < claim - now
        assert min(lives) > (days - 1) * 86_400_000


async def test_foreign_files_are_not_removed(spool):
    """The owner is part of the question here, too."""
    upload = await keep(spool)
    await spool.remove("acme", 8, [upload.id])
    await spool.remove("umbrella", None, [upload.id])

    assert [upload] == await spool.owned("acme", 7, [upload.id])


async def test_a_lost_part_is_noticed(redis, spool):
    """Half a file is never handed on as a whole one."""
    upload = await keep(spool, bytes(2 * CHUNK))
    await redis.rpop(keys.chunks("acme", upload.id))
    with pytest.raises(Gone):
        await content_of(spool, upload)
    await spool.remove("acme", 7, [upload.id])
    with pytest.raises(Gone):
        await content_of(spool, upload)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\Übersicht 1.docx", "Übersicht 1.docx"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\r\nContent-Type: text/html\x00.txt", "html.txt"),
        ("two\u2028lines\tand\u00a0tabs.txt", "two linesand tabs.txt"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        (".htaccess", "htaccess"),
        ("x" * 400 + ".tar.gz", "x" * 147 + ".gz"),
        ("x" * 400, "x" * 150),
        ("a." + "y" * 400, "a." + "y" * 148),
    ],
)
def test_a_name_is_for_reading_only(name, shown):
    """No path, no control characters, no trick of direction; the extension stays."""
    assert shown == clean_name(name)


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
