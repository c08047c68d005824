"""Bodies that are still on their way: anybody can begin one, and each takes a place.

Bodies of people with a session are waited for, up to a limit. Any other body must come
within ten seconds, or steadily, and only a limited number may be open at once: in all,
and from one address. A body that arrives with its head, as nearly all do, is not
counted.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from ticket24.domain.places import place
from ticket24.pace import Pace, Patience

_MOST_OF_STRANGERS = 512
MOST_OF_ONE = 32

# Bitrix24 sends the events of all accounts from a few addresses, and each only once.
MOST_EVENTS_OF_ONE = 256

_RETRY = {hdrs.RETRY_AFTER: "5"}


REFUSED = Patience(2.0, 16_384)


@dataclass(slots=True)
class _Body:
    request: web.Request
    began: float
    source: str
    patience: Patience
    timer: asyncio.TimerHandle | None = field(default=None)


class Arriving:
    """The bodies that this process waits for.

    One source, an address or the owner of a session, has at most `most_of_one`,
    and all who have no session `most_of_strangers`.
    """

    def __init__(
        self,
        pace: Pace,
        most_of_one: int = MOST_OF_ONE,
        *,
        most_of_strangers: int = _MOST_OF_STRANGERS,
    ) -> None:
        self._pace = pace
        self._most_of_strangers = most_of_strangers
        self._most_of_one = most_of_one
        self._strangers = 0
        self._of: Counter[str] = Counter()
        self._open: dict[asyncio.Task[None], _Body] = {}

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._open)

    def wait_for(self, request: web.Request, address: str, owner: str = "") -> None:
        """Let a body be read; raise HTTPServiceUnavailable if too many are under way.

        `owner` is the session's. If the body does not come, its reader gets a
        TimeoutError.
        """
        if request.content.is_eof():
            return
        if request.task in self._open:
            if owner:
                self._know(self._open[request.task], owner)
            return
        source = owner or f"from {place(address)}"
        if self._of[source] >= self._most_of_one or (
            not owner and self._strangers >= self._most_of_strangers
        ):
            raise _too_many()
        pace = self._pace
        self._begin(request, source, pace.known_body if owner else pace.strangers_body)

    def hear_out(self, request: web.Request, owner: str = "") -> None:
        """Read a refused body if it comes at once, so that its words can be given back.

        One owner may have as many of these as bodies that are not refused; so may all
        strangers together.
        """
        source = f"refused {owner}"
        known = request.content.is_eof() or request.task in self._open
        if not known and self._of[source] < self._most_of_one:
            self._begin(request, source, REFUSED)

    def _begin(self, request: web.Request, source: str, patience: Patience) -> None:
        loop = asyncio.get_running_loop()
        body = _Body(request, loop.time(), source, patience)
        self._count(body, 1)
        self._open[request.task] = body
        # When a connection is lost, only its task is called back.
        request.task.add_done_callback(self._ended)
        request.content.on_eof(lambda: self._ended(request.task))
        body.timer = loop.call_later(patience.seconds, self._look, body)

    def know(self, request: web.Request, owner: str) -> None:
        """Be more patient: the session that a form names was found."""
        if body := self._open.get(request.task):
            self._know(body, owner)

    def _know(self, body: _Body, owner: str) -> None:
        if body.patience is not self._pace.strangers_body:
            return
        if self._of[owner] >= self._most_of_one:
            raise _too_many()
        self._count(body, -1)
        body.source, body.patience = owner, self._pace.known_body
        self._count(body, 1)

    def _count(self, body: _Body, more: int) -> None:
        self._strangers += more if body.patience is self._pace.strangers_body else 0
        self._of[body.source] += more
        if not self._of[body.source]:
            del self._of[body.source]

    def _look(self, body: _Body) -> None:
        """Give up a body that is later than its bytes allow."""
        content, loop = body.request.content, asyncio.get_running_loop()
        granted = content.total_bytes / body.patience.bytes_for_one
        left = body.began + body.patience.seconds + granted - loop.time()
        if left > 0:
            body.timer = loop.call_later(left, self._look, body)
        else:
            content.set_exception(TimeoutError("the body did not arrive"))

    def _ended(self, task: "asyncio.Task[None]") -> None:
        task.remove_done_callback(self._ended)
        body = self._open.pop(task, None)
        if body is not None:
            self._count(body, -1)
            if body.timer:
                body.timer.cancel()


ARRIVING = web.AppKey("ARRIVING", Arriving)


def _too_many() -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(headers=_RETRY, text="Too many at once.\n")
