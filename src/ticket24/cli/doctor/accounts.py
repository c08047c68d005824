"""The doctor's questions about one account: what Bitrix24 says, and what failed."""

import asyncio
import time

from ticket24.bitrix.rest.errors import BitrixError, Temporary
from ticket24.cli.doctor import apps as doctoring_apps
from ticket24.cli.doctor import clocks as doctoring_clocks
from ticket24.cli.doctor import settings as doctoring_settings
from ticket24.cli.doctor import tasks as doctoring_tasks
from ticket24.cli.doctor.findings import Finding
from ticket24.cli.surroundings import Failure, reach
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts.connect import Unfit, probe
from ticket24.flows.reach.clients import Clients
from ticket24.mail.server.limits import is_enough
from ticket24.settings import Settings
from ticket24.store.sealing import WrongKey
from ticket24.store.stores import Stores

_MANY_TRIES = 5
_SILENCE_SECONDS = 7 * 86_400

# Whoever is woken at night waits no longer; an account that is slow says so itself.
_BITRIX_SECONDS = 4.0


async def findings(
    account: Account, settings: Settings, stores: Stores, clients: Clients
) -> list[Finding]:
    """Examine an account; one that does not answer is told as such, and soon."""
    try:
        async with asyncio.timeout(_BITRIX_SECONDS):
            found = await _asked(account, settings, stores, clients)
    except TimeoutError:
        found = [_away(account, f"no answer within {_BITRIX_SECONDS:.0f} s")]
    if clocks := await doctoring_clocks.clocks(account, stores):
        found.append(clocks)
    found.append(await _events(account, stores))
    found.append(await _mails(account, stores))
    found.append(await _parked(account, stores))
    return found


async def _asked(
    account: Account, settings: Settings, stores: Stores, clients: Clients
) -> list[Finding]:
    """Tell what Bitrix24 says of an account, and what is set in it."""
    found = [await _account(account, clients)]
    found += doctoring_settings.findings(account)
    found += await doctoring_tasks.findings(account, clients)
    if account.by_app:
        found.append(await doctoring_apps.false_ends(account, stores))
        found.append(await doctoring_apps.administrators(account, stores))
        found.append(
            await doctoring_apps.bindings(account, clients, settings.public_url)
        )
    return found


async def _account(account: Account, clients: Clients) -> Finding:
    subject = f"account {account.slug}"
    try:
        bitrix = (await reach(clients, account)).bitrix
        await probe(bitrix, account.slug, account.settings, by_app=account.by_app)
    except Temporary as error:
        return _away(account, str(error))
    except (BitrixError, Failure, Unfit, WrongKey) as error:
        return Finding(subject, str(error))
    if not account.settings.departments:
        way = "choose them in ticket24's settings in Bitrix24, or by "
        return Finding(
            subject,
            f"has no departments: {way if account.by_app else ''}"
            f"`ticket24 settings {account.slug} --import FILE`",
        )
    return Finding(subject)


def _away(account: Account, words: str) -> Finding:
    return Finding(
        f"account {account.slug}",
        f"cannot be reached now, everything waits and goes on by itself: {words}",
        whose="Bitrix24",
    )


async def _events(account: Account, stores: Stores) -> Finding:
    subject = f"events of {account.slug}"
    memory = await stores.accounts.remembered(account.id)
    last = memory.last_event_at
    if other := _other_member(memory):
        return Finding(subject, other)
    if not last:
        return Finding(subject, f"none has come yet: {_no_event(account)}")
    silence = time.time() - last
    if silence > _SILENCE_SECONDS:
        mend = "the bindings" if account.by_app else "the outgoing webhook"
        return Finding(subject, f"none for {silence / 86_400:.0f} days: check {mend}")
    return Finding(f"{subject} (last {silence:.0f} s ago)")


def _other_member(memory: Memory) -> str:
    """Tell of refused events that had the account's token; "" if none came of late."""
    seen_at, _, member_id = (memory.other_member or "").partition(" ")
    ago = time.time() - float(seen_at or 0)
    if ago > _SILENCE_SECONDS:
        return ""
    return (
        f"refused, last {ago:.0f} s ago: they have its application token and the"
        f" member_id {member_id or '(none)'}, which is another one than its first"
        " event had. If nobody moved or copied its Bitrix24, somebody has the token."
        " Disconnect, and connect with a new outgoing webhook"
    )


def _no_event(account: Account) -> str:
    if account.by_app:
        return (
            "if tasks or contacts have changed in Bitrix24, see that its installation"
            " of ticket24 was finished and that it can reach our address"
        )
    return (
        "check the outgoing webhook's handler address (…/bitrix24/events) and its"
        " application token"
    )


async def _mails(account: Account, stores: Stores) -> Finding:
    count, tries, words = await stores.outbox.failing(account.id)
    wait = "1 waits" if count == 1 else f"{count} wait"
    # Greylisting takes a few tries and a minute or two.
    long = tries >= _MANY_TRIES or (count and is_enough(words))
    fault = f"{wait} for another try by itself; last was said: {words}" if long else ""
    return Finding(f"mails of {account.slug}", fault)


async def _parked(account: Account, stores: Stores) -> Finding:
    count = await stores.parked.count(account.id)
    fault = f"{count} wait for you: see `ticket24 failed`" if count else ""
    return Finding(f"failures of {account.slug}", fault)
