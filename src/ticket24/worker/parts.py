"""The one place where a worker's real things are built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parseaddr

from handlers import router
from ticket24.bitrix.oauth import AuthServer
from ticket24.bitrix.sessions import open_session
from ticket24.bitrix.uploading import Uploader
from ticket24.domain.mailboxes import mailbox
from ticket24.flows.binding import events_of
from ticket24.flows.clients import Clients
from ticket24.flows.frames import Verifier
from ticket24.flows.installing import Installer
from ticket24.flows.upkeep import Upkeep
from ticket24.mail.address import Sender
from ticket24.mail.smtp import Mailer
from ticket24.routing import Router
from ticket24.settings import Settings
from ticket24.store.logos import RedisLogos
from ticket24.store.opened_frames import RedisOpenedFrames
from ticket24.worker.stores import Stores, open_stores, worker_name
from ticket24.worker.writing import Writer

# An account hears at most four batches and four commands of ours at once.
_OF_ONE_HOST = 16


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of."""

    name: str
    stores: Stores
    clients: Clients
    uploader: Uploader
    router: Router
    writer: Writer
    mailer: Mailer
    sweep_seconds: int
    server: AuthServer
    verifier: Verifier
    installer: Installer
    upkeep: Upkeep


@asynccontextmanager
async def open_clients(settings: Settings, stores: Stores) -> AsyncIterator[Clients]:
    """Open the way to Bitrix24."""
    async with open_session(settings.bitrix24, per_host=_OF_ONE_HOST) as session:
        clients = Clients(
            session,
            stores.accounts,
            stores.limiter,
            allow_loopback=settings.bitrix24.allow_loopback,
            pairs=stores.pairs,
            server=AuthServer.of(session, settings.bitrix24),
        )
        try:
            yield clients
        finally:
            await clients.close()


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Open everything that a worker needs; raise BadSettings without a mailer."""
    name = worker_name()
    address = settings.require_mail()
    domain = mailbox(parseaddr(settings.mail_from)[1]).rpartition("@")[2]
    sender = Sender(settings.mail_from, domain)
    async with (
        open_stores(settings, name) as stores,
        open_clients(settings, stores) as clients,
    ):
        session = clients.session
        mailer = Mailer(address, sender)
        server = AuthServer.of(session, settings.bitrix24)
        opened = RedisOpenedFrames(stores.redis, stores.seal)
        upkeep = Upkeep(
            stores.accounts,
            RedisLogos(stores.redis),
            public_url=settings.public_url,
            events=events_of(router.names),
        )
        try:
            yield Parts(
                name=name,
                stores=stores,
                clients=clients,
                uploader=Uploader(session, stores.limiter),
                router=router,
                writer=Writer(sender, settings.public_url),
                mailer=mailer,
                sweep_seconds=settings.sweep_seconds,
                server=server,
                verifier=Verifier(server, clients, stores.accounts, opened),
                installer=Installer(stores.redis, stores.seal, clients, upkeep),
                upkeep=upkeep,
            )
        finally:
            await mailer.close()
