"""A company's own rules for tickets, as it writes them: data, and no language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ticket24.domain.tickets.model import Status

# What a rule waits for.
When = Literal[
    "opened",
    "replied",
    "answered",
    "status",
    "stage",
    "silent",
    "unanswered",
    "promise_near",
    "promise_broken",
    "rated_bad",
]
# Those that happen after some working hours in which nothing does.
SILENCES: frozenset[When] = frozenset({"silent", "unanswered"})
# A user of Bitrix24, or who that is for a ticket.
Whom = int | Literal["responsible", "creator"]
# Who made the ticket: a customer, also by mail, or the company in Bitrix24.
Opener = Literal["", "customer", "staff"]
# How a rule ends or opens a ticket again.
EndState = Literal["", "completed", "open"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which tickets a rule is for: all of these have to fit, and an empty one does.

    Of each list one is enough. Departments are workgroups, customers are contacts,
    companies are their primary ones. `words` stand where a word begins: in the subject,
    and in the message that was written or else the description. `first_contact` is a
    customer's first ticket.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    department: tuple[int, ...] = ()
    message_type: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    status: tuple[Status, ...] = ()
    stage: tuple[int, ...] = ()
    customer: tuple[int, ...] = ()
    company: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    first_contact: bool = False
    opened_by: Opener = ""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a rule does to a ticket; nothing where a field is empty.

    `deadline` is a number of days from then on, counted as the automation counts them.
    `observers` are added to those of the task. `note` and `mail` are the staff who are
    told in Bitrix24 and by mail, `said` is what they read, "" for our words. `answer`
    is what its customers are told by mail, by language, and `remark` what is written
    into the ticket between staff.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    responsible: int = 0
    deadline: int = 0
    important: bool = False
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    observers: tuple[int, ...] = ()
    stage: int = 0
    status: EndState = ""
    note: tuple[Whom, ...] = ()
    mail: tuple[Whom, ...] = ()
    said: str = ""
    answer: Mapping[Literal["en", "de", "pt"], str] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True, slots=True)
class HouseRule:
    """When something happens in a ticket, and if it is such a ticket, then do this.

    A ticket that meets any condition of `unless` is left alone.
    `key` stays when the rule is renamed or moved: what it has done, it does not do
    again. Without one it gets one. A rule that is not `on` can be looked at before. A
    "silent" one acts when nothing was said for its working `hours`, an "unanswered" one
    when a customer has waited so long for staff, however often she writes meanwhile.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid", "serialize_by_alias": True}

    when: When
    name: str = ""
    on: bool = True
    key: str = ""
    hours: int = 0
    if_: Annotated[Conditions, Field(alias="if")] = field(default_factory=Conditions)
    unless: Conditions = field(default_factory=Conditions)
    then: Deeds = field(default_factory=Deeds)
