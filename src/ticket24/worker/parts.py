"""The one place where a worker's real things are built."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parseaddr

from handlers import router
from ticket24.bitrix.files.uploading import Uploader
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.customers.follower_tokens import keys_of
from ticket24.domain.customers.mailboxes import mailbox
from ticket24.flows.accounts.application import Application
from ticket24.flows.customers.colleagues import Colleagues
from ticket24.flows.files.downloading import Downloads
from ticket24.flows.files.inline_pictures import InlinePictures
from ticket24.flows.files.mail_files import MailFiles
from ticket24.flows.reach.clients import Clients, open_clients
from ticket24.mail.address import Sender
from ticket24.mail.server.smtp import Mailer
from ticket24.mail.writing import Writer
from ticket24.pace import PACE, Pace
from ticket24.routing import Router
from ticket24.settings import Settings
from ticket24.store.stores import Stores, open_stores, process_name

# The pictures of mails that are written at the moment.
_MOST_FILE_BYTES = 16 * 2**20
# How long a mail to a manager waits for Bitrix24 before others go.
_ROLES_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of."""

    name: str
    stores: Stores
    clients: Clients
    uploader: Uploader
    router: Router
    writer: Writer
    pictures: InlinePictures
    files: MailFiles
    mailer: Mailer
    sweep_seconds: int
    application: Application
    colleagues: Colleagues
    pace: Pace


@asynccontextmanager
async def open_parts(settings: Settings, pace: Pace = PACE) -> AsyncIterator[Parts]:
    """Open everything that a worker needs; raise BadSettings without a mailer."""
    name = process_name()
    address = settings.require_mail()
    domain = mailbox(parseaddr(settings.mail_from)[1]).rpartition("@")[2]
    sender = Sender(settings.mail_from, domain)
    async with (
        open_stores(settings, pace, name=name) as stores,
        open_clients(settings, stores, pace) as clients,
    ):
        session = clients.session
        mailer = Mailer(address, sender)
        downloads = Downloads(
            clients, pace.reading_patience_seconds, most_bytes=_MOST_FILE_BYTES
        )
        colleagues = Colleagues(clients, stores, patience_seconds=_ROLES_SECONDS)
        tidying = asyncio.create_task(downloads.tidy(stores.accounts))
        try:
            yield Parts(
                name=name,
                stores=stores,
                clients=clients,
                uploader=Uploader(session, stores.limiter),
                router=router,
                writer=Writer(
                    sender,
                    settings.public_url,
                    keys_of(settings.secret_keys)[0],
                    ReplyAddresses(settings.reply_address, stores.seal.digests),
                    own_returns=settings.own_returns,
                ),
                pictures=InlinePictures(downloads),
                files=MailFiles(
                    downloads, stores.tickets, pauses=pace.file_again_seconds
                ),
                mailer=mailer,
                sweep_seconds=settings.sweep_seconds,
                application=Application.of(
                    settings, stores, clients, router.names, pace
                ),
                colleagues=colleagues,
                pace=pace,
            )
        finally:
            await colleagues.close()
            tidying.cancel()
            await asyncio.gather(tidying, return_exceptions=True)
            await downloads.close()
            await mailer.close()
