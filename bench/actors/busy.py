"""Accounts in which staff answer all the time, as a process, on sandboxes of their own.

`python -m bench.actors.busy COUNT SECONDS FOLDER`: one port for each account, which
answers after so many seconds. `ports.json` in the folder says which. Once somebody has
written `connected.json` (the address of Redis, and our id of each account, in the order
of the ports), staff of each account answer once a second, and the event is in the
journal. At SIGTERM `answers.json` says when each answer was written.
"""

import asyncio
import random
import signal
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench.actors.files import write_at_once, written
from bitrix24_sandbox import app, serving
from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import Task, User, Webhook, Workgroup
from bitrix24_sandbox.account.world import World
from ticket24.bitrix.events.event import BitrixEvent, Tree
from ticket24.store.connection import connect
from ticket24.store.journal import Journal

PATH = "/rest/1/busy/"
GROUP = 7

_TICKETS = 20
_EACH_SECONDS = 1.0
_SCOPES = ["task", "im", "crm", "disk", "user", "sonet_group"]
_STAFF = 2


class Busy:
    """One account, whose tickets are answered in turn."""

    def __init__(self, number: int, seconds: float) -> None:
        self.number = number
        self.world = World()
        for user_id in (1, _STAFF):
            name = f"Person {user_id}"
            self.world.users[user_id] = User(user_id, "Staff", name, admin=True)
        members = {1: "A", _STAFF: "K"}
        self.world.workgroups[GROUP] = Workgroup(GROUP, "Support", members=members)
        self.world.webhooks.append(Webhook(1, "busy", _SCOPES))
        self._tickets = [self._ticket(of) for of in range(_TICKETS)]
        self.world.faults.slow_seconds = seconds

    def _ticket(self, of: int) -> Task:
        contact = people.add_contact(
            *(self.world, 1, "Customer"),
            emails=[f"customer-{of}@busy-{self.number}.example"],
        )
        return tasks.add_task(
            *(self.world, _STAFF, f"Ticket {of}"),
            responsible_id=_STAFF,
            group_id=GROUP,
            contact_ids=(contact.id,),
        )

    async def answer(self, account: str, journal: Journal) -> list[float]:
        """Let staff answer until it is cancelled; return when they did."""
        written: list[float] = []
        # Not all of them at the same instant.
        await asyncio.sleep(random.Random(self.number).random() * _EACH_SECONDS)
        try:
            while True:
                ticket = self._tickets[len(written) % _TICKETS]
                words = f"This is answer-{self.number}-{len(written)} to it."
                written.append(time.monotonic())
                made = talk.add_comment(self.world, _STAFF, ticket.id, words)
                await journal.append(_event(account, ticket.id, made.id))
                await asyncio.sleep(written[-1] + _EACH_SECONDS - time.monotonic())
        except asyncio.CancelledError:
            return written


def _event(account: str, task_id: int, message_id: int) -> BitrixEvent:
    after: Tree = {"ID": "0", "MESSAGE_ID": str(message_id), "TASK_ID": str(task_id)}
    data: Tree = {"FIELDS_BEFORE": "undefined", "FIELDS_AFTER": after}
    return BitrixEvent("ONTASKCOMMENTADD", account, data, int(time.time()))


async def main(count: int, seconds: float, folder: Path) -> None:
    """Serve, and answer until SIGTERM; then write when."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    companies = [Busy(number, seconds) for number in range(count)]
    async with AsyncExitStack() as stack:
        ports = []
        for one in companies:
            listening = serving.listen(0)
            one.world.address = serving.address(listening)
            ports.append(listening.getsockname()[1])
            served = serving.serving(app.create_app(one.world), listening)
            await stack.enter_async_context(served)
        write_at_once(folder / "ports.json", ports)
        url, accounts = await _connected(folder)
        redis = await stack.enter_async_context(connect(url))
        journal = Journal(redis)
        pairs = zip(companies, accounts, strict=True)
        jobs = [asyncio.create_task(one.answer(id_, journal)) for one, id_ in pairs]
        await stop.wait()
        for job in jobs:
            job.cancel()
        write_at_once(folder / "answers.json", await asyncio.gather(*jobs))


async def _connected(folder: Path) -> tuple[str, list[str]]:
    """Wait until somebody tells where Redis is, and our ids of the accounts."""
    told = await asyncio.to_thread(written, folder / "connected.json")
    return told["redis"], told["accounts"]


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])))
