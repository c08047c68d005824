"""Pages that wait for a change: each is a request that is not answered yet.

None has a thread, a timer or a connection to Redis of its own: one reader hears the
changes of all, and one timer ends what is over. Who finds no place is answered at once
and told when to ask again.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from aiohttp import web

log = structlog.get_logger()

# A browser opens at most six connections to us, for all of its windows together.
OF_ONE_SITTING = 3
_SHARE_OF_ONE_ADDRESS = 1 / 4

AGAIN_SECONDS = 5
# In which everybody comes back after we have stopped.
_SPREAD_SECONDS = 15

_TURN_SECONDS = 0.25


@dataclass(slots=True, eq=False)
class Place:
    """Where a page waits; once it is over, the page comes back in `again` seconds.

    `unseen` means that nobody has to look again before it is answered.
    """

    request: web.Request
    names: Sequence[str]
    sitting: str
    address: str
    until: float
    over: bool = False
    unseen: bool = False
    again: int = 0
    _stirred: bool = False
    _waiting: asyncio.Future[None] | None = field(default=None, repr=False)

    async def news(self) -> None:
        """Wait until something may have changed, or all is over."""
        if not (self._stirred or self.over):
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        self._stirred = False

    def stir(self) -> None:
        """Let the page look again."""
        self._stirred = True
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    def end(self, again: int = 0, *, unseen: bool = False) -> None:
        """Let the page be answered now."""
        self.over, self.again, self.unseen = True, again, unseen
        self.stir()


class Listening:
    """The pages that wait in this process, and who hears their changes.

    One browser has few places: its newest page gets that of its oldest. One address has
    a quarter of all at most. `hears` is None before anybody could listen.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._places: dict[Place, None] = {}
        self._named: dict[str, list[Place]] = {}
        self._sitting: dict[str, list[Place]] = {}
        self._from: Counter[str] = Counter()
        self.hears: bool | None = None
        self._stopping = False
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Return how many pages wait."""
        return len(self._places)

    @contextmanager
    def place(
        self,
        request: web.Request,
        names: Sequence[str],
        sitting: str,
        address: str,
        seconds: float,
    ) -> Iterator[Place]:
        """Give a page a place for so long; it is over from the start if there is none.

        Changes of any of these names are heard from then on.
        """
        until = asyncio.get_running_loop().time() + seconds
        place = Place(request, names, sitting, address, until)
        if again := self._refusal(address):
            place.end(again, unseen=True)
        else:
            self._enter(place)
        try:
            yield place
        finally:
            self._leave(place)

    def listen(self) -> None:
        """Know that from now on every change is heard."""
        if self.hears is False:
            log.info("changes_heard_again")
        self.hears = True

    def hear(self, name: str) -> None:
        """Let the pages look again that wait for this."""
        for place in self._named.get(name, ()):
            place.stir()

    def miss(self, reason: str) -> None:
        """Know that changes are missed: nobody goes on waiting, but not all at once."""
        if self.hears is not False and not self._stopping:
            log.warning("changes_not_heard", reason=reason, pages=len(self))
        self.hears = False
        now = asyncio.get_running_loop().time()
        for place in self._places:
            soon = now + random.uniform(0, AGAIN_SECONDS)  # noqa: S311  Only to spread.
            place.until = min(place.until, soon)
            place.again = AGAIN_SECONDS

    def stop(self) -> None:
        """Answer everybody, and have them come back one after the other.

        Thousands at once do not ask Redis first: changes until now were heard.
        """
        self._stopping = True
        for place in self._places:
            place.end(_spread(), unseen=True)

    def _refusal(self, address: str) -> int:
        """Return in how many seconds somebody should come back; 0 to let them in."""
        if self._stopping:
            return _spread()
        full = len(self._places) >= self._most
        crowded = self._from[address] >= max(self._most * _SHARE_OF_ONE_ADDRESS, 1)
        return AGAIN_SECONDS if full or crowded or not self.hears else 0

    def _enter(self, place: Place) -> None:
        beside = self._sitting.setdefault(place.sitting, [])
        if len(beside) >= OF_ONE_SITTING:
            oldest = beside[0]
            oldest.end(AGAIN_SECONDS)
            self._leave(oldest)
            beside = self._sitting.setdefault(place.sitting, [])
        beside.append(place)
        self._places[place] = None
        self._from[place.address] += 1
        for name in place.names:
            self._named.setdefault(name, []).append(place)
        if self._timer is None:
            self._turn()

    def _leave(self, place: Place) -> None:
        if place not in self._places:
            return
        del self._places[place]
        _take_out(self._sitting, place.sitting, place)
        for name in place.names:
            _take_out(self._named, name, place)
        self._from[place.address] -= 1
        if not self._from[place.address]:
            del self._from[place.address]

    def _turn(self) -> None:
        """End what is over, and what nobody waits for: closed pages are silent."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for place in self._places:
            gone = place.request.transport is None
            if gone or place.until <= now:
                place.end(place.again, unseen=gone)
        alive = bool(self._places)
        self._timer = loop.call_later(_TURN_SECONDS, self._turn) if alive else None


def _take_out(places: dict[str, list[Place]], key: str, place: Place) -> None:
    places[key].remove(place)
    if not places[key]:
        del places[key]


def _spread() -> int:
    return random.randint(1, _SPREAD_SECONDS)  # noqa: S311  Only to spread.
