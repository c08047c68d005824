"""Pages that wait for a change: each is a request that is not answered yet.

None has a thread, a timer or a connection to Redis of its own: one reader hears the
changes of all, and one timer ends what is over. Whoever finds no place is answered at
once and told when to ask again.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import parse_qsl

import structlog
from aiohttp import hdrs, web

log = structlog.get_logger()

# A browser opens at most six connections to us, for all of its windows together.
OF_ONE_SITTING = 3
_SHARE_OF_ONE_ADDRESS = 1 / 4

AGAIN_SECONDS = 5
# In which everybody comes back after we have stopped.
_SPREAD_SECONDS = 15

_TURN_SECONDS = 0.25
# In how many turns each page is asked whether it is still there: that takes longest.
_ROUNDS = 8

# Proxies give up on an answer after 30 or 60 seconds.
_MOST_SECONDS = 25
_DIGITS = 9

# How many newcomers look at once who they are: a wave of them leaves connections to
# Redis to those who wait for nothing. The others queue as long as they would wait.
_LOOK_AT_ONCE = 16

# Of how many names we know when they last changed.
_REMEMBERED = 10_000


def seconds_of(request: web.Request) -> int:
    """Return how long an answer may wait; what makes no sense is no wait."""
    # Not `request.query`, which would be kept as long as the request.
    query = parse_qsl(request.rel_url.raw_query_string)
    text = next((value for name, value in query if name == "wait"), "")
    sensible = text.isascii() and text.isdigit() and request.method == hdrs.METH_GET
    return min(int(text[:_DIGITS]), _MOST_SECONDS) if sensible else 0


@dataclass(slots=True, eq=False)
class Place:
    """Where a page waits; once it is over, the page comes back in `again` seconds."""

    request: web.Request
    names: Sequence[str]
    sitting: str
    address: str
    until: float
    again: int = 0
    _over: bool = False
    _stirred: bool = False
    _news: asyncio.Future[bool] | None = field(default=None, repr=False)

    def news(self) -> asyncio.Future[bool]:
        """Wait until something may have changed; False once all is over."""
        self._news = asyncio.get_running_loop().create_future()
        self._tell()
        return self._news

    def stir(self) -> None:
        """Let the page look again."""
        self._stirred = True
        self._tell()

    def end(self, again: int = 0) -> None:
        """Let the page be answered now, after its look if there is one to take."""
        self._over, self.again = True, again
        self._tell()

    def end_unseen(self, again: int = 0) -> None:
        """Let the page be answered now, without another look."""
        self._stirred = False
        self.end(again)

    def _tell(self) -> None:
        if self._news and not self._news.done() and (self._stirred or self._over):
            self._news.set_result(self._stirred)
            self._stirred = False


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
        self._looking = asyncio.Semaphore(_LOOK_AT_ONCE)
        # When names changed, the oldest first; all since `_heard_since` are here.
        self._heard: dict[str, float] = {}
        self._heard_since = 0.0
        self.hears: bool | None = None
        self._stopping = False
        self._timer: asyncio.TimerHandle | None = None
        self._round = 0

    def __len__(self) -> int:
        """Return how many pages wait."""
        return len(self._places)

    async def turn(self) -> None:
        """Queue for a look; whoever has had this turn ends it with `looked`."""
        async with asyncio.timeout(_MOST_SECONDS):
            await self._looking.acquire()

    def looked(self) -> None:
        """Let the next one look."""
        self._looking.release()

    def enter(
        self,
        request: web.Request,
        names: Sequence[str],
        sitting: str,
        address: str,
        *,
        asked_at: float,
    ) -> Place:
        """Give a page a place; it is over from the start if there is none.

        Changes of any of these names since then are heard. `leave` gives it up.
        """
        place = Place(request, names, sitting, address, asked_at + seconds_of(request))
        if again := self._refusal(address):
            place.end(again)
            return place
        self._enter(place)
        if asked_at <= self._heard_since or any(
            self._heard.get(name, 0) >= asked_at for name in names
        ):
            place.stir()
        return place

    def leave(self, place: Place) -> None:
        """Give up a place."""
        if place not in self._places:
            return
        del self._places[place]
        _take_out(self._sitting, place.sitting, place)
        for name in place.names:
            _take_out(self._named, name, place)
        self._from[place.address] -= 1
        if not self._from[place.address]:
            del self._from[place.address]

    def listen(self) -> None:
        """Know that from now on every change is heard."""
        if self.hears is False:
            log.info("changes_heard_again")
        self.hears = True
        self._heard_since = asyncio.get_running_loop().time()

    def hear(self, name: str) -> None:
        """Let the pages look again that wait for this, or are about to."""
        self._heard.pop(name, None)
        self._heard[name] = asyncio.get_running_loop().time()
        if len(self._heard) > _REMEMBERED:
            self._heard_since = self._heard.pop(next(iter(self._heard)))
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
            place.end_unseen(_spread())

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
            self.leave(oldest)
            beside = self._sitting.setdefault(place.sitting, [])
        beside.append(place)
        self._places[place] = None
        self._from[place.address] += 1
        for name in place.names:
            self._named.setdefault(name, []).append(place)
        if self._timer is None:
            self._turn()

    def _turn(self) -> None:
        """End what is over, and what nobody waits for: closed pages are silent.

        Whoever was not told of a change sees it with the next question.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._round = (self._round + 1) % _ROUNDS
        for place in islice(self._places, self._round, None, _ROUNDS):
            if place.request.transport is None:
                place.end_unseen()
        for place in self._places:
            if place.until <= now:
                place.end(place.again)
        alive = bool(self._places)
        self._timer = loop.call_later(_TURN_SECONDS, self._turn) if alive else None


def _take_out(places: dict[str, list[Place]], key: str, place: Place) -> None:
    places[key].remove(place)
    if not places[key]:
        del places[key]


def _spread() -> int:
    return random.randint(1, _SPREAD_SECONDS)  # noqa: S311  Only to spread.
