"""What is wrong with settings that were saved: before there were rules, or since."""

from collections.abc import Iterable

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.cli.doctor.findings import Finding
from ticket24.cli.surroundings import Failure, reach
from ticket24.cli.toml.account import key_of, place_of
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.faults import SettingFault
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading.rulebook import judged
from ticket24.flows.reach.clients import Clients
from ticket24.flows.settings import existing
from ticket24.flows.settings.existing import NotInBitrix24
from ticket24.flows.settings.fault_words import faults_in_words
from ticket24.store.sealing import WrongKey


def findings(account: Account) -> list[Finding]:
    """Tell what could not be saved today; the account keeps working with it."""
    _, faults = judged(account.settings, account.settings)
    if not faults:
        return []
    told = "They work, and have to be mended before others can be saved"
    return [_finding("settings", account, faults, told)]


async def missing(account: Account, clients: Clients) -> list[Finding]:
    """Tell which people and stages in the settings are not in Bitrix24 any more."""
    try:
        bitrix = (await reach(clients, account)).bitrix
        await existing.check(bitrix, account.settings, AccountSettings())
    except NotInBitrix24 as error:
        told = "They are not in Bitrix24 any more, and what needs them is set aside"
        return [_finding("people and stages", account, error.faults, told)]
    except (BitrixError, Failure, WrongKey):
        return []  # The account's own line says so.
    return []


def _finding(
    what: str, account: Account, faults: Iterable[SettingFault], told: str
) -> Finding:
    said = [
        f"{key_of(place_of(name))}: {words}"
        for name, words in faults_in_words(faults, "en")
    ]
    mend = " in its settings in Bitrix24, or" if account.by_app else ""
    return Finding(
        f"{what} of {account.slug}",
        f"{'; '.join(said)}. {told}:{mend} by"
        f" `ticket24 settings {account.slug} --import FILE`",
    )
