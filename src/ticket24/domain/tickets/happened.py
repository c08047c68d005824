"""What happened to a ticket beside its messages, as its picture remembers it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class CardMove:
    """A card that lay in another column of its board than at the look before.

    It was moved between the two, by us (`ours`) or by anybody else.
    """

    old: int
    new: int
    since: datetime
    at: datetime
    ours: bool = False


@dataclass(frozen=True, slots=True)
class RuleAct:
    """A rule of the company, by its key, did something to a ticket.

    `mailed`: it wrote to the ticket's customers.
    """

    rule: str
    at: datetime
    mailed: bool = False


@dataclass(frozen=True, slots=True)
class Rating:
    """What a customer says of how a ticket was solved; `of` is when it was."""

    value: Literal["good", "bad"]
    at: datetime
    of: datetime
