"""The sentences of one language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences of one language.

    `alone` can be a whole remark, `together` is only ever a part of one, `labels`
    end in a value and count for sure only if the value is of the right kind,
    `loose` looks like a remark without being one for sure.
    """

    alone: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
