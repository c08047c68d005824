"""One Bitrix24 installation as we know it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ticket24.domain.settings import AccountSettings

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def is_slug(text: str) -> bool:
    """Whether it can be an account's short name in addresses."""
    return _SLUG.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the operator of this server can ask about an account."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account.

    `id` is ours and never changes; `member_id` is Bitrix24's name for it, empty
    until the first event told it. `by_app` says that it is reached by the installed
    application; else by its webhook. `user_id` is the integration user: whose
    rights we have and who posts for us; `former_ids` are those who were it before.

    `connected_at` is by Bitrix24's clock: what happened before is history. So is what
    happened in a workgroup before `added_at`, if it came into the settings later; and
    messages from before `shown_since`, when the rules changed that say which ones
    customers see. Once `imported`, every ticket that was there then was looked at.
    """

    id: str
    slug: str
    user_id: int
    connected_at: datetime
    member_id: str = ""
    settings: AccountSettings = field(default_factory=AccountSettings)
    added_at: Mapping[int, datetime] = field(default_factory=dict)
    shown_since: datetime | None = None
    imported: bool = False
    by_app: bool = False
    former_ids: tuple[int, ...] = ()
    person: Person = field(default_factory=Person)

    @property
    def our_ids(self) -> frozenset[int]:
        """Everybody as whom we have posted."""
        return frozenset((self.user_id, *self.former_ids))

    def working_as(self, user_id: int) -> "Account":
        """Return the account with another integration user."""
        if user_id == self.user_id:
            return self
        former = tuple(dict.fromkeys((*self.former_ids, self.user_id)))
        return replace(self, user_id=user_id, former_ids=former)

    def watched_since(self, group_id: int) -> datetime:
        """Return from when on the tickets of a workgroup are ours to tell of."""
        return self.added_at.get(group_id, self.connected_at)

    def with_settings(self, settings: AccountSettings, at: datetime) -> "Account":
        """Return the account with new settings, made at this time."""
        added = settings.group_ids - self.settings.group_ids
        kept = {g: t for g, t in self.added_at.items() if g in settings.group_ids}
        return replace(
            self,
            settings=settings,
            added_at=kept | dict.fromkeys(added, at),
            shown_since=(
                self.shown_since if settings.showing == self.settings.showing else at
            ),
        )
