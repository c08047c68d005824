"""What customers have with us besides their tickets, each under their own number.

Drafts, files that wait for their form, wishes about mail, and what they may still ask
for. All of it is found by the login's account and contacts, so nobody gets at somebody
else's; what was kept when a session had ended, by a token that only its browser has.
"""

from collections.abc import AsyncIterable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import Upload
from ticket24.domain.customers.budgets import Charge, Over
from ticket24.domain.customers.logins import Login
from ticket24.domain.customers.preferences import MailPace, Preference, pause_ends
from ticket24.domain.settings.model import Language
from ticket24.settings import Settings
from ticket24.site import limits
from ticket24.store.customers.drafts import Draft
from ticket24.store.stores import Stores


@dataclass(frozen=True, slots=True)
class Belongings:
    """A login at work, and what is its own; `settings` are what this server allows."""

    account: Account
    login: Login
    language: Language
    settings: Settings
    _stores: Stores

    @property
    def _theirs(self) -> tuple[str, tuple[int, ...]]:
        return self.account.id, self.login.contact_ids

    @property
    def _owner(self) -> tuple[str, int]:
        return self.account.id, self.login.owner

    async def draft(self, form: str) -> Draft | None:
        """Return what they typed into a form and did not send."""
        return await self._stores.drafts.get(*self._owner, form)

    async def keep_draft(self, form: str, draft: Draft) -> bool:
        """Keep what they typed; False if it is too long to be kept."""
        return await self._stores.drafts.save(*self._owner, form, draft)

    async def forget_draft(self, form: str) -> None:
        """Forget what they typed into a form."""
        await self._stores.drafts.remove(*self._owner, form)

    async def kept_by(self, token: str) -> str | None:
        """Return the owner's mark of a form that was kept when a session had ended."""
        return await self._stores.drafts.kept_by(self.account.id, token)

    async def take_kept(self, token: str) -> tuple[str, Mapping[str, str]] | None:
        """Return the form that was kept under a token, but only once."""
        return await self._stores.drafts.take(self.account.id, token)

    async def uploads(self, ids: Iterable[str]) -> list[Upload]:
        """Return which of these files are still in the spool and belong to them."""
        wanted = islice(ids, limits.PORTAL.parts)
        return await self._stores.spool.owned(*self._owner, [*wanted])

    async def forget_uploads(self, uploads: Iterable[Upload]) -> None:
        """Remove files of theirs that no command needs from the spool."""
        await self._stores.spool.remove(*self._owner, [one.id for one in uploads])

    async def keep_file(
        self, name: str, type_: str, chunks: AsyncIterable[bytes]
    ) -> Upload:
        """Put a file into the spool; raises TooLarge or SpoolFull."""
        limit = self.settings.file_bytes
        spool = self._stores.spool
        return await spool.keep(*self._owner, name, type_, chunks, limit=limit)

    async def hold_uploads(self, ids: Sequence[str]) -> bool:
        """Hold files for a command; False, and hold none, if one of them is gone."""
        return await self._stores.spool.hold(self.account.id, ids)

    async def release_uploads(self, ids: Sequence[str]) -> None:
        """Let held files wait for their form again."""
        await self._stores.spool.release(self.account.id, ids)

    async def preference(self) -> Preference:
        """Return how often they want mail, and about which tickets none."""
        found = await self._stores.preferences.of(*self._theirs)
        muted = (one.muted for one in found.values())
        return Preference(found[self.login.owner].pace, frozenset().union(*muted))

    async def choose_pace(self, pace: MailPace) -> None:
        """Keep how often they want mail; what waits goes as the new pace has it."""
        now, daily_at = datetime.now(UTC), self.account.settings.gathering.daily_at
        until = pause_ends(pace, now, self.account.zone, daily_at)
        await self._stores.preferences.choose(*self._theirs, pace, until)

    async def mute(self, number: int, *, on: bool) -> None:
        """Want no mail about a ticket that they hear of, or want it again."""
        await self._stores.preferences.mute(*self._theirs, number, on=on)

    async def returned(self, emails: Collection[str]) -> frozenset[str]:
        """Return those of these addresses, folded, from which mails come back."""
        return await self._stores.returned.among(self.account.id, emails)

    async def spend(
        self, charges: Iterable[Charge], copies: Iterable[str] = ()
    ) -> list[Over]:
        """Charge what they do to the account's budgets; return those used up."""
        return await self._stores.budgets.spend(self.account.id, [*charges], [*copies])
