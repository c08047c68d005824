"""How people who are not in the CRM reach an account, and how many of them wait."""

from ticket24.cli.doctor.findings import Finding
from ticket24.domain.accounts.model import Account
from ticket24.store.stores import Stores


async def findings(account: Account, stores: Stores) -> list[Finding]:
    """Say how many messages wait to be confirmed; nothing if nobody may write."""
    settings = account.settings
    if not (settings.first_contacts("form") or settings.first_contacts("mail")):
        return []
    count = await stores.introductions.count(account.id)
    waits = "1 message waits" if count == 1 else f"{count} messages wait"
    return [Finding(f"first contacts of {account.slug} ({waits} to be confirmed)")]
