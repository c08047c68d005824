"""The one place where the stores of a process are built: everything kept in Redis."""

import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ticket24.pace import PACE, Pace
from ticket24.settings import Settings
from ticket24.store import keys
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.accounts.doorkeeper import Doorkeeper
from ticket24.store.accounts.installations import RedisInstallations
from ticket24.store.accounts.logos import RedisLogos
from ticket24.store.accounts.opened_frames import RedisOpenedFrames
from ticket24.store.accounts.overflows import RedisOverflows
from ticket24.store.accounts.pairs import RedisPairs
from ticket24.store.accounts.sweeps import RedisSweeps
from ticket24.store.accounts.visits import RedisVisits
from ticket24.store.arrivals.begun import RedisBegun
from ticket24.store.arrivals.habits import RedisHabits
from ticket24.store.arrivals.held import RedisHeld
from ticket24.store.arrivals.mails import RedisArrivals
from ticket24.store.arrivals.returned import RedisReturned
from ticket24.store.commands.budgets import RedisBudgets
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.commands.spool import RedisSpool
from ticket24.store.connection import connect
from ticket24.store.customers.attempts import RedisAttempts
from ticket24.store.customers.companies import RedisCompanies
from ticket24.store.customers.copied import RedisCopied
from ticket24.store.customers.deeds import RedisDeeds
from ticket24.store.customers.drafts import RedisDrafts
from ticket24.store.customers.followers import RedisFollowers
from ticket24.store.customers.introductions import RedisIntroductions
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.customers.languages import RedisLanguages
from ticket24.store.customers.levels import RedisLevels
from ticket24.store.customers.preferences import RedisPreferences
from ticket24.store.customers.readings import RedisReadings
from ticket24.store.customers.remains import RedisRemains
from ticket24.store.journal import Journal
from ticket24.store.letters.gathered import RedisGathered
from ticket24.store.letters.heard import RedisHeard
from ticket24.store.letters.outbox import RedisOutbox
from ticket24.store.letters.parked import RedisParked
from ticket24.store.letters.quoted import RedisQuoted
from ticket24.store.letters.relay import RedisRelay
from ticket24.store.letters.told import RedisTold
from ticket24.store.letters.untold import RedisUntold
from ticket24.store.limiter import RedisLimiter
from ticket24.store.locks import RedisLocks
from ticket24.store.running.counted import RedisCounted
from ticket24.store.running.presence import RedisPresence
from ticket24.store.sealing import Seal, open_seal
from ticket24.store.sign_in.invitations import RedisInvitations
from ticket24.store.sign_in.links import RedisLinks
from ticket24.store.sign_in.logins import RedisLogins
from ticket24.store.sign_in.onlookers import RedisOnlookers
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.alarms import RedisAlarms
from ticket24.store.tickets.due import RedisDue
from ticket24.store.tickets.filled import RedisFilled
from ticket24.store.tickets.lists import RedisLists
from ticket24.store.tickets.pages import RedisPages
from ticket24.store.tickets.pictures import RedisTickets
from ticket24.store.tickets.ratings import RedisRatings
from ticket24.store.tickets.rule_notes import RedisRuleNotes
from ticket24.store.tickets.rulings import RedisRulings
from ticket24.store.tickets.shared_pages import RedisSharedPages
from ticket24.store.versions import RedisVersions


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything kept in Redis, opened once; flows take it whole."""

    redis: Redis
    seal: Seal
    accounts: RedisAccounts
    alarms: RedisAlarms
    arrivals: RedisArrivals
    attempts: RedisAttempts
    budgets: RedisBudgets
    commands: RedisCommands
    companies: RedisCompanies
    copied: RedisCopied
    counted: RedisCounted
    customers: RedisCustomers
    deeds: RedisDeeds
    doorkeeper: Doorkeeper
    drafts: RedisDrafts
    due: RedisDue
    followers: RedisFollowers
    gathered: RedisGathered
    installations: RedisInstallations
    introductions: RedisIntroductions
    invitations: RedisInvitations
    journal: Journal
    languages: RedisLanguages
    files_limiter: RedisLimiter
    held: RedisHeld
    levels: RedisLevels
    limiter: RedisLimiter
    links: RedisLinks
    locks: RedisLocks
    logins: RedisLogins
    logos: RedisLogos
    dark_logos: RedisLogos
    opened_frames: RedisOpenedFrames
    outbox: RedisOutbox
    overflows: RedisOverflows
    lists: RedisLists
    pages: RedisPages
    pairs: RedisPairs
    parked: RedisParked
    presence: RedisPresence
    preferences: RedisPreferences
    heard: RedisHeard
    quoted: RedisQuoted
    told: RedisTold
    filled: RedisFilled
    ratings: RedisRatings
    readings: RedisReadings
    relay: RedisRelay
    remains: RedisRemains
    begun: RedisBegun
    habits: RedisHabits
    returned: RedisReturned
    rule_notes: RedisRuleNotes
    rulings: RedisRulings
    sessions: RedisSessions
    shared_pages: RedisSharedPages
    spool: RedisSpool
    sweeps: RedisSweeps
    tickets: RedisTickets
    untold: RedisUntold
    versions: RedisVersions
    onlookers: RedisOnlookers
    visits: RedisVisits


@asynccontextmanager
async def open_stores(
    settings: Settings, pace: Pace = PACE, *, name: str = "", serving: bool = False
) -> AsyncIterator[Stores]:
    """Open Redis for commands and for waiting, and close both in the end.

    `serving` is for the web application, which answers people who wait: its calls
    of Bitrix24 yield to nobody, and it does not start while Redis is away.
    """
    url = settings.redis_url.get_secret_value()
    seconds = pace.redis_seconds
    redis, reader = connect(url, seconds), connect(url, seconds)
    spool = RedisSpool(
        redis, most_bytes=settings.spool_bytes, message_bytes=settings.message_bytes
    )
    try:
        seal = await _seal(redis, settings, serving=serving)
        ratings, lists = RedisRatings(redis, seal), RedisLists(redis)
        yield Stores(
            redis=redis,
            seal=seal,
            accounts=RedisAccounts(redis, seal),
            alarms=RedisAlarms(redis),
            arrivals=RedisArrivals(redis, most_bytes=settings.arrivals_bytes),
            attempts=RedisAttempts(redis, stranger_seconds=pace.stranger_seconds),
            budgets=RedisBudgets(redis),
            commands=RedisCommands(redis),
            companies=RedisCompanies(redis),
            copied=RedisCopied(redis),
            counted=RedisCounted(redis),
            customers=RedisCustomers(redis),
            deeds=RedisDeeds(redis),
            doorkeeper=Doorkeeper(redis, seal, believed_seconds=pace.believed_seconds),
            drafts=RedisDrafts(redis),
            due=RedisDue(redis, name or process_name()),
            followers=RedisFollowers(redis),
            gathered=RedisGathered(redis),
            installations=RedisInstallations(redis, seal),
            introductions=RedisIntroductions(redis, seal),
            invitations=RedisInvitations(redis),
            journal=Journal(redis, reader=reader),
            languages=RedisLanguages(redis),
            files_limiter=RedisLimiter(
                redis,
                egress=settings.egress,
                per_second=pace.calls_per_second,
                files=True,
                yield_=not serving,
            ),
            held=RedisHeld(redis, most_bytes=settings.held_bytes),
            levels=RedisLevels(redis),
            # Customers' commands leave room for people who wait for a page.
            limiter=RedisLimiter(
                redis,
                egress=settings.egress,
                per_second=pace.calls_per_second,
                yield_=not serving,
            ),
            links=RedisLinks(redis),
            locks=RedisLocks(redis),
            logins=RedisLogins(redis),
            logos=RedisLogos(redis),
            dark_logos=RedisLogos(redis, keys.dark_logo),
            opened_frames=RedisOpenedFrames(redis, seal),
            outbox=RedisOutbox(redis),
            overflows=RedisOverflows(redis, window_seconds=pace.overflow_seconds),
            lists=lists,
            pages=RedisPages(redis),
            pairs=RedisPairs(redis, seal),
            parked=RedisParked(redis),
            presence=RedisPresence(
                redis, inbox=bool(settings.lmtp or settings.imap_url)
            ),
            preferences=RedisPreferences(redis),
            heard=RedisHeard(redis),
            quoted=RedisQuoted(redis),
            told=RedisTold(redis),
            filled=RedisFilled(redis),
            ratings=ratings,
            readings=RedisReadings(redis),
            relay=RedisRelay(redis),
            remains=RedisRemains(redis, spool, ratings),
            begun=RedisBegun(redis),
            habits=RedisHabits(redis),
            returned=RedisReturned(redis),
            rule_notes=RedisRuleNotes(redis),
            rulings=RedisRulings(redis),
            sessions=RedisSessions(redis),
            shared_pages=RedisSharedPages(redis, lists),
            spool=spool,
            sweeps=RedisSweeps(redis),
            tickets=RedisTickets(
                redis, settings.archive_after_days, pace.status_settles_seconds
            ),
            untold=RedisUntold(redis),
            # Where many look at once, nobody who listens has to wait for a connection.
            versions=RedisVersions(reader),
            onlookers=RedisOnlookers(redis),
            visits=RedisVisits(redis, seal),
        )
    finally:
        await redis.aclose()
        await reader.aclose()


async def _seal(redis: Redis, settings: Settings, *, serving: bool) -> Seal:
    try:
        return await open_seal(redis, *settings.secret_keys)
    except RedisError:
        if serving:
            raise
        # The programs here wait for Redis, or say that it is away.
        return Seal(*settings.secret_keys)


def process_name() -> str:
    """Return a name that no other process has, now or later."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
