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
    if not (chosen.first_contacts("form") or chosen.first_contacts("mail")):
        return []
    count = await stores.introductions.count(account.id)
    waits = "1 message waits" if count == 1 else f"{count} messages wait"
    subject = f"first contacts of {account.slug} ({waits} to be confirmed)"
    return [Finding(subject, _by_mail(account, settings))]


def _by_mail(account: Account, settings: Settings) -> str:
    """Say what is missing where anybody may mail."""
    if not account.settings.first_contacts("mail"):
        return ""
    taken = settings.lmtp or settings.imap_url.get_secret_value()
    if not (settings.reply_address and taken):
        return (
            "anybody may mail it, and nobody takes mail in: set TICKET24_REPLY_ADDRESS"
            " and TICKET24_LMTP or TICKET24_IMAP_URL, and start `ticket24 inbox`"
        )
    if not settings.authserv_id:
        return (
            "anybody may mail it, and forged senders are asked to confirm, too: set"
            " TICKET24_AUTHSERV_ID, so that only those are for whom your mail server"
            " vouches"
        )
    return ""
