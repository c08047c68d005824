"""What a ticket of 3,000 messages costs to open: time of the server, and bytes."""

from dataclasses import replace
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

from bench.actors.portal import Portal, portal
from bench.actors.readers import Readers, readers
from bench.goals import Measured, Outcome
from bench.processes import Failed
from bench.stage import Stage
from ticket24.domain.tickets.model import Message, MessageKey, Source, Voice
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import RedisTickets

MESSAGES = 3_000

_VIEWS = 30
_CHANGES = 10


async def measure(stage: Stage) -> Outcome:
    """Open it again and again; after each answer of staff; and at an earlier part."""
    async with portal(stage.folder, MESSAGES) as ours:
        asked = ours.ticket_page[0]
        earlier = asked.replace(b" HTTP", b"?at=chat-%d HTTP" % (MESSAGES // 2), 1)
        plain = [
            one.replace(b"Accept-Encoding: gzip, deflate\r\n", b"")
            for one in (asked, earlier)
        ]
        with readers(ours.port, 1) as one:
            again = [_view(ours, one, asked) for _ in range(_VIEWS)]
            changed = [await _changed(ours, one, asked) for _ in range(_CHANGES)]
            part = [_view(ours, one, earlier) for _ in range(_VIEWS)]
            size, part_size = (len(one.fetch(request).body) for request in plain)
    return Outcome(
        (
            Measured("long_ms", median(wall for wall, _ in again)),
            Measured("long_cpu_ms", median(cpu for _, cpu in again)),
            Measured("long_changed_cpu_ms", median(cpu for _, cpu in changed)),
            Measured("long_kb", size / 1_000),
        ),
        (
            _said("again", again),
            _said("after an answer of staff", changed),
            f"{_said('at an earlier part', part)}; {part_size / 1_000:.1f} kB",
        ),
    )


def _view(ours: Portal, one: Readers, asked: bytes) -> tuple[float, float]:
    """Return how long a view took, and how much CPU of the server, in ms."""
    cpu, began = ours.child.cpu_seconds(), perf_counter()
    answer = one.fetch(asked)
    wall = perf_counter() - began
    if answer.status != b"200":
        raise Failed(f"the long ticket was refused: {answer.head!r}")
    return 1_000 * wall, 1_000 * (ours.child.cpu_seconds() - cpu)


async def _changed(ours: Portal, one: Readers, asked: bytes) -> tuple[float, float]:
    """View it when staff have answered, as a worker stores that."""
    tickets = RedisTickets(ours.redis)
    (kept,) = await tickets.get_all([ours.longest])
    if kept.ticket is None:
        raise Failed("the long ticket has gone")
    now, messages = datetime.now(UTC), kept.ticket.messages
    key = MessageKey(Source.CHAT, messages[-1].key.id + 1)
    news = Message(key, Voice.STAFF, "Sabine Staff", "It is mended.", now, told=True)
    after = replace(kept.ticket, messages=(*messages, news), active_at=now)
    claimed = ClaimedRef(ours.longest, 0)
    if not await tickets.commit(after, kept.revision, claimed, (), before=kept.ticket):
        raise Failed("the long ticket was not stored")
    return _view(ours, one, asked)


def _said(name: str, views: list[tuple[float, float]]) -> str:
    walls, cpus = zip(*views, strict=True)
    return (
        f"{name}: {median(walls):.1f} ms, {max(walls):.1f} at most;"
        f" {median(cpus):.1f} ms of CPU"
    )
