"""What everybody who asks an account needs of its REST client."""

from collections.abc import Mapping
from typing import Any, Protocol

from ticket24.bitrix.rest.answers import Answer
from ticket24.bitrix.rest.batch import Batch, Command


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

    async def batch(
        self, commands: Mapping[str, Command], *, urgent: bool = False
    ) -> Batch:
        """Carry out many commands; raises BitrixError when nothing came back."""
        ...
