"""Has pictures made smaller by a process that is ended when it takes too long."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

import structlog

from ticket24.flows.files import thumbnails
from ticket24.flows.files.thumbnails import LENGTH, ORDER, READY, Size

log = structlog.get_logger()

# A photograph of 12 megapixels takes a tenth of a second. Whoever waits longer than
# half of this for others gets the picture itself, and so it is where the machine is
# busy: the process ends itself before if a picture is slow.
_SECONDS = 3.0
_UNUSED_SECONDS = 60.0

# No thumbnail is larger: reading never stops half-way.
_MOST_BYTES = 2**23

# What the process inherits of our surroundings: no secrets.
_INHERITED = ("LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "PYTHONHOME")


class Swamped(Exception):
    """Others are before this picture, or the machine has too much to do."""


class Shrinker:
    """A process that makes thumbnails, one at a time; there is none while nobody asks.

    A picture that takes longer than `seconds` ends it, and the next one has a new one;
    it may be tried again, unless it has used up its share of the processor.
    On a busy machine it may take longer than `starting_seconds`, by default as many, to
    begin: then it goes on beginning, for those who ask later.
    """

    def __init__(
        self,
        *,
        seconds: float = _SECONDS,
        starting_seconds: float | None = None,
    ) -> None:
        self._seconds = seconds
        self._starting_seconds = starting_seconds or seconds
        self._ready = False
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._rest: asyncio.TimerHandle | None = None

    async def shrink(self, content: bytes, size: Size) -> bytes:
        """Return a picture made smaller; nothing if it cannot be. Raises Swamped."""
        try:
            async with asyncio.timeout(self._seconds / 2):
                await self._turn.acquire()
        except TimeoutError:
            raise Swamped from None
        try:
            return await self._shrunk(content, size)
        finally:
            self._turn.release()

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _shrunk(self, content: bytes, size: Size) -> bytes:
        self._keep()
        try:
            process = await self._started()
            async with asyncio.timeout(self._seconds):
                return await _asked(process, content, size)
        except TimeoutError:
            log.warning("thumbnail_late", bytes=len(content))
            await self._end()
            raise Swamped from None
        except (OSError, EOFError) as fault:
            log.warning("thumbnail_failed", error=repr(fault), bytes=len(content))
            await self._end()
            return b""
        except asyncio.CancelledError:
            await self._end()
            raise
        finally:
            loop = asyncio.get_running_loop()
            self._rest = loop.call_later(_UNUSED_SECONDS, self._kill)

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            command = [sys.executable, "-P", "-m", thumbnails.__name__]
            ours = os.environ
            self._ready = False
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={name: ours[name] for name in _INHERITED if name in ours},
                limit=_MOST_BYTES,
            )
        if not self._ready:
            try:
                async with asyncio.timeout(self._starting_seconds):
                    await _read(self._process, len(READY))
            except TimeoutError:
                raise Swamped from None
            self._ready = True
        return self._process

    def _keep(self) -> None:
        if self._rest:
            self._rest.cancel()
            self._rest = None

    def _kill(self) -> None:
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _end(self) -> None:
        self._keep()
        self._kill()
        process, self._process = self._process, None
        if process:
            await process.wait()


async def _asked(process: Process, content: bytes, size: Size) -> bytes:
    if process.stdin is None:
        raise EOFError
    process.stdin.write(ORDER.pack(len(content), size.value))
    process.stdin.write(content)
    await process.stdin.drain()
    (length,) = LENGTH.unpack(await _read(process, LENGTH.size))
    return await _read(process, length)


async def _read(process: Process, length: int) -> bytes:
    if process.stdout is None:
        raise EOFError
    return await process.stdout.readexactly(length)
