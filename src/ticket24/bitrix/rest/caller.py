"""What everybody who asks an account needs of its REST client."""

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
