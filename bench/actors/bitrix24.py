"""The sandbox with 200 tickets more than its sample, as a process, and its control.

As a process: `python -m bench.actors.bitrix24 PORT`.
"""

import sys
from typing import Any

import aiohttp
from aiohttp import web

from bitrix24_sandbox import app, sample
from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.world import World

TICKETS = 200
WEBHOOK = f"/rest/{sample.WEBHOOK.user_id}/{sample.WEBHOOK.code}/"

# The workgroups of the sample and who answers in them, by the card of their tasks.
GROUPS = {"chat": 7, "forum": 12}
STAFF = {"chat": 3, "forum": 5}

_CUSTOMERS = 6


def busy_world() -> World:
    """Return the sample account with tickets on both cards, one customer each."""
    world = sample.sample_world()
    contacts = [id_ for id_, one in world.contacts.items() if one.emails]
    for number in range(TICKETS):
        card = card_of(number)
        tasks.add_task(
            world,
            sample.INTEGRATION_USER,
            f"Ticket {number} of the bench",
            description="Something does not work as it did yesterday.",
            responsible_id=STAFF[card],
            group_id=GROUPS[card],
            contact_ids=(contacts[number % _CUSTOMERS],),
        )
    return world


def card_of(number: int) -> str:
    """Return the card of the bench's ticket with this number, from 0."""
    return "chat" if number % 4 else "forum"


class Control:
    """The sandbox's control API."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._root = f"{address}/sandbox/api/"

    async def get(self, name: str) -> Any:  # noqa: ANN401  JSON.
        """Read something."""
        return await self._ask("GET", name, None)

    async def post(self, name: str, body: object) -> Any:  # noqa: ANN401  JSON.
        """Set or do something."""
        return await self._ask("POST", name, body)

    async def delete(self, name: str) -> None:
        """Reset something."""
        await self._ask("DELETE", name, None)

    async def ticket_ids(self) -> list[int]:
        """Return the tasks of the bench, in order."""
        world = await self.get("world")
        return sorted(
            task["id"]
            for task in world["tasks"].values()
            if task["title"].endswith("of the bench")
        )

    async def _ask(self, verb: str, name: str, body: object) -> Any:  # noqa: ANN401  JSON.
        async with self._session.request(verb, self._root + name, json=body) as answer:
            answer.raise_for_status()
            return await answer.json()


if __name__ == "__main__":
    host, port = "127.0.0.1", int(sys.argv[1])
    world = busy_world()
    world.address = f"http://{host}:{port}"
    web.run_app(
        app.create_app(world), host=host, port=port, access_log=None, print=None
    )
