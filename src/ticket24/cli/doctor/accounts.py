"""The doctor's questions about one account: what Bitrix24 says, and what failed."""

import asyncio

from ticket24.bitrix.rest.errors import BitrixError, Temporary
from ticket24.cli.doctor import apps as doctoring_apps
from ticket24.cli.doctor import clocks as doctoring_clocks
from ticket24.cli.doctor import first_contacts
from ticket24.cli.doctor import new_tickets as doctoring_tasks
from ticket24.cli.doctor import settings as doctoring_settings
from ticket24.cli.doctor.findings import Finding
from ticket24.cli.surroundings import Failure, reach
from ticket24.domain.accounts import condition
from ticket24.domain.accounts.model import Account
from ticket24.flows.accounts import knowing
from ticket24.flows.accounts.connect import Unfit, probe
from ticket24.flows.reach.clients import Clients
from ticket24.pace import Pace
from ticket24.settings import Settings
from ticket24.store.sealing import WrongKey
from ticket24.store.stores import Stores


async def findings(
    account: Account,
    settings: Settings,
    stores: Stores,
    clients: Clients,
    pace: Pace,
) -> list[Finding]:
    """Examine an account; if it does not answer, say so, and soon."""
    try:
        async with asyncio.timeout(pace.examined_seconds):
            found = await _asked(account, settings, clients)
    except TimeoutError:
        words = f"no answer within {pace.examined_seconds:.0f} s"
        found = [_away(account, words)]
    known = await knowing.known(account, stores)
    if account.by_app:
        found += [condition.false_ends(known), condition.administrators(known)]
    if clocks := doctoring_clocks.clocks(known):
        found.append(clocks)
    found += await first_contacts.findings(account, settings, stores)
    kept = (condition.events, condition.mails, condition.parked)
    return [*found, *(tell(known) for tell in kept)]


async def _asked(
    account: Account, settings: Settings, clients: Clients
) -> list[Finding]:
    """Tell what Bitrix24 says about an account, and how the account is set up."""
    found = [await _account(account, clients)]
    found += doctoring_settings.findings(account)
    found += await doctoring_settings.missing(account, clients)
    found += await doctoring_tasks.findings(account, clients)
    if account.by_app:
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
    return Finding(subject, condition.without_departments(account))


def _away(account: Account, words: str) -> Finding:
    return Finding(
        f"account {account.slug}",
        f"cannot be reached now, everything waits and goes on by itself: {words}",
        whose="Bitrix24",
    )
