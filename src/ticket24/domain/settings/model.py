"""The settings of one account, as a company exports and imports them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from ticket24.domain.settings.house_rules.model import HouseRule
from ticket24.domain.settings.own_fields.model import FormField
from ticket24.domain.settings.own_words import Language, OwnWords, TagLabels
from ticket24.domain.settings.sharing import CompanyView
from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.settings.times.week_hours import (
    NO_HOLIDAYS,
    DepartmentHours,
    WorkingHours,
)

__all__ = [
    "AccountSettings",
    "Automation",
    "CountedDays",
    "Department",
    "Ends",
    "FormField",
    "Gathering",
    "Hearer",
    "Language",
    "MailKind",
    "OwnWords",
    "Ratings",
    "Shown",
    "Stages",
    "State",
    "StatusName",
    "TagLabels",
    "Tags",
]

Shown = Literal["all", "marked"]

# Which days a deadline counts.
CountedDays = Literal["calendar", "working"]
# How far a ticket is, as the outside names it; "" for none.
StatusName = Literal[
    "", "new", "in_progress", "in_review", "completed", "deferred", "declined"
]
# A user of Bitrix24, or who that is for a ticket.
Hearer = int | Literal["responsible", "creator"]

# How people who are not in the CRM may write to a department.
FirstWay = Literal["form", "mail"]

# What customers are told, as they may choose it.
MailKind = Literal["created", "replied", "status", "completed", "notice"]


@dataclass(frozen=True, slots=True)
class Stages:
    """To which column of a workgroup's board cards move, by status; 0: they stay."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    in_progress: int = 0
    review: int = 0
    completed: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """What customers read of tickets with a status, or with their cards in a stage.

    Either `status` or `stage` says of which. A stage that is `completed` solves the
    tickets whose cards are moved there, for their customers.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    status: StatusName = ""
    stage: int = 0
    words: OwnWords = field(default_factory=OwnWords)
    colour: str = ""
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Department:
    """A choice for customers: a workgroup, who answers, who creates the task.

    `about` is a sentence for customers, and `opening_hours` tells them when somebody is
    there. These are words alone, from which nothing is computed. Cards move to the
    `stages` of the board if the automation says so. `states` are the company's own
    words for how far a ticket is. `working_hours` are those of the company where they
    say nothing. In an `own_only` department nobody sees tickets of others. People who
    are not in the CRM may write to it by the ways of `strangers`.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    group_id: int
    name: str = ""
    responsible_id: int = 0
    creator_id: int = 0
    about: OwnWords = field(default_factory=OwnWords)
    opening_hours: OwnWords = field(default_factory=OwnWords)
    stages: Stages = field(default_factory=Stages)
    states: tuple[State, ...] = ()
    working_hours: DepartmentHours = field(default_factory=DepartmentHours)
    own_only: bool = False
    strangers: tuple[FirstWay, ...] = ()

    @property
    def state_stages(self) -> Mapping[int, bool]:
        """The columns of its board that have a state, and whether that is the end."""
        return {one.stage: one.completed for one in self.states if one.stage}


@dataclass(frozen=True, slots=True)
class Tags:
    """The words offered in the three sections of the form, each optional."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    message_type: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Automation:
    """What becomes of tickets by themselves: Bitrix24 needs no robots for that.

    `responsible` is a user for a message type. `deadline` is a number of days for a
    priority, and under `count` which days these are. `flag` are the priorities that
    Bitrix24 marks as important. With `answer_starts` the first answer of staff moves a
    new ticket to "in progress". With `completed_to_stage` cards follow the status of
    their ticket on the board, to the stages of its department. With `reply_resumes` a
    customer's reply moves a ticket that rests back to "in progress", and tells its
    responsible person.

    `push` get a note in Bitrix24 about a new ticket, `mail` get a mail; `note` is what
    these say, with values such as `{subject}`, "" for our words.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    responsible: Mapping[str, int] = field(default_factory=dict)
    deadline: Mapping[str, int | CountedDays] = field(default_factory=dict)
    flag: tuple[str, ...] = ()
    answer_starts: bool = False
    completed_to_stage: bool = False
    reply_resumes: bool = False
    push: tuple[Hearer, ...] = ()
    mail: tuple[Hearer, ...] = ()
    note: str = ""

    @property
    def counts_working_days(self) -> bool:
        """Whether deadlines leave out days on which nobody works."""
        return self.deadline.get("count") == "working"

    @property
    def days(self) -> Mapping[str, int]:
        """The days of each priority's deadline."""
        return {tag: one for tag, one in self.deadline.items() if isinstance(one, int)}


@dataclass(frozen=True, slots=True)
class Ends:
    """What becomes of tickets that wait for their customers; 0: nothing.

    After `remind_after` working days there is a mail, after `close_after` the ticket is
    completed. Within `reopen_within` days a customer's reply opens it again.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    remind_after: int = 0
    close_after: int = 0
    reopen_within: int = 0

    @property
    def waits(self) -> bool:
        """Whether anything happens while a ticket waits."""
        return bool(self.remind_after or self.close_after)


@dataclass(frozen=True, slots=True)
class Ratings:
    """Whether customers may say how well their tickets were solved.

    If so they `ask` for it in the mail about a solved ticket, but the same customer
    only once in `every_days`. With `mark` the task's own rating says the same.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    ask: bool = False
    every_days: int = 30
    mark: bool = True


@dataclass(frozen=True, slots=True)
class Gathering:
    """How mail is told together to customers who want it once an hour or a day.

    Kinds of mail that are `always` told at once do not ask what they want. Mail of a
    day goes out at `daily_at`, by the company's clock.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    always: tuple[MailKind, ...] = ("created", "completed")
    daily_at: str = "08:00"


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Everything a company decides about its help desk.

    `logo` is the bare name of a file; its content is kept elsewhere. `dark_logo` takes
    its place on dark pages, if there is one. `shown_messages` says which messages of
    staff customers see: all except those that start with an internal mark, or only
    those that start with a public one. With `subtask_tickets`, tasks that staff create
    inside a ticket are also tickets. With `followers`, people in copy get what
    customers get. Mails with files of staff are at most `mail_megabytes` large; at 0
    none has any. `sender_name` is the sender of mails, empty for the company's name.
    `time_zone` is empty for that of Bitrix24. `greeting`, `signature` and
    `legal_footer` are a company's own words in its mails; `{name}` in a greeting is the
    customer's name. `task_fields` holds values by name for the company's own task
    fields that Bitrix24 requires. Of the `promises` the first that fits a ticket
    counts; `promise_field` of the contact, or of its primary company, tells the
    customer's level. `fields` are the company's own on the form for new tickets, in
    their order. `company_view` says who sees tickets of others.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    company_name: str = ""
    language: Language = "en"
    logo: str = ""
    dark_logo: str = ""
    accent: str = ""
    password_field: str = "UF_CRM_TICKET24_PASSWORD"  # noqa: S105  A field's name.
    departments: tuple[Department, ...] = ()
    tags: Tags = field(default_factory=Tags)
    tag_labels: TagLabels = field(default_factory=TagLabels)
    created_mails: bool = True
    reply_mails: bool = True
    status_mails: bool = False
    completed_mails: bool = True
    followers: bool = True
    mail_megabytes: int = 10
    sender_name: str = ""
    time_zone: str = ""
    greeting: OwnWords = field(default_factory=OwnWords)
    signature: OwnWords = field(default_factory=OwnWords)
    legal_footer: OwnWords = field(default_factory=OwnWords)
    shown_messages: Shown = "all"
    mail_opens_tickets: bool = False
    internal_marks: tuple[str, ...] = ("//", "#internal")
    public_marks: tuple[str, ...] = ("#public",)
    subtask_tickets: bool = False
    task_fields: Mapping[str, str] = field(default_factory=dict)
    automation: Automation = field(default_factory=Automation)
    working_hours: WorkingHours = field(default_factory=WorkingHours)
    ends: Ends = field(default_factory=Ends)
    rules: tuple[HouseRule, ...] = ()
    promises: tuple[PromisedHours, ...] = ()
    promise_field: str = ""
    ratings: Ratings = field(default_factory=Ratings)
    fields: tuple[FormField, ...] = ()
    company_view: CompanyView = field(default_factory=CompanyView)
    gathering: Gathering = field(default_factory=Gathering)

    @property
    def contact_fields(self) -> tuple[str, str]:
        """The fields of contacts that are read besides what all contacts have."""
        return self.password_field, self.promise_field

    @property
    def group_ids(self) -> frozenset[int]:
        """The workgroups whose tasks are tickets."""
        return frozenset(department.group_id for department in self.departments)

    @property
    def shared_group_ids(self) -> frozenset[int]:
        """The workgroups in which a company's contacts may see each other's tickets."""
        if not self.company_view.on:
            return frozenset()
        return frozenset(one.group_id for one in self.departments if not one.own_only)

    def open_by(self, way: FirstWay) -> tuple[Department, ...]:
        """Return the departments to which anybody may write in this way."""
        return tuple(one for one in self.departments if way in one.strangers)

    def department(self, group_id: int) -> Department:
        """Return the department of a workgroup, or one without names if it is gone."""
        named = (one for one in self.departments if one.group_id == group_id)
        return next(named, Department(group_id))

    def has_own_hours(self, group_id: int) -> bool:
        """Whether a department works at other times than the company."""
        return self.department(group_id).working_hours != DepartmentHours()

    @property
    def regions(self) -> frozenset[str]:
        """The countries and regions whose public holidays are days off for some."""
        own = (one.working_hours.holidays for one in self.departments)
        return frozenset((self.working_hours.holidays, *own)) - {"", NO_HOLIDAYS}

    def read_in(self, language: Language) -> "AccountSettings":
        """Return them for a reader of a language, who may read ours of departments."""
        departments = tuple(
            replace(
                one,
                opening_hours=one.opening_hours.filled(self.language),
                states=tuple(
                    replace(state, words=state.words.filled(self.language))
                    for state in one.states
                ),
            )
            for one in self.departments
        )
        own = tuple(one.filled(self.language) for one in self.fields)
        return replace(self, language=language, departments=departments, fields=own)

    def rule(self, key: str) -> HouseRule | None:
        """Return a rule of the company by its key; None if it is gone."""
        return next((one for one in self.rules if one.key == key), None)

    @property
    def showing(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """What decides which messages customers see."""
        return self.shown_messages, self.internal_marks, self.public_marks

    @property
    def stamp(self) -> str:
        """A name for exactly these settings; it changes when others are saved."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]
