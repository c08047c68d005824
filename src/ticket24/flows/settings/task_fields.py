"""Which own fields of tasks must not be empty in an account."""

from dataclasses import replace

from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.rest.together import Caller
from ticket24.bitrix.tickets import task_fields
from ticket24.domain.settings.task_fields import TaskField


async def known(bitrix: Caller) -> dict[str, TaskField]:
    """Return the own fields of tasks by name; none if this account does not tell.

    Raises BitrixError.
    """
    command = task_fields.all_call()
    try:
        answer = await bitrix.call(command.method, command.params, urgent=True)
    except Permanent:
        return {}
    return {one.name: one for one in task_fields.read_all(answer.result)}


async def mandatory(
    bitrix: Caller, language: str = "en"
) -> tuple[TaskField, ...] | None:
    """Return the mandatory fields; None if this account does not tell.

    Small plans do not tell, and some users may not ask. Raises BitrixError.
    """
    command = task_fields.mandatory_call()
    try:
        answer = await bitrix.call(command.method, command.params, urgent=True)
    except Permanent:
        return None
    found = task_fields.read(answer.result)
    if not found:
        return ()
    asked = {f"f{one.id}": task_fields.label_call(one.id) for one in found}
    batch = await bitrix.batch(asked, urgent=True)
    return tuple(
        replace(
            one,
            label=task_fields.read_label(batch.results.get(f"f{one.id}"), language),
        )
        for one in found
    )
