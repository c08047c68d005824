"""What lists, searches and polls cost owners of few tickets and of many."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import mean

from bench.actors.portal import Portal, portal, ticket_of
from bench.actors.readers import Readers, readers, request
from bench.goals import Measured, Outcome
from bench.processes import Failed
from bench.stage import Stage
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Ticket,
    TicketRef,
    Voice,
)
from ticket24.portal.cookies import SESSION
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import RedisTickets

SIZES = (25, 250, 2_500, 10_000)

# Twenty of them, each another page.
_LISTS = [
    f"/?show={show}&sort={order}&page={page}"
    for show, order, page in itertools.product(
        ("open", "all"), ("activity", "number", "created", "status", "priority"), (1, 2)
    )
]
# None is asked twice: what the same words find is kept.
_SEARCHES = [
    f"/?show=all&q={word}+{number}"
    for word in ("mended", "toner")
    for number in range(30)
]
_ROUNDS = 5
_CHANGES = 10
_WORDS = ("toner", "printer", "screen", "invoice", "mouse", "cable", "update", "desk")


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU of the server for each request, in ms, and the size of a poll in kB."""

    lists: float
    first_search: float
    search: float
    changed_list: float
    changed_poll: float
    poll_kb: float


async def measure(stage: Stage) -> Outcome:
    """Have owners of 25 to 10,000 tickets look at all tabs and orders, and search."""
    async with portal(stage.folder) as ours:
        costs = {count: await _costs(ours, count) for count in SIZES}
    least, most = costs[SIZES[0]], costs[SIZES[-1]]
    return Outcome(
        (
            Measured("growth_list_ratio", most.lists / least.lists),
            Measured("growth_search_cpu_ms", most.search),
            Measured("growth_poll_kb", most.poll_kb),
        ),
        tuple(
            f"{count} tickets: list {one.lists:.1f} ms, after a change"
            f" {one.changed_list:.1f}; search {one.search:.1f}, the first"
            f" {one.first_search:.0f}; poll after a change {one.changed_poll:.1f} ms,"
            f" {one.poll_kb:.0f} kB"
            for count, one in costs.items()
        ),
    )


async def _costs(ours: Portal, count: int) -> Costs:
    contact_id = 10_000 + count
    cookie = await _fill(ours, contact_id, count)
    base = ours.list_page[0].split(b" ", 2)[1].decode().rpartition("/")[0]
    headers = {"Cookie": f"{SESSION}={cookie}"}

    def asked(paths: Iterable[str]) -> list[bytes]:
        return [request(ours.port, base + path, headers) for path in paths]

    lists, searches = asked(_LISTS), asked(_SEARCHES)
    [plain], [poll] = asked(["/"]), asked(["/status.json"])
    with readers(ours.port, 1) as one:
        _cpu(ours, one, lists)  # Templates and rows are needed for the first time.
        first = _cpu(ours, one, searches[:1])
        changed = [
            await _changed(ours, contact_id, one, plain) for _ in range(_CHANGES)
        ]
        polled = [await _changed(ours, contact_id, one, poll) for _ in range(_CHANGES)]
        return Costs(
            _cpu(ours, one, lists * _ROUNDS),
            first,
            _cpu(ours, one, searches[1:]),
            mean(changed),
            mean(polled),
            len(one.fetch(poll).body) / 1_000,
        )


def _cpu(ours: Portal, one: Readers, requests: list[bytes]) -> float:
    """Return how many ms of the server's CPU a request takes."""
    began = ours.child.cpu_seconds()
    for asked in requests:
        answer = one.fetch(asked)
        if answer.status != b"200":
            raise Failed(f"{asked[:60]!r} was refused: {answer.head!r}")
    return 1_000 * (ours.child.cpu_seconds() - began) / len(requests)


async def _fill(ours: Portal, contact_id: int, count: int) -> str:
    """Commit the tickets of a contact; return the cookie of a session."""
    tickets, now = RedisTickets(ours.redis), datetime.now(UTC)
    for number in range(count):
        one = _ticket(ours, contact_id, number, now)
        if not await tickets.commit(one, 0, ClaimedRef(one.ref, 0), ()):
            raise Failed(f"ticket {one.ref.task_id} was not stored")
    return await RedisSessions(ours.redis).start(
        ours.longest.account, (contact_id,), "customer@example.com", "Carla Customer"
    )


def _ticket(ours: Portal, contact_id: int, number: int, now: datetime) -> Ticket:
    word = _WORDS[number % len(_WORDS)]
    said = {"by_customer": False, "text": f"The {word} is mended. " * 12}
    texts = {
        "subject": f"{word.title()} {number}",
        "text": f"My {word} number {number} does not work. " * 7,
        "messages": [said | {"by_customer": place % 2 == 0} for place in range(6)],
    }
    made = ticket_of(ours.longest.account, number, texts, now)
    ref = TicketRef(ours.longest.account, contact_id * 20_000 + number)
    at = now - timedelta(minutes=number)
    return replace(made, ref=ref, contact_ids=(contact_id,), active_at=at)


async def _changed(ours: Portal, contact_id: int, one: Readers, asked: bytes) -> float:
    """Store an answer of staff, as a worker does, and ask."""
    tickets = RedisTickets(ours.redis)
    ref = TicketRef(ours.longest.account, contact_id * 20_000 + 3)
    (kept,) = await tickets.get_all([ref])
    if kept.ticket is None:
        raise Failed("a ticket has gone")
    now, messages = datetime.now(UTC), kept.ticket.messages
    key = MessageKey(Source.FORUM, messages[-1].key.id + 1)
    news = Message(key, Voice.STAFF, "Sabine Staff", "It is mended.", now, told=True)
    after = replace(kept.ticket, messages=(*messages, news), active_at=now)
    if not await tickets.commit(
        after, kept.revision, ClaimedRef(ref, 0), (), before=kept.ticket
    ):
        raise Failed("a ticket was not stored")
    return _cpu(ours, one, [asked])
