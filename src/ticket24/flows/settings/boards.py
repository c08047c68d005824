"""The boards of workgroups, whose stages are picked for departments."""

from collections.abc import Collection, Mapping, Sequence

from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.together import Caller
from ticket24.bitrix.tickets.stages import Stage, read_stages, stages_call

# Without those that we may not see.
Boards = Mapping[int, Sequence[Stage]]


async def boards(bitrix: Caller, group_ids: Collection[int]) -> Boards:
    """Return the stages of these workgroups, in one batch; raises BitrixError."""
    if not group_ids:
        return {}
    return told(await bitrix.batch(questions(group_ids), urgent=True), group_ids)


def questions(group_ids: Collection[int]) -> dict[str, Call]:
    """Return what to ask about these boards."""
    return {f"stages {one}": stages_call(one) for one in sorted(group_ids)}


def told(batch: Batch, group_ids: Collection[int]) -> Boards:
    """Read the answers to `questions`."""
    return {
        one: read_stages(batch.results[f"stages {one}"])
        for one in sorted(group_ids)
        if f"stages {one}" in batch.results
    }
