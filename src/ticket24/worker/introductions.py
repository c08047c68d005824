"""The loop from what strangers wrote to the mails that ask them to confirm it."""

from ticket24.domain.customers.introductions import address_tag
from ticket24.flows.first_contact.asking import Confirmations
from ticket24.worker.loops import Bell, Crew
from ticket24.worker.parts import Parts
from ticket24.worker.writing import Writing

_AT_ONCE, _ASIDE = 4, 20


class Introducing:
    """Claims addresses and writes to them, beside other mails."""

    def __init__(self, parts: Parts, bell: Bell) -> None:
        self._accounts = parts.stores.accounts
        self._introductions = parts.stores.introductions
        write = Writing(parts).confirmation
        self._asking = Confirmations(parts.stores, write=write, mailer=parts.mailer)
        self.crew = Crew("introducing", _AT_ONCE, bell, aside=_ASIDE)

    async def turn(self) -> bool:
        """Start writing to addresses whose time has come."""
        for account_id in await self._introductions.accounts(self.crew.sight):
            if count := self.crew.may_start(account_id):
                for email in await self._introductions.claim(account_id, count):
                    # The log names a job that fails.
                    job = f"{account_id} {address_tag(email)}"
                    if job not in self.crew:
                        self.crew.start(job, self._ask(account_id, email), account_id)
                await self._introductions.index(account_id)
        return False

    async def _ask(self, account_id: str, email: str) -> None:
        account = await self._accounts.get(account_id)
        if account is None:
            await self._introductions.done(account_id, email)
        else:
            await self._asking.ask(account, email)
        await self._introductions.index(account_id)
