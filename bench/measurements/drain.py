"""How fast one worker works off a backlog: 20,000 events over 200 tickets."""

import asyncio
import time
from statistics import median
from time import perf_counter

from bench.goals import Measured, Outcome
from bench.processes import ITS_CORE, Child
from bench.stage import Stage
from ticket24.bitrix.events.event import BitrixEvent, Tree

EVENTS = 20_000
ROUNDS = 5
_LIMIT_SECONDS = 30


async def measure(stage: Stage) -> Outcome:
    """Fill the journal while the worker is held still, then let it go."""
    rounds, looks, cpu, requests = [], [], [], []
    await stage.control.post("limits", {"burst": 0, "operating_seconds": 0})
    with stage.worker(ITS_CORE) as worker:
        await stage.settled(_LIMIT_SECONDS)
        for number in range(ROUNDS):
            await _change_tickets(stage, number)
            await stage.forget_requests()
            await stage.control.delete("calls")
            cpu_began = worker.cpu_seconds()
            rounds.append(EVENTS / await _drain(stage, worker))
            cpu.append(worker.cpu_seconds() - cpu_began)
            calls = await stage.control.get("calls")
            looks.append(_tickets_looked_at(calls["methods"]))
            requests.append(calls["http"])
    await stage.control.post("limits", {"burst": 50, "operating_seconds": 480})
    return Outcome(
        (Measured("drain_per_s", median(rounds)),),
        (
            (
                f"{min(rounds):,.0f} to {max(rounds):,.0f} in {ROUNDS} rounds;"
                f" {median(cpu):.2f} s of CPU each"
                f" ({EVENTS / median(cpu):,.0f} events per CPU-second)"
            ),
            (
                f"looks at tickets per event: 1/{EVENTS / median(looks):.0f};"
                f" requests to Bitrix24: {median(requests):.0f}"
            ),
        ),
    )


async def _change_tickets(stage: Stage, number: int) -> None:
    acts = [
        {
            "do": "update",
            "task": task_id,
            "fields": {"title": f"Ticket {task_id}, backlog {number}"},
        }
        for task_id in stage.ticket_ids
    ]
    await stage.control.post("bulk", {"acts": acts})


async def _drain(stage: Stage, worker: Child) -> float:
    """Return the seconds from the worker's start to nothing left to do."""
    worker.pause()
    ids = stage.ticket_ids
    now = int(time.time())
    await asyncio.gather(
        *(
            stage.journal.append(_update(stage.account, ids[number % len(ids)], now))
            for number in range(EVENTS)
        )
    )
    began = perf_counter()
    worker.go_on()
    return await stage.settled(_LIMIT_SECONDS) - began


def _update(account: str, task_id: int, now: int) -> BitrixEvent:
    ids: Tree = {"ID": str(task_id)}
    return BitrixEvent(
        "ONTASKUPDATE", account, {"FIELDS_BEFORE": ids, "FIELDS_AFTER": ids}, now
    )


def _tickets_looked_at(methods: dict[str, int]) -> int:
    """Count by the one command for messages that each look at a ticket needs."""
    return sum(
        count
        for name, count in methods.items()
        if name.startswith(("im.dialog.messages.", "task.commentitem."))
    )
