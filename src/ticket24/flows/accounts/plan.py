"""What the plan of an account lacks."""

from ticket24.bitrix.conversations import roles
from ticket24.bitrix.rest.errors import Permanent
from ticket24.bitrix.rest.together import Caller


async def has_observers(bitrix: Caller) -> bool:
    """Whether tasks have observers; yes if this Bitrix24 does not tell.

    Without observers we get into the chat of a task only as its creator or responsible.
    Raises BitrixError.
    """
    command = roles.feature_call()
    try:
        answer = await bitrix.call(command.method, command.params, urgent=True)
    except Permanent:
        return True
    return roles.has_observers(answer.result)
