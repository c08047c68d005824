"""How people who are not in the CRM reach an account, and how many of them wait."""

from ticket24.cli.doctor.findings import Finding
from ticket24.domain.accounts.model import Account
from ticket24.settings import Settings
from ticket24.store.stores import Stores


async def findings(
    account: Account, settings: Settings, stores: Stores
) -> list[Finding]:
    """Say how many messages wait to be confirmed; nothing if nobody may write."""
    chosen = account.settings
    if not (chosen.open_by("form") or chosen.open_by("mail")):
        return []
    count = await stores.introductions.count(account.id)
    waits = "1 message waits" if count == 1 else f"{count} messages wait"
    by_mail = bool(chosen.open_by("mail"))
    said = waits + " to be confirmed"
    if by_mail and not settings.authserv_id:
        # It is a choice, and has a price.
        said += "; without TICKET24_AUTHSERV_ID forged senders of mail are asked, too"
    fault = _nobody_takes_mail(settings) if by_mail else ""
    return [Finding(f"first contacts of {account.slug} ({said})", fault)]


def _nobody_takes_mail(settings: Settings) -> str:
    """Say what is missing where anybody may mail."""
    if settings.reply_address and (
        settings.lmtp or settings.imap_url.get_secret_value()
    ):
        return ""
    return (
        "anybody may mail it, and nobody takes mail in: set TICKET24_REPLY_ADDRESS"
        " and TICKET24_LMTP or TICKET24_IMAP_URL, and start `ticket24 inbox`"
    )
