"""Accounts as their customers see them, found by slug and kept for two seconds."""

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.lines import one_line
from ticket24.pace import Pace
from ticket24.site.remembering import Remembered
from ticket24.store.stores import Stores

_MOST_BYTES = 8 * 2**20  # Most take 3 kB; 300 long tags can be chosen.
_SLUG = re.compile(r"[\w-]{1,100}")


@dataclass(frozen=True, slots=True)
class PortalAccount:
    """An account, the digests of its logos, and when Bitrix24 was last asked.

    A digest is empty if there is no such logo. `ahead` is how far Bitrix24's clock was
    ahead of ours at that time.
    """

    account: Account
    logo: str = ""
    seen_at: datetime | None = None
    ahead: timedelta = timedelta()
    dark_logo: str = ""

    @property
    def name(self) -> str:
        """Return what the account's company is called on its pages."""
        return one_line(self.account.settings.company_name) or self.account.slug


class PortalAccounts:
    """The accounts by slug.

    Every page needs its account, so one read serves all pages for two seconds.
    """

    def __init__(self, stores: Stores, pace: Pace) -> None:
        self._accounts = stores.accounts
        self._logos = stores.logos
        self._dark_logos = stores.dark_logos
        self._pages = stores.pages
        self._seconds = pace.account_seconds
        self._kept = Remembered[tuple[float, PortalAccount]](_MOST_BYTES)

    async def get(self, slug: str) -> PortalAccount | None:
        """Return the account with this slug."""
        kept = self._kept.get(slug)
        if kept and time.monotonic() - kept[0] < self._seconds:
            return kept[1]
        found = await self._read(slug) if _SLUG.fullmatch(slug) else None
        if found is None:
            self._kept.drop(slug)
            return None
        self._kept.put(slug, (time.monotonic(), found))
        return found

    async def _read(self, slug: str) -> PortalAccount | None:
        account = await self._accounts.by_slug(slug)
        if account is None:
            return None
        return PortalAccount(
            account,
            await self._logos.digest(account.id),
            await self._pages.seen_at(account.id),
            await self._pages.ahead(account.id),
            await self._dark_logos.digest(account.id),
        )
