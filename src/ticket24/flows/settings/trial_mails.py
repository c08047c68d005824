"""A mail that administrators send themselves, to read what the server says."""

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum

import structlog

from ticket24.bitrix.people.directory import people_call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import items, mapping, words
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.budgets import Budget, Charge
from ticket24.domain.lines import shortened
from ticket24.mail.address import Sender
from ticket24.mail.server.dialogue import masking
from ticket24.mail.server.refusals import NotNow, Refused
from ticket24.mail.server.smtp import Mailer
from ticket24.settings import BadSettings, Settings
from ticket24.store.stores import Stores

log = structlog.get_logger()

# Each goes to any address, in the company's name.
_BUDGET = Budget("test-mails", 10, 3_600)

# As long as somebody looks at a page.
_PATIENCE_SECONDS = 25.0

_LENGTH = 400


class TrialOutcome(StrEnum):
    """What became of a test mail."""

    TAKEN = "taken"
    REFUSED = "refused"
    NOT_NOW = "not-now"
    SILENT = "silent"
    NO_SERVER = "no-server"
    NO_ADDRESS = "no-address"
    ENOUGH = "enough"


@dataclass(frozen=True, slots=True)
class Tested:
    """A test mail to an address, and the mail server's own words about it."""

    outcome: TrialOutcome
    to: str = ""
    said: str = ""


async def own_address(bitrix: Bitrix, user_id: int) -> str:
    """Return the address that Bitrix24 has of a user; "" if it does not tell."""
    call = people_call([user_id])
    try:
        found = items((await bitrix.call(call.method, call.params, urgent=True)).result)
    except BitrixError:
        return ""
    return words(mapping(found[0]).get("EMAIL")) if found else ""


async def may_send(account: Account, user_id: int, stores: Stores) -> bool:
    """Whether an administrator may send one more; it is counted."""
    return not await stores.budgets.spend(account.id, [Charge(_BUDGET, str(user_id))])


async def send(
    mail: EmailMessage, to: str, sender: Sender, settings: Settings
) -> Tested:
    """Hand one mail to the mail server, as a worker does, and say what it answered."""
    try:
        address = settings.require_mail()
    except BadSettings:
        return Tested(TrialOutcome.NO_SERVER, to)
    mailer = Mailer(address, sender, answer_seconds=_PATIENCE_SECONDS, connections=1)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            said, outcome = await mailer.send(mail, to), TrialOutcome.TAKEN
    except Refused as error:
        said, outcome = error.words, TrialOutcome.REFUSED
    except NotNow as error:
        said, outcome = error.words, TrialOutcome.NOT_NOW
    except TimeoutError:
        said, outcome = "", TrialOutcome.SILENT
    finally:
        await mailer.close()
    log.info("test_mail", outcome=outcome)
    return Tested(outcome, to, shortened(masking(address)(said), _LENGTH))
