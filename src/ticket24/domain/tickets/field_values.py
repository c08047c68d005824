"""What a customer filled in in the company's own fields of the form for new tickets.

In Bitrix24 it stands in the task's own fields, or in a block of its description below
the customer's words:

    [B]Order number:[/B] 0042
    [B]Steps:[/B]
    Switch it on.
    It burns.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from ticket24.domain.settings.own_fields.model import FieldKind


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What was filled in in one field, and what the field was called then.

    `values` are as they are kept: a text, the chosen options, `yes` or `no`, a date as
    `2026-12-24`, a number as `-1234.5`, the name of a file. `words` is what these were
    called, in the company's language, as `label` is: of fields and options that are
    gone, nobody else knows.
    """

    key: str
    kind: FieldKind
    label: str
    values: tuple[str, ...]
    words: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """It in the words of the company at that time."""
        return ", ".join(self.words or self.values)

    @property
    def chosen(self) -> tuple[str, ...]:
        """It by which lists are filtered: `product=web` of what could be chosen."""
        if self.kind not in {"choice", "several", "yes_no"}:
            return ()
        return tuple(f"{self.key}={one}" for one in self.values)


def headed(label: str) -> str:
    """Return the name of a field as it stands before a value; it may be a question."""
    ends = ("?", "\u061f", "!", ":", ".")
    asks = unicodedata.normalize("NFKC", label[-1:]).endswith(ends)
    return label if asks else f"{label}:"


def chosen_of(values: Iterable[FieldValue]) -> tuple[str, ...]:
    """Return by what of them lists are filtered."""
    return tuple(one for value in values for one in value.chosen)
