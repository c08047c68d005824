"""What is remembered of an account beside its record: where we are in it, and why not.

This is the one place that knows how it is kept: as words, one field a fact.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from ticket24.domain.looks.clocks import Clocks
from ticket24.domain.looks.glances import Tide

_TOP_AT = "_top_at"


class Duty(StrEnum):
    """What has to be there in an account with the application."""

    BINDINGS = "bound"
    FIELD = "field"
    MIRROR = "mirror"


@dataclass(frozen=True, slots=True)
class Undone:
    """Why Bitrix24 did not let us do our duty, and when; "" and 0 once it does."""

    words: str = ""
    at: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Facts that change by themselves; None is what nobody knows or wants to note.

    Times are seconds since 1970, those of the overflow and the import milliseconds by
    the clock of the due set.
    """

    # Why the account no longer lets us in, and since when.
    trouble: str | None = None
    trouble_at: float | None = None

    # Events: the last one that came; those with its token but another member_id, or the
    # other way round; since when some have been left out, and what was made up for.
    last_event_at: float | None = None
    other_member: str | None = None
    wrong_token_at: float | None = None
    overflow: int | None = None
    made_up: int | None = None

    # When the mail server last took a mail.
    mailed_at: float | None = None

    # Resyncs: see `resync`.
    seen_at: float | None = None
    asked_at: float | None = None
    quiet_at: float | None = None
    walked_at: float | None = None
    zone_at: float | None = None
    boards_at: float | None = None
    # Levels: of which field, a company's latest date, and when elements were read.
    levels_of: str | None = None
    levels_top: float | None = None
    levels_at: float | None = None
    newest_row: int | None = None
    # Up to which trace old tickets were looked at to be archived.
    archived_to: float | None = None
    tides: Mapping[str, Tide] = dataclasses.field(default_factory=dict)
    clocks: Clocks = dataclasses.field(default_factory=Clocks)

    # The import of what was there: for which connection, and until when it is marked.
    import_of: str | None = None
    import_until: int | None = None

    # The application: what we did there, what was refused, and how it may have ended.
    bound_at: float | None = None
    unbound: str | None = None
    field: str | None = None
    mirrored: str | None = None
    refusals: Mapping[Duty, Undone] = dataclasses.field(default_factory=dict)
    visited_at: float | None = None
    uninstall: str | None = None
    uninstall_refused_at: float | None = None

    def facts(self) -> dict[str, str]:
        """Return how it is kept: what is known, each a word."""
        return {name: str(value) for name, value in self._known()}

    def _known(self) -> Iterator[tuple[str, object]]:
        for name in _READ:
            if (value := getattr(self, name)) is not None:
                yield name, value
        for name, tide in self.tides.items():
            yield from tide.facts(name).items()
        yield from self.clocks.facts().items()
        for duty, refusal in self.refusals.items():
            yield f"{duty}_refused", refusal.words
            yield f"{duty}_refused_at", refusal.at

    @classmethod
    def read(cls, facts: Mapping[str, str]) -> Self:
        """Read what `facts` returned; what is not ours is passed over."""
        known: dict[str, Any] = {
            name: read(facts[name])
            for name, read in _READ.items()
            if facts.get(name) or (name in facts and read is str)
        }
        tides = {name.removesuffix(_TOP_AT) for name in facts if name.endswith(_TOP_AT)}
        return cls(
            **known,
            tides={name: Tide.read(name, facts) for name in tides},
            clocks=Clocks.read(facts),
            refusals={
                duty: Undone(words, float(facts.get(f"{duty}_refused_at") or 0))
                for duty in Duty
                if (words := facts.get(f"{duty}_refused"))
            },
        )


_KINDS: dict[Any, type] = {str | None: str, float | None: float, int | None: int}
_READ = {
    one.name: _KINDS[one.type]
    for one in dataclasses.fields(Memory)
    if one.type in _KINDS
}
