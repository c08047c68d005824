"""What the pages inside Bitrix24 work with is built here."""

import aiohttp
from redis.asyncio import Redis

from handlers import router
from ticket24.bitrix.oauth import AuthServer
from ticket24.flows.clients import Clients
from ticket24.flows.frames import Verifier
from ticket24.flows.installing import Installer, events_of
from ticket24.portal.parts import Portal
from ticket24.settings import Settings
from ticket24.staff.parts import Staff
from ticket24.staff.static_files import staff_assets
from ticket24.store.accounts import RedisAccounts
from ticket24.store.installations import RedisInstallations
from ticket24.store.limiter import RedisLimiter
from ticket24.store.opened_frames import RedisOpenedFrames
from ticket24.store.pairs import RedisPairs
from ticket24.store.sealing import Seal
from ticket24.store.visits import RedisVisits


def open_clients(
    settings: Settings, redis: Redis, seal: Seal, session: aiohttp.ClientSession
) -> Clients:
    """Return the ways to all accounts, by webhook and by the application."""
    return Clients(
        session,
        RedisAccounts(redis, seal),
        RedisLimiter(redis, egress=settings.egress),
        allow_loopback=settings.bitrix24.allow_loopback,
        pairs=RedisPairs(redis, seal),
        server=_server(settings, session),
    )


def open_staff(settings: Settings, redis: Redis, seal: Seal, portal: Portal) -> Staff:
    """Return what the pages inside Bitrix24 use, beside what the portal has."""
    accounts = RedisAccounts(redis, seal)
    verifier = Verifier(
        _server(settings, portal.session),
        portal.clients,
        accounts,
        RedisOpenedFrames(redis, seal),
        settings.bitrix24.client_id,
    )
    installer = Installer(
        redis,
        seal,
        portal.clients,
        public_url=settings.public_url,
        events=events_of(router.names),
    )
    return Staff(
        settings,
        portal,
        staff_assets(),
        redis,
        seal,
        RedisVisits(redis, seal),
        verifier,
        installer,
        RedisInstallations(redis, seal),
        accounts,
        RedisPairs(redis, seal),
        portal.clients,
    )


def _server(settings: Settings, session: aiohttp.ClientSession) -> AuthServer:
    bitrix24 = settings.bitrix24
    return AuthServer(
        session,
        bitrix24.oauth_url,
        bitrix24.client_id,
        bitrix24.client_secret.get_secret_value(),
    )
