"""Load: kept-open connections, each with one request under way at a time.

Sockets and epoll without a framework: what posts must cost less than what answers.
"""

import contextlib
import itertools
import select
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

_ANSWER_SECONDS = 10
_ANSWER_BYTES = 65_536


@dataclass(slots=True)
class Tally:
    """What was answered: how many 200s, how long each took, and what else came."""

    accepted: int = 0
    seconds: list[float] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        """Return the time, in milliseconds, that so many answers stayed below."""
        ordered = sorted(self.seconds)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1_000


class Posters:
    """Connections to a port of this machine."""

    def __init__(self, port: int, connections: int) -> None:
        self._sockets = {
            one.fileno(): one
            for one in (
                socket.create_connection(("127.0.0.1", port), _ANSWER_SECONDS)
                for _ in range(connections)
            )
        }
        for one in self._sockets.values():
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Close every connection."""
        for one in self._sockets.values():
            one.close()

    def post_for(self, seconds: float, requests: Sequence[bytes]) -> Tally:
        """Post the same requests over and over; return when all are answered."""
        until = perf_counter() + seconds
        endless = itertools.cycle(requests)
        return self._post(lambda: next(endless) if perf_counter() < until else None)

    def post_all(self, requests: Iterable[bytes]) -> Tally:
        """Post each request once, as fast as they are answered."""
        each = iter(requests)
        return self._post(lambda: next(each, None))

    def _post(self, take: Callable[[], bytes | None]) -> Tally:
        """Post what `take` gives; an answer is one packet, and 200 has no body."""
        tally, sent_at = Tally(), {}
        with contextlib.closing(select.epoll()) as poll:
            for number, one in self._sockets.items():
                request = take()
                if request is None:
                    break
                poll.register(number, select.EPOLLIN)
                sent_at[number] = perf_counter()
                one.sendall(request)
            while sent_at:
                ready = poll.poll(_ANSWER_SECONDS)
                if not ready:
                    raise TimeoutError(f"{len(sent_at)} requests were not answered")
                for number, _ in ready:
                    one = self._sockets[number]
                    answer = one.recv(_ANSWER_BYTES)
                    now = perf_counter()
                    tally.seconds.append(now - sent_at[number])
                    if answer.startswith(b"HTTP/1.1 200"):
                        tally.accepted += 1
                    elif answer:
                        tally.refused.append(answer)
                    else:
                        raise ConnectionError("the server closed a connection")
                    request = take()
                    if request is None:
                        poll.unregister(number)
                        del sent_at[number]
                    else:
                        sent_at[number] = now
                        one.sendall(request)
        return tally


@contextlib.contextmanager
def posters(port: int, connections: int) -> Iterator[Posters]:
    """Connect, and close in the end."""
    with contextlib.closing(Posters(port, connections)) as opened:
        yield opened
