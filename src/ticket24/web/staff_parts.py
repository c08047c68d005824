"""What the pages inside Bitrix24 work with is built here."""

import aiohttp
from redis.asyncio import Redis

from handlers import router
from ticket24.bitrix.oauth import AuthServer
from ticket24.flows import failed
from ticket24.flows.binding import events_of
from ticket24.flows.clients import Clients
from ticket24.flows.frames import Verifier
from ticket24.flows.installing import Installer
from ticket24.flows.passwords import Passwords
from ticket24.flows.settings_saving import Stores
from ticket24.flows.upkeep import Upkeep
from ticket24.portal.parts import Portal
from ticket24.settings import Settings
from ticket24.staff.parts import Staff
from ticket24.staff.static_files import staff_assets
from ticket24.store.accounts import RedisAccounts
from ticket24.store.attempts import RedisAttempts
from ticket24.store.commands import RedisCommands
from ticket24.store.due import RedisDue
from ticket24.store.installations import RedisInstallations
from ticket24.store.invitations import RedisInvitations
from ticket24.store.journal import Journal
from ticket24.store.limiter import RedisLimiter
from ticket24.store.links import RedisLinks
from ticket24.store.logins import RedisLogins
from ticket24.store.opened_frames import RedisOpenedFrames
from ticket24.store.pairs import RedisPairs
from ticket24.store.parked import RedisParked
from ticket24.store.rulings import RedisRulings
from ticket24.store.sealing import Seal
from ticket24.store.sweeps import RedisSweeps
from ticket24.store.tickets import RedisTickets
from ticket24.store.views import RedisViews
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
        server=AuthServer.of(session, settings.bitrix24),
    )


def open_staff(settings: Settings, redis: Redis, seal: Seal, portal: Portal) -> Staff:
    """Return what the pages inside Bitrix24 use, beside what the portal has."""
    accounts = RedisAccounts(redis, seal)
    verifier = Verifier(
        AuthServer.of(portal.session, settings.bitrix24),
        portal.clients,
        accounts,
        RedisOpenedFrames(redis, seal),
    )
    upkeep = Upkeep(
        accounts,
        portal.logos,
        public_url=settings.public_url,
        events=events_of(router.names),
    )
    return Staff(
        settings=settings,
        portal=portal,
        assets=staff_assets(),
        seal=seal,
        visits=RedisVisits(redis, seal),
        verifier=verifier,
        installer=Installer(redis, seal, portal.clients, upkeep),
        installations=RedisInstallations(redis, seal),
        accounts=accounts,
        clients=portal.clients,
        attempts=RedisAttempts(redis),
        invitations=RedisInvitations(redis),
        views=RedisViews(redis),
        passwords=Passwords(RedisLogins(redis)),
        saving=Stores(
            accounts,
            RedisTickets(redis),
            RedisDue(redis, "web"),
            RedisSweeps(redis),
            portal.logos,
            RedisParked(redis),
            RedisCommands(redis),
        ),
        failed=failed.Stores(
            redis,
            RedisDue(redis, "web"),
            Journal(redis),
            RedisParked(redis),
            RedisRulings(redis),
            portal.commands,
            portal.spool,
            RedisLinks(redis),
        ),
    )
