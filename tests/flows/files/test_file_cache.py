"""Files are fetched once for all who want them, and kept within bounds."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from desk import until

from ticket24.bitrix.files.downloading import Fetched
from ticket24.flows.files.file_cache import FileCache, FileNotNow, NotKept

PNG = b"\x89PNG\r\n\x1a\n...."
DOCUMENT = b"PK\x03\x04 something else"


class Bitrix24:
    """Gives files, and counts how often it is asked."""

    def __init__(self, parts=(PNG,), size=None):
        self.parts = parts
        self.size = size or sum(map(len, parts))
        self.asked = self.under_way = self.most_under_way = 0
        self.go = asyncio.Event()
        self.go.set()

    @asynccontextmanager
    async def fetch(self):
        self.asked += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            yield Fetched(self.size, self._chunks())
        finally:
            self.under_way -= 1

    async def _chunks(self):
        for part in self.parts:
            await self.go.wait()
            if isinstance(part, Exception):
                raise part
            yield part


@pytest.fixture
async def cache():
    cache = FileCache(60)
    yield cache
    await cache.close()


async def read(cache, bitrix, file="d1", account="acme"):
    async with cache.open(account, file, bitrix.fetch) as opened:
        return b"".join([chunk async for chunk in opened.chunks()])


async def test_many_at_once_share_one_fetch(cache):
    """Whoever comes while a file is on its way follows it, and so do later ones."""
    bitrix = Bitrix24([PNG, b"a" * 100, b"b" * 100])
    bitrix.go.clear()
    readers = [asyncio.create_task(read(cache, bitrix)) for _ in range(5)]
    await asyncio.sleep(0.01)
    bitrix.go.set()

    assert [PNG + b"a" * 100 + b"b" * 100] * 5 == await asyncio.gather(*readers)
    assert PNG + b"a" * 100 + b"b" * 100 == await read(cache, bitrix)
    assert 1 == bitrix.asked


async def test_who_leaves_takes_nothing_from_others(cache):
    """A reload gives its pictures up; the next page gets them all the same."""
    bitrix = Bitrix24([PNG, b"more"])
    bitrix.go.clear()
    leaves = asyncio.create_task(read(cache, bitrix))
    await asyncio.sleep(0.01)
    leaves.cancel()
    await asyncio.gather(leaves, return_exceptions=True)
    bitrix.go.set()

    assert PNG + b"more" == await read(cache, bitrix)
    assert 1 == bitrix.asked


async def test_a_file_that_breaks_off_is_not_kept(cache):
    """All who wait hear of it, and the next one asks anew."""
    broken = Bitrix24([PNG, FileNotNow("d1")], size=100)
    reading = [read(cache, broken), read(cache, broken)]
    faults = await asyncio.gather(*reading, return_exceptions=True)

    assert [FileNotNow, FileNotNow] == [type(fault) for fault in faults]
    assert 1 == broken.asked
    assert PNG == await read(cache, Bitrix24())


async def test_who_asks_in_vain_leaves_the_queue():
    """After its patience a fetch gives up, so that later ones do not wait behind it."""
    cache = FileCache(0.05)
    silent = Bitrix24()
    silent.go.clear()
    waiting = [read(cache, silent, f"d{number}") for number in range(20)]
    faults = await asyncio.gather(*waiting, return_exceptions=True)

    assert {FileNotNow} == {type(fault) for fault in faults}
    assert 0 == silent.under_way
    silent.go.set()

    async def again():
        with suppress(FileNotNow):  # The machine was slower than its patience.
            return await read(cache, silent)

    assert PNG == await until(again)


async def test_few_files_of_an_account_come_in_at_once(cache):
    """Another account's do not wait for them."""
    bitrix, other = Bitrix24(), Bitrix24()
    bitrix.go.clear()
    waiting = [
        asyncio.create_task(read(cache, bitrix, f"d{number}")) for number in range(20)
    ]
    assert PNG == await read(cache, other, account="other")
    assert 6 == bitrix.most_under_way
    bitrix.go.set()
    await asyncio.gather(*waiting)
    assert (20, 6) == (bitrix.asked, bitrix.most_under_way)


async def test_the_cache_is_bounded_and_an_account_has_half():
    """What was used longest ago goes, the greedy account's own before others'."""
    cache = FileCache(5, most_bytes=1_000)
    files = Bitrix24([PNG + b"x" * 88])
    await read(cache, files, account="other")
    for number in range(20):
        await read(cache, files, f"d{number}")

    kept = [number for number in range(20) if cache.get("acme", f"d{number}")]
    assert [15, 16, 17, 18, 19] == kept
    assert cache.get("other", "d1")


async def test_what_is_being_read_has_its_room_to_the_end():
    """Nothing goes while somebody reads it; what has no room is not kept."""
    cache = FileCache(5, most_bytes=400)
    async with cache.open("acme", "d1", Bitrix24([b"x" * 150]).fetch) as first:
        with pytest.raises(NotKept):
            await read(cache, Bitrix24([b"y" * 150]), "d2")
        assert b"x" * 150 == b"".join([chunk async for chunk in first.chunks()])
    assert b"y" * 150 == await read(cache, Bitrix24([b"y" * 150]), "d2")
    assert not cache.get("acme", "d1")


@pytest.mark.parametrize("told", [True, False])
async def test_what_is_too_large_is_not_kept(cache, told):
    """Neither where Bitrix24 tells the size, nor where it does not."""
    huge = Bitrix24([b"x" * 1_000_000] * 9)
    huge.size = huge.size if told else None
    with pytest.raises(NotKept):
        await read(cache, huge)
    assert not cache.get("acme", "d1")


async def test_documents_may_change_and_pictures_do_not():
    """A document is edited in Bitrix24 under its number; it is asked for again."""
    now = 0.0
    cache = FileCache(5, clock=lambda: now)
    picture, document = Bitrix24(), Bitrix24([DOCUMENT])
    for now in (0.0, 200.0, 400.0):  # noqa: B007  The cache's clock.
        await read(cache, picture, "d1")
        await read(cache, document, "d2")

    assert (1, 2) == (picture.asked, document.asked)


async def test_an_account_that_is_gone_leaves_nothing(redis, cache):
    """Its files go with it, also if nobody asks for them again."""

    class Accounts:
        async def get(self, account):
            return "there" if account == "acme" else None

    await read(cache, Bitrix24())
    await read(cache, Bitrix24(), account="other")
    await cache.forget(Accounts())

    assert cache.get("acme", "d1")
    assert not cache.get("other", "d1")
