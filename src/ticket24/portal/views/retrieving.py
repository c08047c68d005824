"""A ticket whose conversation has to be read again before it can be shown."""

import asyncio
import time

from aiohttp import web

from ticket24.portal.asker import Asker
from ticket24.store.tickets.pages import Found

# Whether what is not there of an archived ticket comes by itself.
COMES = web.RequestKey("COMES", bool)

_PATIENCE_SECONDS = 1.5
_PAUSE_SECONDS = 0.1


async def retrieved(
    asker: Asker, found: Found, *, whole: bool, patient: bool
) -> tuple[Found, bool]:
    """Return an archived ticket with its conversation, if that comes in a moment.

    Else it comes later, and open pages hear of it; False if nobody fetches it now.
    Whoever is not `patient` asks for it, and does not wait.
    """
    if not await asker.retrieve(found):
        return found, False
    end = time.monotonic() + _PATIENCE_SECONDS * patient
    while found.page.archived and time.monotonic() < end:
        await asyncio.sleep(_PAUSE_SECONDS)
        now = await asker.ticket(found.page.ref.task_id, whole=whole)
        if now is None:
            break
        found = now
    return found, True
