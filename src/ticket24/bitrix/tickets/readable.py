"""Which tasks a user may read."""

from collections.abc import Collection

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import whole
from ticket24.bitrix.rest.errors import AccessDenied
from ticket24.bitrix.tickets.tasks import PAGE, rows

# As many as fit into one request.
MOST = 50 * PAGE


async def readable(bitrix: Bitrix, task_ids: Collection[int]) -> frozenset[int]:
    """Return which of these tasks the user may read as whom the client works.

    Bitrix24 lists no others (methods.md 1.4). Of more than MOST, the newest are asked
    about. Raises a BitrixError.
    """
    wanted = sorted(task_ids, reverse=True)[:MOST]
    calls = {
        f"from{start}": Call(
            "tasks.task.list",
            {
                "filter": {"ID": wanted[start : start + PAGE]},
                "select": ["ID"],
                "order": {"ID": "asc"},
                "start": -1,
            },
        )
        for start in range(0, len(wanted), PAGE)
    }
    if not calls:
        return frozenset()
    answer = await bitrix.batch(calls, urgent=True)
    for error in answer.errors.values():
        if not isinstance(error, AccessDenied):
            raise error
    found = {
        whole(row.get("id"))
        for result in answer.results.values()
        for row in rows(result)
    }
    return frozenset(found) & frozenset(wanted)
