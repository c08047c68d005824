"""What can be wrong with a setting, and in which field of the form."""

from dataclasses import dataclass
from enum import StrEnum


class WrongSetting(StrEnum):
    """What can be wrong with a setting; `detail` quotes its value."""

    NO_COMPANY = "no-company"
    LONG = "long"  # `detail` is how long it may be, as in the next two.
    LONG_ABOUT = "long-about"
    LONG_HOURS = "long-hours"
    LANGUAGE = "language"
    ZONE = "zone"
    ACCENT = "accent"
    PASSWORD_FIELD = "password-field"  # noqa: S105  A field's name.
    SHOWN = "shown"
    NO_GROUP = "no-group"
    GROUP = "group"  # It is not the number of a workgroup.
    GROUP_TWICE = "group-twice"
    PERSON = "person"
    STAGE = "stage"  # It is no stage of the workgroup's board.
    NO_STATE = "no-state"  # A row names neither a status nor a stage.
    STATE_TWICE = "state-twice"
    STATES = "states"  # Too many of them.
    NO_WORDS = "no-words"
    NO_END = "no-end"  # A status cannot count as the end; only stages can.
    NO_STAGES = "no-stages"  # Cards are to move, and no department says where to.
    NAME_TWICE = "name-twice"
    DEPARTMENTS = "departments"  # Too many of them.
    LONG_TAG = "long-tag"
    TAG_TWICE = "tag-twice"
    TAGS = "tags"  # Too many of them.
    TAG_LABEL = "tag-label"  # Not a line with a tag and its label.
    LONG_LABEL = "long-label"
    LABELS = "labels"  # Too many of them.
    LONG_MARK = "long-mark"
    MARKS = "marks"  # Too many of them.
    NO_MARK = "no-mark"
    TASK_FIELD = "task-field"  # Not a line with a field's name and its value.
    TASK_FIELDS = "task-fields"  # Too many of them.
    NO_TAG = "no-tag"  # No section offers it.
    DAYS = "days"  # Not a number of days; `detail` is how many there may be.
    TIME_OF_DAY = "time-of-day"
    MEGABYTES = "megabytes"  # Not a size of mails; `detail` is the largest.
    COUNT = "count"  # Neither calendar days nor working days.
    NO_HOURS = "no-hours"  # Working days are counted, and there are none.
    HOURS = "hours"
    CLOSED_DAY = "closed-day"
    REGION = "region"  # Nobody knows its holidays.
    CLOSED_DAYS = "closed-days"  # Too many of them.
    TOLD = "told"  # Too many people are told of a new ticket.
    LONG_NOTE = "long-note"
    VALUE = "value"  # A note has no such value.
    NO_LEVELS = "no-levels"  # A promise has a level, and no field tells any.
    LEVEL_FIELD = "level-field"  # Neither contacts nor companies have it.
    ROLE = "role"  # Nobody can have it in a company.
    ROLE_FIELD = "role-field"  # Contacts do not have it.
    TWO_ROLES = "two-roles"  # A word stands for both of them.
    PROMISES = "promises"  # Too many of them.
    NO_PROMISE = "no-promise"  # It promises nothing.
    SOLVED_FIRST = "solved-first"  # Before there is a reply.
    WORKING_HOURS = "working-hours"  # Not a number of them; `detail` is the most.
    UNCOUNTED = "uncounted"  # Something is promised in working hours; there are none.
    NO_TIME_LEFT = "no-time-left"  # A ticket would be closed before the reminder.
    GONE_TAG = "gone-tag"  # A rule is for tickets with it, and it is offered no more.
    RULES = "rules"  # Too many of them.
    RULE_KEY = "rule-key"
    KEY_TWICE = "key-twice"  # Two rules have it.
    WHEN = "when"
    NO_DEED = "no-deed"  # A rule does nothing.
    OUTCOME = "outcome"
    OPENER = "opener"  # Neither customers nor staff.
    NO_DEPARTMENT = "no-department"  # No department has this workgroup.
    ONE_DEPARTMENT = "one-department"  # Its stages are those of one board.
    CONTACT = "contact"  # It is not the number of a contact.
    COMPANY = "company"  # It is not the number of a company.
    SILENT_HOURS = "silent-hours"  # Not a number of hours; `detail` is the largest.
    NO_INTERNAL_MARK = "no-internal-mark"  # Customers would read what staff write.
    NO_LETTERS = "no-letters"  # A word is an accent and nothing else.
    WORDS = "words"  # Too many of them.
    FIELDS = "fields"  # Too many of them.
    FIELD_KEY = "field-key"
    FIELD_TWICE = "field-twice"  # Two fields have the key.
    FIELD_KIND = "field-kind"
    NO_OPTIONS = "no-options"  # Customers could choose nothing.
    OPTIONS = "options"  # Too many of them.
    OPTION_TWICE = "option-twice"
    OPTION_LABEL = "option-label"  # Not a line with an option and its name.
    SHOWN_IF = "shown-if"  # No field above has anything to choose by this key.
    NO_ANSWER = "no-answer"  # A field hangs on another one, but on no answer.
    STRANGE_ANSWER = "strange-answer"  # It cannot be chosen in the other field.
    TASK_FIELD_NAME = "task-field-name"
    NO_TASK_FIELD = "no-task-field"  # Tasks have none of this name.
    TASK_FIELD_TWICE = "task-field-twice"
    MARK_HIDDEN = "mark-hidden"  # It begins with an internal mark, which wins.


@dataclass(frozen=True, slots=True)
class SettingFault:
    """One thing that is wrong with one field of the form."""

    field: str
    what: WrongSetting
    detail: str = ""
