"""How `web` shuts down: every caller that has reached it gets an answer.

The kernel accepts callers before we do. When the listening socket is closed, the kernel
hangs up on callers in its queue, and aiohttp hangs up on callers that have not said
anything yet. A proxy may not send such a request to another `web` then, because it may
have been heard.
"""

import asyncio
import select

from ticket24.web.gate import Gate

# At most this many turns of the loop: callers may keep coming for ever.
_TURNS = 1_000
# The turns from the kernel's queue to a connection, which fails once the server is
# closed.
_WELCOME_TURNS = 4
# No request takes longer to arrive.
_SILENCE_SECONDS = 0.5
_PAUSE_SECONDS = 0.01


async def take_leave(server: asyncio.Server, gate: Gate) -> None:
    """Admit the callers in the queue, close the door, and hear the last ones out."""
    quiet = 0
    for _ in range(_TURNS):
        quiet = 0 if _somebody_waits(server) else quiet + 1
        if quiet == _WELCOME_TURNS:
            break
        await asyncio.sleep(0)
    server.close()
    for _ in range(int(_SILENCE_SECONDS / _PAUSE_SECONDS)):
        if not gate.has_newcomers(_SILENCE_SECONDS):
            break
        await asyncio.sleep(_PAUSE_SECONDS)


def _somebody_waits(server: asyncio.Server) -> bool:
    poll = select.poll()
    for listening in server.sockets:
        poll.register(listening.fileno(), select.POLLIN)
    return bool(poll.poll(0))
