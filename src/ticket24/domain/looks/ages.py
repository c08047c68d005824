"""What parts history from news: what we saw, and dates only where that cannot tell.

Dates of rows may run hours ahead of the `time` of answers, or behind it. So the age
of a message is when we saw its id first; ids rise, each source has its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ticket24.domain.accounts.model import Account
from ticket24.domain.looks.clocks import MOST_APART, Clocks
from ticket24.domain.tickets.model import Source, Ticket, Written

_ALWAYS = datetime.fromtimestamp(0, UTC)
_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Age:
    """How old is what a look at a ticket shows.

    All of it is history if it is the ticket's `whole` import. Else what is new to us
    is news, except what may have been written before an instant by the answers'
    clock: `until` then the task had no customer, until `shown_until` other rules told
    what customers see. `since` is when we began to watch. `unstamped` pictures are of
    versions that went by dates. The other two are noted in the picture: under what it
    was seen.
    """

    whole: bool = False
    until: datetime | None = None
    shown_until: datetime | None = None
    since: datetime = _ALWAYS
    unstamped: bool = False
    clocks: Clocks = field(default_factory=Clocks)
    connected_at: datetime | None = None
    shown_since: datetime | None = None

    @property
    def reason(self) -> str:
        """Say why history is not told."""
        by_rules = self.shown_until and not self.whole and not self.until
        return "older-than-settings" if by_rules else "older-than-connection"

    def is_over(self, at: datetime) -> bool:
        """Whether the status may have moved so before it was anybody's ticket."""
        return self.whole or (
            self.until is not None and self.clocks.of_task(at) <= self.until
        )

    def history(
        self, before: Ticket | None, source: Source, written: Iterable[Written] | None
    ) -> int:
        """Return up to which id the messages of a source are history."""
        known = [
            m for m in (before.messages if before else ()) if m.key.source is source
        ]
        seen = list(written or ())
        old = {before.history(source)} if before else {0}
        if self.whole:
            old |= {one.key.id for one in known} | {one.key.id for one in seen}
        elif lines := [line for line in (self.until, self.shown_until) if line]:
            old |= {one.key.id for one in known}
            old |= {
                one.key.id
                for one in seen
                if self.clocks.of_message(source, one.at) <= max(lines)
            }
        elif self.unstamped:
            old |= {m.key.id for m in known if m.at <= self.since}
        elif before and not known and not before.chat_id:
            # A chat that only appears now may be older than our connection.
            old |= {one.key.id for one in seen if one.at + MOST_APART <= self.since}
        return max(old)


def age_of(
    account: Account,
    now: Ticket,
    before: Ticket | None,
    none_until: datetime | None,
    clocks: Clocks,
) -> Age:
    """Tell how old the things are that this look shows of a ticket seen `before`.

    `none_until` is the last time the task was seen not to be a ticket, if it was.
    """
    watched_since = account.watched_since(now.group_id)
    age = Age(
        since=watched_since,
        clocks=clocks,
        connected_at=account.connected_at,
        shown_since=account.shown_since,
    )
    if before is None:
        younger = account.came_after_rules(now)
        return replace(
            age,
            whole=account.was_there(now),
            until=none_until,
            shown_until=None if younger else account.shown_since,
        )
    unstamped = before.connected_at is None
    if unstamped:
        again = before.looked_at < account.connected_at
        shown_since = account.shown_since
        changed = shown_since is not None and before.looked_at <= shown_since
    else:
        again = before.connected_at != account.connected_at
        changed = before.shown_since != account.shown_since
    return replace(
        age,
        whole=again,
        until=max(none_until, watched_since) if none_until else None,
        shown_until=account.shown_since if changed else None,
        since=max(watched_since - _A_SECOND, account.shown_since or _ALWAYS),
        unstamped=unstamped,
    )
