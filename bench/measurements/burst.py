"""A flood while tickets change: 1,000 updates of 200 tickets."""

from time import perf_counter
from typing import Any

from bench.actors import posts
from bench.actors.bitrix24 import TICKETS
from bench.actors.load import posters
from bench.goals import Measured, Outcome
from bench.processes import Failed
from bench.stage import Stage
from ticket24.domain.tickets.model import Status, Ticket, TicketRef
from ticket24.store.tickets.pictures import RedisTickets

UPDATES = 1_000
BITRIX24_SECONDS = 0.1

_AT_ONCE = 25
_LIMIT_SECONDS = 30
_STATUS = {2: Status.NEW, 3: Status.IN_PROGRESS, 5: Status.COMPLETED}


async def measure(stage: Stage) -> Outcome:
    """Change tickets and post each change's event at once; look at the end."""
    await stage.control.post("faults", {"slow_seconds": BITRIX24_SECONDS})
    with stage.web(), stage.worker():
        await stage.settled(_LIMIT_SECONDS)
        await stage.forget_requests()
        await stage.control.delete("calls")
        began = perf_counter()
        await _flood(stage)
        flooded = perf_counter() - began
        settled = await stage.settled(_LIMIT_SECONDS) - began
        calls = await stage.control.get("calls")
    await stage.control.post("faults", {"slow_seconds": 0})
    stale = await _stale(stage)
    return Outcome(
        (
            Measured("burst_http_requests", calls["http"]),
            Measured("burst_stale", len(stale)),
        ),
        (
            (
                f"{UPDATES} events in {flooded:.1f} s, all seen after {settled:.1f} s;"
                f" {calls['batch_commands']} commands, {calls['served_503']} times 503"
            ),
            *stale[:3],
        ),
    )


async def _flood(stage: Stage) -> None:
    """Make changes and post their events, a few at once."""
    with posters(stage.web_port, _AT_ONCE) as load:
        for first in range(0, UPDATES, _AT_ONCE):
            numbers = range(first, first + _AT_ONCE)
            acts = [_change(stage, number) for number in numbers]
            await stage.control.post("bulk", {"acts": acts})
            ids = [stage.ticket_ids[_place(number)] for number in numbers]
            events = map(posts.task_updated, ids)
            tally = load.post_all(posts.request(e, stage.web_port) for e in events)
            if tally.refused:
                raise Failed(f"an event was refused: {tally.refused[0]!r}")


def _place(number: int) -> int:
    # A step that is prime to the number of tickets: each comes as often as the others.
    return number * 77 % TICKETS


def _change(stage: Stage, number: int) -> dict[str, Any]:
    """Return an order for the sandbox: mostly titles, now and then a status."""
    place = _place(number)
    task_id = stage.ticket_ids[place]
    if place % 10 == 0:
        odd = number // TICKETS % 2
        return {"do": "pause" if odd else "start", "task": task_id}
    title = f"Ticket {task_id}, change {number}"
    return {"do": "update", "task": task_id, "fields": {"title": title}}


async def _stale(stage: Stage) -> list[str]:
    """Compare every picture with Bitrix24; return a line for each that differs."""
    world = await stage.control.get("world")
    refs = [TicketRef(stage.account, task_id) for task_id in stage.ticket_ids]
    kept = await RedisTickets(stage.redis).get_all(refs)
    lines = []
    for ref, one in zip(refs, kept, strict=True):
        truth = _facts(world["tasks"][str(ref.task_id)])
        seen = _seen(one.ticket) if one.ticket else None
        if truth != seen:
            lines.append(f"ticket {ref.task_id} is {truth}, seen as {seen}")
    return lines


def _facts(task: dict[str, Any]) -> tuple[str, Status]:
    return task["title"], _STATUS[task["status"]]


def _seen(ticket: Ticket) -> tuple[str, Status]:
    return ticket.subject, ticket.status
