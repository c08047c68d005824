"""A ticket whose conversation has to be read again before it can be shown."""

import asyncio
import time

from ticket24.portal.asker import Asker
from ticket24.store.tickets.pages import Found

_PATIENCE_SECONDS = 1.5
_PAUSE_SECONDS = 0.1


async def retrieved(asker: Asker, found: Found, *, whole: bool, patient: bool) -> Found:
    """Return an archived ticket with its conversation, if that comes in a moment.

    Else it comes later, and open pages hear of it. Whoever is not `patient` asks for
    it, and does not wait.
    """
    await asker.retrieve(found)
    end = time.monotonic() + _PATIENCE_SECONDS * patient
    while found.page.archived and time.monotonic() < end:
        await asyncio.sleep(_PAUSE_SECONDS)
        now = await asker.ticket(found.page.ref.task_id, whole=whole)
        if now is None:
            break
        found = now
    return found
