"""What became of each event, watched from beside the sender, which only counts.

A delivery runs in a task that is made while its event is announced, so it
carries the number of the event in its context.
"""

from collections.abc import AsyncIterator
from contextvars import ContextVar

import aiohttp
from aiohttp import TraceRequestEndParams, TraceRequestExceptionParams, web

from ticket24.sandbox.control import SENDER
from ticket24.sandbox.records import Event
from ticket24.sandbox.sender import Sender
from ticket24.sandbox.world import WORLD

KEPT = 500
_NUMBER: ContextVar[int] = ContextVar("_NUMBER", default=0)


class Outcomes:
    """The outcomes of the latest events, by their number, in words."""

    def __init__(self) -> None:
        self.by_event: dict[int, list[str]] = {}
        self._dropped = 0

    def attach(self, sender: Sender) -> None:
        """Watch a sender from now on."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._answered)
        trace.on_request_exception.append(self._unanswered)
        trace.freeze()
        sender.session.trace_configs.append(trace)

        def announced(event: Event) -> None:
            _NUMBER.set(event.number)
            self._dropped = sender.dropped

        def planned(event: Event) -> None:
            if sender.dropped > self._dropped:
                self._note(event.number, "lost on purpose")
            _NUMBER.set(0)

        listeners = sender.world.listeners
        listeners.insert(0, announced)
        listeners.append(planned)

    def _note(self, number: int, outcome: str) -> None:
        self.by_event.setdefault(number, []).append(outcome)
        if len(self.by_event) > KEPT:
            del self.by_event[next(iter(self.by_event))]

    async def _answered(
        self, _session: aiohttp.ClientSession, _: object, end: TraceRequestEndParams
    ) -> None:
        word = "delivered" if end.response.ok else "refused"
        self._note(_NUMBER.get(), f"{word} ({end.response.status})")

    async def _unanswered(
        self,
        _session: aiohttp.ClientSession,
        _: object,
        end: TraceRequestExceptionParams,
    ) -> None:
        late = isinstance(end.exception, TimeoutError)
        self._note(_NUMBER.get(), "no answer in time" if late else "not reachable")


OUTCOMES: web.AppKey[Outcomes] = web.AppKey("OUTCOMES", Outcomes)


async def watch(app: web.Application) -> AsyncIterator[None]:
    """Watch the sender of an application for as long as it runs."""
    world = app[WORLD]
    before = list(world.listeners)
    app[OUTCOMES].attach(app[SENDER])
    yield
    world.listeners[:] = [heard for heard in world.listeners if heard in before]
