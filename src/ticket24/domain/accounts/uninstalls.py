"""What a report is worth that the application was uninstalled from an account."""

from dataclasses import dataclass
from enum import Enum
from typing import Self

# Two clocks may differ by this much.
_SKEW_SECONDS = 300

# We keep asking whether the application still exists for this long: the news may arrive
# before its tokens end.
_ASK_SECONDS = 900

# What should be deleted at once waits this long if the report may be a mistake, or if
# customers have written something that Bitrix24 does not have yet.
_DOUBT_SECONDS = 86_400
_KEEP_SECONDS = 30 * 86_400


class ApplicationState(Enum):
    """The state of the application according to the authorization server.

    DOUBTFUL: none of its tokens works, which may have other causes.
    """

    LIVES = "lives"
    GONE = "gone"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, order=True)
class Removal:
    """The report that the application was uninstalled from an account.

    `clean`: everything kept of the account shall go at once. `sent_at` is Bitrix24's
    time of the report (seconds since 1970), 0 if unknown.
    """

    account: str
    clean: bool
    sent_at: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """That it was deleted: what is kept of it until it is settled.

    `sent_at` is Bitrix24's time, `told_at` when such news came first, by our own
    clock; `refused` says that the application was seen alive since then.
    """

    clean: bool
    sent_at: int
    told_at: float
    refused: bool = False

    def __str__(self) -> str:
        return f"{self.clean:d} {self.sent_at} {self.told_at!r} {self.refused:d}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `str` wrote."""
        clean, sent_at, told_at, refused = text.split()
        return cls(clean == "1", int(sent_at), float(told_at), refused == "1")

    def is_over(self, now: float) -> bool:
        """Whether we may now believe an application that says it exists."""
        return now - self.told_at > _ASK_SECONDS

    def keep_seconds(self, standing: ApplicationState, *, unsent: bool) -> int:
        """Say how long the data is kept; `unsent` is what customers still wait for."""
        if not self.clean:
            return _KEEP_SECONDS
        sure = standing is ApplicationState.GONE and not self.refused and not unsent
        return 0 if sure else _DOUBT_SECONDS


def is_timely(sent_at: int, visited_at: float, now: float) -> bool:
    """Whether a report can be about the latest installation.

    A report without a time is old, and a time in the future proves nothing.
    """
    return sent_at > 0 and int(visited_at) <= sent_at <= now + _SKEW_SECONDS
