"""What lists, searches and polls cost owners of few tickets and of many."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import mean
from typing import Any

from bench.actors.portal import Portal, portal, ticket_of
from bench.actors.readers import Readers, readers, request
from bench.goals import Measured, Outcome
from bench.peers.helpdesk_peer import helpdesk, interpreter
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
# Of the peer.
_VIEWS = 10
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
    peers = [
        f"django-helpdesk, {count} tickets: list {lists:.0f} ms, search {search:.0f}"
        for count, lists, search in _peers(stage)
    ]
    return Outcome(
        (
            Measured("growth_list_ratio", most.lists / least.lists),
            Measured("growth_changed_ratio", most.changed_list / least.changed_list),
            Measured("growth_search_cpu_ms", most.search),
            Measured("growth_poll_kb", most.poll_kb),
        ),
        tuple(
            f"{count} tickets: list {one.lists:.1f} ms, after a change"
            f" {one.changed_list:.1f}; search {one.search:.1f}, the first"
            f" {one.first_search:.0f}; poll after a change {one.changed_poll:.1f} ms,"
            f" {one.poll_kb:.0f} kB"
            for count, one in costs.items()
        )
        + tuple(peers),
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
        clock = ours.child.cpu_seconds
        _cpu(clock, one, lists)  # Templates and rows are needed for the first time.
        first = _cpu(clock, one, searches[:1])
        changed = [
            await _changed(ours, contact_id, one, plain) for _ in range(_CHANGES)
        ]
        polled = [await _changed(ours, contact_id, one, poll) for _ in range(_CHANGES)]
        return Costs(
            _cpu(clock, one, lists * _ROUNDS),
            first,
            _cpu(clock, one, searches[1:]),
            mean(changed),
            mean(polled),
            len(one.fetch(poll).body) / 1_000,
        )


def _cpu(clock: Callable[[], float], one: Readers, requests: Sequence[bytes]) -> float:
    """Return how many ms of the server's CPU a request takes."""
    began = clock()
    for asked in requests:
        answer = one.fetch(asked)
        if answer.status != b"200":
            raise Failed(f"{asked[:60]!r} was refused: {answer.head!r}")
    return 1_000 * (clock() - began) / len(requests)


def _peers(stage: Stage) -> Iterator[tuple[int, float, float]]:
    """Yield what a list and a search cost the peer, with few tickets and with many.

    Its list shows all tickets to staff; customers have none.
    """
    try:
        python = interpreter(stage.folder)
    except Failed as fault:
        print(f"django-helpdesk is left out: {fault}")
        return
    for count in (SIZES[0], SIZES[-1]):
        place = stage.folder / f"helpdesk-{count}"
        place.mkdir()
        tickets = [_texts(number) for number in range(count)]
        with helpdesk(python, place, tickets) as peer, readers(peer.port, 1) as one:
            clock, views = peer.child.workers_cpu_seconds, peer.list_page * _VIEWS
            _cpu(clock, one, views[:2])
            searches = [peer.search(words) for words in ("mended 7", "toner 11")]
            yield (
                count,
                2 * _cpu(clock, one, views),  # A view takes two requests.
                _cpu(clock, one, searches * (_VIEWS // 2)),
            )


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


def _texts(number: int) -> dict[str, Any]:
    word = _WORDS[number % len(_WORDS)]
    said = {"by_customer": False, "text": f"The {word} is mended. " * 12}
    return {
        "subject": f"{word.title()} {number}",
        "text": f"My {word} number {number} does not work. " * 7,
        "messages": [said | {"by_customer": place % 2 == 0} for place in range(6)],
    }


def _ticket(ours: Portal, contact_id: int, number: int, now: datetime) -> Ticket:
    made = ticket_of(ours.longest.account, number, _texts(number), now)
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
    return _cpu(ours.child.cpu_seconds, one, [asked])
