"""One request for what is asked at the same time. No I/O of its own."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ticket24.bitrix.rest.answers import Answer
from ticket24.bitrix.rest.batch import Batch, Call


class Caller(Protocol):
    """Whoever carries out calls, as `Bitrix` does."""

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool = False,
    ) -> Answer:
        """Return the answer to one call; raises BitrixError."""
        ...

    async def batch(self, calls: Mapping[str, Call], *, urgent: bool = False) -> Batch:
        """Return the answers to many, errors among them."""
        ...


class Together:
    """Carries out in one request what several ask for before any of them goes on.

    All of it is urgent. Text written by people must not be asked for here, nor may
    calls refer to each other: see `Call`.
    """

    def __init__(self, bitrix: Caller) -> None:
        self._bitrix = bitrix
        self._wanted: dict[str, Call] = {}
        self._round: asyncio.Task[Batch] | None = None
        self._count = 0

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool = True,  # noqa: ARG002
    ) -> Answer:
        """Return the answer to one call, without a total; raises BitrixError."""
        [key] = self._want([Call(method, params or {})])
        batch = await self._asked()
        if key in batch.errors:
            raise batch.errors[key]
        following = batch.nexts.get(key)
        return Answer(batch.results[key], None, following, batch.server_time)

    async def batch(
        self,
        calls: Mapping[str, Call],
        *,
        urgent: bool = True,  # noqa: ARG002
    ) -> Batch:
        """Return the answers to many; raises BitrixError if nothing came back."""
        pairs = list(zip(calls, self._want(calls.values()), strict=True))
        whole = await self._asked()
        return Batch(
            {name: whole.results[key] for name, key in pairs if key in whole.results},
            {name: whole.errors[key] for name, key in pairs if key in whole.errors},
            whole.server_time,
            {name: whole.nexts[key] for name, key in pairs if key in whole.nexts},
        )

    def _want(self, calls: Iterable[Call]) -> list[str]:
        names = []
        for call in calls:
            self._count += 1
            names.append(f"c{self._count}")
            self._wanted[names[-1]] = call
        return names

    async def _asked(self) -> Batch:
        if self._round is None:
            self._round = asyncio.create_task(self._ask())
        # Who gives up must not take the answer from the others.
        return await asyncio.shield(self._round)

    async def _ask(self) -> Batch:
        """Begin when all who are ready now have said what they want."""
        await asyncio.sleep(0)
        calls, self._wanted, self._round = self._wanted, {}, None
        return await self._bitrix.batch(calls, urgent=True)
