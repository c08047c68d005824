"""Bitrix24's clock: by it we tell what was there before us."""

from datetime import UTC, datetime

from ticket24.bitrix.caller import Caller


async def now(bitrix: Caller) -> datetime:
    """Return the time in whole seconds; raises BitrixError."""
    return told((await bitrix.call("profile", urgent=True)).server_time)


def told(server_time: datetime | None) -> datetime:
    """Return an answer's time in whole seconds, ours where it has none."""
    return (server_time or datetime.now(UTC)).replace(microsecond=0)
