"""The one place where a worker's real things are built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import quote

import aiohttp

from handlers import router
from ticket24.bitrix.oauth import AuthServer
from ticket24.bitrix.uploading import Uploader
from ticket24.domain.accounts import Account
from ticket24.domain.model import Letter
from ticket24.flows.clients import Clients
from ticket24.flows.deliver import Mailer, Render
from ticket24.flows.frames import Verifier
from ticket24.flows.installing import Installer, events_of
from ticket24.flows.sending_links import Write
from ticket24.flows.upkeep import Upkeep
from ticket24.mail import invitation, sign_in, smtp
from ticket24.mail.render import Sender, render
from ticket24.routing import Router
from ticket24.settings import Settings
from ticket24.store.logos import RedisLogos
from ticket24.store.opened_frames import RedisOpenedFrames
from ticket24.worker.stores import Stores, open_stores, worker_name

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
    render: Render
    mailer: Mailer
    sweep_seconds: int
    write_link: Write
    write_invitation: Write
    server: AuthServer
    verifier: Verifier
    installer: Installer
    upkeep: Upkeep


@asynccontextmanager
async def open_clients(settings: Settings, stores: Stores) -> AsyncIterator[Clients]:
    """Open the way to Bitrix24; cookies would only confuse it.

    How many connections there are in all is not limited: many accounts that hang
    would use them up.
    """
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=_OF_ONE_HOST)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
        server = open_server(settings, session)
        clients = Clients(
            session,
            stores.accounts,
            stores.limiter,
            allow_loopback=settings.bitrix24.allow_loopback,
            pairs=stores.pairs,
            server=server if server.client_id else None,
        )
        try:
            yield clients
        finally:
            await clients.close()


def open_server(settings: Settings, session: aiohttp.ClientSession) -> AuthServer:
    """Return the way to the authorization server."""
    bitrix24 = settings.bitrix24
    return AuthServer(
        session,
        bitrix24.oauth_url,
        bitrix24.client_id,
        bitrix24.client_secret.get_secret_value(),
    )


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Open everything that a worker needs; raise BadSettings without a mailer."""
    name = worker_name()
    address = settings.require_mail()
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    sender = Sender(settings.mail_from, domain)

    def write(letter: Letter, account: Account) -> EmailMessage:
        return render(
            letter, account.settings, account.slug, sender, settings.public_url
        )

    def write_link(
        account: Account, recipient: str, name: str, token: str
    ) -> EmailMessage:
        return sign_in.write(
            recipient,
            name,
            f"{settings.public_url}/p/{quote(account.slug)}/login/link/{token}",
            settings=account.settings,
            sender=sender,
            at=datetime.now(UTC),
        )

    def write_invitation(
        account: Account, recipient: str, name: str, token: str
    ) -> EmailMessage:
        portal = f"{settings.public_url}/p/{quote(account.slug)}/"
        return invitation.write(
            recipient,
            name,
            portal,
            f"{portal}login/link/{token}",
            settings=account.settings,
            sender=sender,
            at=datetime.now(UTC),
        )

    async with (
        open_stores(settings, name) as stores,
        open_clients(settings, stores) as clients,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        mailer = smtp.Mailer(address, sender)
        try:
            yield Parts(
                name,
                stores,
                clients,
                Uploader(session, stores.limiter),
                router,
                write,
                mailer,
                settings.sweep_seconds,
                write_link,
                write_invitation,
                *_for_installations(settings, stores, clients, session),
            )
        finally:
            await mailer.close()


def _for_installations(
    settings: Settings,
    stores: Stores,
    clients: Clients,
    session: aiohttp.ClientSession,
) -> tuple[AuthServer, Verifier, Installer, Upkeep]:
    server = open_server(settings, session)
    events = events_of(router.names)
    verifier = Verifier(
        server,
        clients,
        stores.accounts,
        RedisOpenedFrames(stores.redis, stores.seal),
        settings.bitrix24.client_id,
    )
    installer = Installer(
        stores.redis,
        stores.seal,
        clients,
        public_url=settings.public_url,
        events=events,
    )
    upkeep = Upkeep(
        stores.accounts,
        RedisLogos(stores.redis),
        public_url=settings.public_url,
        events=events,
    )
    return server, verifier, installer, upkeep
