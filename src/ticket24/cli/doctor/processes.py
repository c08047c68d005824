"""The doctor's questions about our own processes, and the work that waits for them."""

from ticket24.build import build
from ticket24.cli.doctor.findings import Finding
from ticket24.domain.running import examining, waiting
from ticket24.domain.running.presence import Processes
from ticket24.domain.running.waiting import WaitingKind
from ticket24.store.running.overview import oldest
from ticket24.store.stores import Stores


async def findings(stores: Stores) -> list[Finding]:
    """Tell which processes run, and what should have been done by now."""
    processes = await stores.presence.all()
    told = examining.examined(processes, build())
    return [*told, await waits(stores, processes)]


async def waits(stores: Stores, processes: Processes) -> Finding:
    """Tell what should have been done by now."""
    late = await oldest(stores.redis, stores.journal, processes.now)
    if await stores.relay.look():
        # The mail server's own line says why mails wait.
        late = [one for one in late if one.kind != WaitingKind.MAIL]
    return waiting.examined(late, processes)
