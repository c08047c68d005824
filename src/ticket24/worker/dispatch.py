"""The loop from the journal to the due set."""

import time

from ticket24.flows.tickets.dispatch import dispatch
from ticket24.store.journal import Entry
from ticket24.worker.loops import Bell
from ticket24.worker.parts import Parts

_AT_ONCE = 500
# It is short so that a worker that has to stop does not wait for an event.
_WAIT_SECONDS = 0.25

# How often we look for events that a killed worker had read.
_CLAIM_SECONDS = 1.0

_TRIM_SECONDS = 30.0
_KEEP_DAYS = 1.0
_KEEP_EVENTS = 100_000
_KEEP_BYTES = 64 * 2**20


class Dispatching:
    """Reads new events, then those that other workers left behind."""

    def __init__(self, parts: Parts, looks: Bell, sweeps: Bell) -> None:
        self._parts = parts
        self._journal = parts.stores.journal
        self._looks = looks
        self._sweeps = sweeps
        self._claim_at = 0.0
        self._trim_at = 0.0

    async def turn(self, wait_seconds: float = _WAIT_SECONDS) -> bool:
        """Dispatch the events that are there; wait if there is none."""
        name = self._parts.name
        now = time.monotonic()
        if now >= self._claim_at:
            self._claim_at = now + _CLAIM_SECONDS
            await self._dispatch(
                await self._journal.claim_abandoned(name, count=_AT_ONCE)
            )
        if now >= self._trim_at:
            self._trim_at = now + _TRIM_SECONDS
            await self._journal.trim(
                days=_KEEP_DAYS, length=_KEEP_EVENTS, size_bytes=_KEEP_BYTES
            )
            await self._journal.bury()
        entries = await self._journal.claim(
            name, count=_AT_ONCE, wait_seconds=wait_seconds
        )
        await self._dispatch(entries)
        return bool(entries)

    async def _dispatch(self, entries: list[Entry]) -> None:
        if not entries:
            return
        removed = await dispatch(entries, self._parts.router, self._parts.stores)
        await self._journal.done(entries)
        self._looks.ring()
        if removed:
            self._sweeps.ring()
