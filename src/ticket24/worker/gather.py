"""The loop that puts what customers want together into the outbox."""

from ticket24.flows.news.gathering import let_go
from ticket24.worker.loops import Bell
from ticket24.worker.parts import Parts

_ACCOUNTS, _CONTACTS = 20, 50


class LettingGo:
    """Lets letters go whose hour has come, accounts in their turn."""

    def __init__(self, parts: Parts, mails: Bell) -> None:
        self._parts = parts
        self._mails = mails

    async def turn(self) -> bool:
        """Let go what waits for some customers of some accounts."""
        stores, seconds = self._parts.stores, self._parts.pace.looked_again_seconds
        busy = False
        for account_id in await stores.gathered.accounts(_ACCOUNTS):
            account = await stores.accounts.get(account_id)
            if account:
                for contact_id in await stores.gathered.ripe(account_id, _CONTACTS):
                    if await let_go(account, contact_id, stores, seconds):
                        self._mails.ring()
                        busy = True
            await stores.gathered.index(account_id)
        return busy

    async def end(self) -> None:
        """Nothing is under way between turns."""
