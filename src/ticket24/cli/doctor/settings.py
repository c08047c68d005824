"""Settings that were saved before there were rules, and what is wrong with them."""

from ticket24.cli.account_toml import key_of, place_of
from ticket24.cli.doctor.findings import Finding
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.rules import judged
from ticket24.flows.settings.fault_words import faults_in_words


def findings(account: Account) -> list[Finding]:
    """Tell what could not be saved today; the account keeps working with it."""
    _, faults = judged(account.settings, account.settings)
    said = [
        f"{key_of(place_of(name))}: {words}"
        for name, words in faults_in_words(faults, "en")
    ]
    if not said:
        return []
    mend = " in its settings in Bitrix24, or" if account.by_app else ""
    return [
        Finding(
            f"settings of {account.slug}",
            f"{'; '.join(said)}. They work, and have to be mended before others can be"
            f" saved:{mend} by `ticket24 settings {account.slug} --import FILE`",
        )
    ]
