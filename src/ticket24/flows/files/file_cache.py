"""Files as they come in from Bitrix24, for all who want them, and for later.

They are kept in memory, which does not outlive the process and which no other program
can read. Who may see a file is asked before.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TypeAlias
from weakref import WeakValueDictionary

import structlog
from redis.exceptions import RedisError

from ticket24.bitrix.files.downloading import Fetched
from ticket24.domain.commands.files import HEAD_BYTES, shown_type
from ticket24.store.accounts.connected import RedisAccounts

log = structlog.get_logger()

# Larger files are streamed. Pages show no larger pictures and videos.
MOST_OF_ONE_BYTES = 8_000_000

# An account has half of it at most.
MOST_BYTES = 64 * 2**20
_MOST_FILES = 1_000

# How many files of an account come in at once, and how long one may take.
_AT_ONCE = 6
_FETCH_SECONDS = 60.0

# How long files are kept that nobody asks for. What is no picture and no video may be
# edited in Bitrix24, where it keeps its number.
_UNUSED_SECONDS = 3_600.0
_EDITABLE_SECONDS = 300.0

_TIDYING_SECONDS = 30.0

Fetch: TypeAlias = Callable[[], AbstractAsyncContextManager[Fetched]]
_Key: TypeAlias = tuple[str, str]


class FileNotNow(Exception):
    """The file cannot be had at the moment."""


class NotKept(Exception):
    """The file is too large to be kept, or there is no room for it now."""


class CachedFile:
    """A file that comes in, or is there: readers follow it to its end."""

    def __init__(self, now: float) -> None:
        self.size: int | None = None
        self.came_at = self.used_at = now
        self.readers = 0
        self.whole = False
        self.taken = 0  # Bytes of the cache that are its own.
        self.there = 0  # Bytes that have come.
        self._parts: list[bytes] = []
        self._head = b""
        self._editable = False
        self._fault: Exception | None = None
        self._news = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether nobody reads it, and nothing of it is to come."""
        return self.whole and not self.readers

    def stale(self, now: float) -> bool:
        """Whether it may have changed in Bitrix24: what pages show does not."""
        return self._editable and now > self.came_at + _EDITABLE_SECONDS

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give its bytes as they come; raise what broke it off."""
        place = 0
        while True:
            if place < len(self._parts):
                yield self._parts[place]
                place += 1
            elif self.whole:
                return
            else:
                await self._more()

    async def begun(self) -> None:
        """Wait until its size is known."""
        while self.size is None:
            await self._more()

    def add(self, chunk: bytes) -> None:
        """Take what came next."""
        self._parts.append(chunk)
        self._head += chunk[: HEAD_BYTES - len(self._head)]
        self.there += len(chunk)
        self._tell()

    def begin(self, size: int) -> None:
        """Note how large it is going to be."""
        self.size = size
        self._tell()

    def end(self) -> None:
        """Note that all of it is there."""
        self.size, self.whole = self.there, True
        self._editable = not shown_type(self._head)
        self._tell()

    def fail(self, fault: Exception) -> None:
        """Note that no more is going to come."""
        self._fault = fault
        self._tell()

    async def _more(self) -> None:
        if self._fault:
            raise self._fault
        await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class FileCache:
    """Fetches each file once for all who want it, and keeps what was used last.

    `patience` is how many seconds a file may take until it begins to come.
    """

    def __init__(
        self,
        patience: float,
        *,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience
        self._most = most_bytes
        self._clock = clock
        self._files: OrderedDict[_Key, CachedFile] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._fetching: set[asyncio.Task[None]] = set()

    def get(self, account_id: str, file_id: str) -> CachedFile | None:
        """Return a file that is there, or comes in."""
        file = self._files.get((account_id, file_id))
        return None if file is None or file.stale(self._clock()) else file

    @asynccontextmanager
    async def open(
        self, account_id: str, file_id: str, fetch: Fetch
    ) -> AsyncIterator[CachedFile]:
        """Open a file that is there, or comes in; if it does neither, `fetch` it.

        Raises NotKept, FileNotNow, and what `fetch` raises.
        """
        key = account_id, file_id
        if self.get(*key) is None:
            self._files[key] = file = CachedFile(self._clock())
            task = asyncio.create_task(self._fill(key, file, fetch))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)
        file = self._files[key]
        file.readers += 1
        file.used_at = self._clock()
        self._files.move_to_end(key)
        try:
            await file.begun()
            yield file
        finally:
            file.readers -= 1

    async def tidy(self, accounts: RedisAccounts) -> None:
        """Forget, for ever, what nobody uses and what is of accounts that are gone."""
        while True:
            await asyncio.sleep(_TIDYING_SECONDS)
            with suppress(RedisError, OSError):
                await self.forget(accounts)

    async def forget(self, accounts: RedisAccounts) -> None:
        """Forget what nobody uses and what is of accounts that are gone."""
        gone = {
            account_id
            for account_id in {account_id for account_id, _ in self._files}
            if await accounts.get(account_id) is None
        }
        now = self._clock()
        for key, file in list(self._files.items()):
            unused = now > file.used_at + _UNUSED_SECONDS
            if key[0] in gone or (file.idle and (unused or file.stale(now))):
                del self._files[key]

    async def close(self) -> None:
        """Stop what is under way."""
        for task in self._fetching:
            task.cancel()
        await asyncio.gather(*self._fetching, return_exceptions=True)

    async def _fill(self, key: _Key, file: CachedFile, fetch: Fetch) -> None:
        try:
            async with asyncio.timeout(self._patience) as deadline:
                turn = self._turns.setdefault(key[0], asyncio.Semaphore(_AT_ONCE))
                async with turn, fetch() as fetched:
                    self._reserve(key, file, fetched.size)
                    async for chunk in fetched.chunks:
                        file.add(chunk)
                        if file.there > file.taken:
                            raise NotKept  # noqa: TRY301  As any other fault.
                        end = asyncio.get_running_loop().time() + _FETCH_SECONDS
                        deadline.reschedule(end)
            file.taken = file.there
            file.end()
        except asyncio.CancelledError:
            self._drop(key, file, FileNotNow(key[1]))
            raise
        except TimeoutError:
            log.warning("download_failed", file=key[1], error="did not come in time")
            self._drop(key, file, FileNotNow(key[1]))
        except Exception as fault:  # noqa: BLE001  Whoever waits raises it.
            self._drop(key, file, fault)

    def _drop(self, key: _Key, file: CachedFile, fault: Exception) -> None:
        if self._files.get(key) is file:
            del self._files[key]
        file.fail(fault)

    def _reserve(self, key: _Key, file: CachedFile, size: int | None) -> None:
        """Take room for a file; without a known size, for the largest."""
        needed = MOST_OF_ONE_BYTES if size is None else size
        if needed > MOST_OF_ONE_BYTES:
            raise NotKept
        self._make_room(key[0], needed)
        file.taken = needed
        if size is not None:
            file.begin(size)

    def _make_room(self, account_id: str, needed: int) -> None:
        """Forget what was used longest ago; the account's own beyond its half."""
        while True:
            files = self._files.items()
            own = sum(file.taken for key, file in files if key[0] == account_id)
            every = sum(file.taken for file in self._files.values())
            greedy = own + needed > self._most // 2
            if (
                not greedy
                and every + needed <= self._most
                and len(files) <= _MOST_FILES
            ):
                return
            for key, file in files:
                if file.idle and (not greedy or key[0] == account_id):
                    del self._files[key]
                    break
            else:
                raise NotKept
