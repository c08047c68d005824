"""The part of the REST client that every user of an account needs."""

from collections.abc import Mapping
from typing import Any, Protocol

from ticket24.bitrix.rest.answers import Answer
from ticket24.bitrix.rest.batch import Batch, Call


class Caller(Protocol):
    """The part of the client that carries out classic methods; see `Bitrix`."""

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool = False,
    ) -> Answer:
        """Call one method; raises BitrixError."""
        ...

    async def batch(self, calls: Mapping[str, Call], *, urgent: bool = False) -> Batch:
        """Carry out many calls; raises BitrixError when nothing came back."""
        ...
