"""One Bitrix24 installation as we know it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ticket24.domain.settings.house_rules.model import SILENCES
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.times.hours import calendar
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours
from ticket24.domain.tickets.model import Ticket
from ticket24.domain.working.calendar import Calendar
from ticket24.domain.working.public_holidays import PublicHolidays

_A_SECOND = timedelta(seconds=1)

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

    `id` is ours and never changes. `member_id` is Bitrix24's name for it, empty until
    the first event says it. `by_app` says that we reach it by the installed
    application; otherwise by its webhook. `user_id` is the integration user, whose
    rights we have and who posts for us; `former_ids` are those who were it before.

    `connected_at` is by the clock of Bitrix24's answers: what happened before is
    history. So is what happened in a workgroup before `added_at`, if it came into the
    settings later, and so are messages from before `shown_since`, when the rules
    changed that say which ones customers see. The dates of rows follow another clock,
    so each of the three comes with the highest task id of that instant:
    `connected_after`, `added_after`, `shown_after`, which accounts of earlier versions
    do not have. Once `imported`, every ticket that was there then has been looked at.
    `home_zone` is the time zone that Bitrix24 tells, "" for UTC. `holidays` are those
    of the region in the settings, once they were looked up, `other_holidays` those of
    departments in other regions. `ends_since` is when the company decided anew what
    becomes of waiting tickets: no waiting before it counts, nor before we were there.
    `boards` are the columns of workgroups whose cards say how far their tickets are,
    from left to right; none if we may not see them. `silence_since` is when each rule
    that waits for silence began to, by its key.
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
    connected_after: int | None = None
    added_after: Mapping[int, int] = field(default_factory=dict)
    shown_after: int | None = None
    home_zone: str = ""
    holidays: PublicHolidays = field(default_factory=PublicHolidays)
    other_holidays: tuple[PublicHolidays, ...] = ()
    ends_since: datetime | None = None
    boards: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    silence_since: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        """The time zone in which its mails and pages say times."""
        return self.settings.time_zone or self.home_zone or "UTC"

    def holidays_in(self, region: str) -> PublicHolidays:
        """Return the holidays that are kept of a region; none before the look-up."""
        kept = (self.holidays, *self.other_holidays)
        return next((one for one in kept if one.region == region), PublicHolidays())

    def calendar(self, group_id: int = 0) -> Calendar | None:
        """Return the working hours of a department, or of the company.

        None where nobody has told any.
        """
        company = self.settings.working_hours
        own = self.settings.department(group_id).working_hours
        days = own.days if own.days != WeekHours() else company.days
        closed = own.closed if own.holidays else (*company.closed, *own.closed)
        region = own.holidays or company.holidays
        return calendar(
            WorkingHours(days, closed),
            own.time_zone or self.zone,
            self.holidays_in(region).dates,
        )

    @property
    def board_ids(self) -> frozenset[int]:
        """The workgroups whose cards say how far their tickets are."""
        departments = self.settings.departments
        return frozenset(one.group_id for one in departments if one.state_stages)

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

    def was_there(self, ticket: Ticket) -> bool:
        """Whether a ticket is older than our watch over its workgroup.

        Where no id tells, its date does, in whole seconds: what bears the second of
        the connection was there during the import, and later was not.
        """
        if ticket.group_id not in self.added_at:
            newest = self.connected_after
        else:
            newest = self.added_after.get(ticket.group_id)
        if newest is not None:
            return ticket.ref.task_id <= newest
        since = self.watched_since(ticket.group_id)
        return ticket.created_at <= (since - _A_SECOND if self.imported else since)

    def came_after_rules(self, ticket: Ticket) -> bool:
        """Whether a ticket is younger than the rules for what customers see."""
        if self.shown_since is None:
            return True
        return self.shown_after is not None and ticket.ref.task_id > self.shown_after

    def with_settings(
        self, settings: AccountSettings, at: datetime, newest: int | None = None
    ) -> "Account":
        """Return the account with new settings, made at this time.

        `newest` is the highest task id then, if it is known.
        """
        wanted = settings.group_ids
        added = wanted - self.settings.group_ids
        kept_at = {g: at for g, at in self.added_at.items() if g in wanted}
        kept_after = {g: id_ for g, id_ in self.added_after.items() if g in wanted}
        same = settings.showing == self.settings.showing
        return replace(
            self,
            settings=settings,
            added_at=kept_at | dict.fromkeys(added, at),
            added_after=kept_after
            | ({} if newest is None else dict.fromkeys(added, newest)),
            shown_since=self.shown_since if same else at,
            shown_after=self.shown_after if same else newest,
            ends_since=self.ends_since if settings.ends == self.settings.ends else at,
            silence_since=dict(self._silences(settings, at)),
        )

    def _silences(
        self, settings: AccountSettings, at: datetime
    ) -> Iterator[tuple[str, datetime]]:
        """Yield since when each rule waits for silence, by its key.

        What was changed or switched on begins to wait at this time.
        """
        before = {one.key: one for one in self.settings.rules if one.on}
        for rule in settings.rules:
            if rule.when in SILENCES and rule.on:
                known = before.get(rule.key)
                same = known and (known.when, known.hours) == (rule.when, rule.hours)
                yield rule.key, self.silence_since.get(rule.key, at) if same else at
