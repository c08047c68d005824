"""Bitrix24's clock, and its ids: they tell what existed before we came."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.tickets import tasks

_NEWEST = "newest task"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in whole seconds, and the highest task id at that time if known."""

    time: datetime
    newest_task: int | None = None


async def now(bitrix: Bitrix) -> datetime:
    """Return the time in whole seconds; raises BitrixError."""
    return told((await bitrix.call("profile", urgent=True)).server_time)


async def moment(bitrix: Bitrix) -> Moment:
    """Return this moment; raises BitrixError."""
    questions = {"profile": Call("profile")} | question()
    batch = await bitrix.batch(questions, urgent=True)
    if "profile" in batch.errors:
        raise batch.errors["profile"]
    return read(batch)


def question() -> dict[str, Call]:
    """Return what to ask beside other things."""
    return {_NEWEST: tasks.newest_call()}


def read(batch: Batch) -> Moment:
    """Read the answer to `question`."""
    if _NEWEST not in batch.results:
        return Moment(told(batch.server_time))
    return Moment(told(batch.server_time), tasks.read_newest(batch.results[_NEWEST]))


def told(server_time: datetime | None) -> datetime:
    """Return an answer's time in whole seconds, ours where it has none."""
    return (server_time or datetime.now(UTC)).replace(microsecond=0)
