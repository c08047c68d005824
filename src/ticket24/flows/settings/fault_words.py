"""What keeps settings from being saved, in words: for the page, and for operators."""

from collections.abc import Iterable, Mapping

from ticket24 import i18n
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.task_fields import TaskField
from ticket24.flows.settings.rights import Lack
from ticket24.i18n import noop

_WRONG = {
    WrongSetting.NO_COMPANY: noop("Enter your company name"),
    WrongSetting.LONG: noop("Shorten this to %(detail)s characters"),
    WrongSetting.LONG_ABOUT: noop("Shorten the description to %(detail)s characters"),
    WrongSetting.LONG_HOURS: noop("Shorten the opening hours to %(detail)s characters"),
    WrongSetting.LANGUAGE: noop("Choose a language"),
    WrongSetting.ZONE: noop(
        "Choose a time zone from the list, for example Europe/Berlin"
    ),
    WrongSetting.ACCENT: noop("Enter a colour like #0b6e4f, or leave the field empty"),
    WrongSetting.PASSWORD_FIELD: noop("Choose a password field"),
    WrongSetting.SHOWN: noop("Choose which messages customers see"),
    WrongSetting.NO_GROUP: noop("Choose a workgroup for the department"),
    WrongSetting.GROUP: noop("Choose a workgroup from the list"),
    WrongSetting.GROUP_TWICE: noop(
        "Another department already uses this workgroup: choose a different one"
    ),
    WrongSetting.PERSON: noop("Choose a person from the list"),
    WrongSetting.STAGE: noop("Choose a stage of this workgroup’s board"),
    WrongSetting.NO_STATE: noop("Choose a status or a stage"),
    WrongSetting.STATE_TWICE: noop(
        "This department already has words for this status or stage: remove one of"
        " the two"
    ),
    WrongSetting.STATES: noop(
        "Enter words for no more than %(detail)s statuses and stages"
    ),
    WrongSetting.NO_WORDS: noop("Enter the words in your company’s language"),
    WrongSetting.NO_END: noop(
        "Only a stage can mean that a ticket is solved: choose a stage, or remove the"
        " tick"
    ),
    WrongSetting.NO_STAGES: noop(
        "Choose a stage for at least one department, under Departments"
    ),
    WrongSetting.NAME_TWICE: noop(
        "Another department is already called “%(detail)s”: choose a name that"
        " customers can tell apart"
    ),
    WrongSetting.DEPARTMENTS: noop(
        "You can have up to %(detail)s departments: remove some"
    ),
    WrongSetting.LONG_TAG: noop("Shorten the tag “%(detail)s” to 60 characters"),
    WrongSetting.TAG_TWICE: noop(
        "The tag “%(detail)s” appears twice: remove one of them"
    ),
    WrongSetting.TAGS: noop("Enter no more than %(detail)s tags"),
    WrongSetting.TAG_LABEL: noop(
        "“%(detail)s” isn’t a tag with a name: enter it like high = Urgent"
    ),
    WrongSetting.LONG_LABEL: noop("Shorten the name “%(detail)s” to 60 characters"),
    WrongSetting.LABELS: noop("Enter no more than %(detail)s names"),
    WrongSetting.LONG_MARK: noop("Shorten the mark “%(detail)s” to 30 characters"),
    WrongSetting.MARKS: noop("Enter no more than %(detail)s marks"),
    WrongSetting.NO_MARK: noop(
        "Enter at least one mark for customers, otherwise they’ll never see a reply"
    ),
    WrongSetting.TASK_FIELD: noop(
        "“%(detail)s” isn’t a task field with a value: enter it like"
        " UF_AUTO_123456789012 = Portal"
    ),
    WrongSetting.TASK_FIELDS: noop(
        "Enter no more than %(detail)s values for task fields"
    ),
    WrongSetting.NO_TAG: noop("There’s no tag “%(detail)s” that customers can choose"),
    WrongSetting.TIME_OF_DAY: noop("Enter a time of day, for example 08:00"),
    WrongSetting.MEGABYTES: noop("Enter a size from 0 to %(detail)s MB"),
    WrongSetting.DAYS: noop("Enter a number of days from 1 to %(detail)s"),
    WrongSetting.COUNT: noop("Choose calendar days or working days"),
    WrongSetting.NO_HOURS: noop(
        "Enter your working hours, or let deadlines count calendar days"
    ),
    WrongSetting.HOURS: noop(
        "“%(detail)s” isn’t a time span: enter it like 09:00-12:00, 13:00-17:30"
    ),
    WrongSetting.CLOSED_DAY: noop(
        "“%(detail)s” isn’t a date: enter it like 2026-12-24 Christmas Eve"
    ),
    WrongSetting.REGION: noop(
        "Choose a country or region from the list, for example DE-BE"
    ),
    WrongSetting.CLOSED_DAYS: noop("Enter no more than %(detail)s days"),
    WrongSetting.TOLD: noop("Choose no more than %(detail)s people"),
    WrongSetting.LONG_NOTE: noop("Shorten the note to %(detail)s characters"),
    WrongSetting.VALUE: noop(
        "A note can’t say %(detail)s: use the values that are named below the field"
    ),
    WrongSetting.NO_LEVELS: noop(
        "Choose the field that holds the level, or leave the levels empty"
    ),
    WrongSetting.LEVEL_FIELD: noop(
        "Neither contacts nor companies have this field: choose another one"
    ),
    WrongSetting.ROLE: noop("Choose what contacts see of their company"),
    WrongSetting.ROLE_FIELD: noop("Contacts don’t have this field: choose another one"),
    WrongSetting.TWO_ROLES: noop(
        "“%(detail)s” stands for colleagues and for managers: remove it from one of"
        " the two"
    ),
    WrongSetting.PROMISES: noop("You can make up to %(detail)s promises: remove some"),
    WrongSetting.NO_PROMISE: noop("Enter hours for the first reply or the solution"),
    WrongSetting.SOLVED_FIRST: noop(
        "The solution can’t be promised sooner than the first reply: enter more hours"
    ),
    WrongSetting.WORKING_HOURS: noop(
        "Enter a number of working hours up to %(detail)s, for example 4 or 1.5"
    ),
    WrongSetting.UNCOUNTED: noop(
        "Enter your working hours: what you promise is counted in them"
    ),
    WrongSetting.NO_TIME_LEFT: noop(
        "Mark tickets as solved some days after the reminder, or leave one of the two"
        " empty"
    ),
    WrongSetting.GONE_TAG: noop(
        "A tag that this rule looks for is no longer offered: choose other tags"
    ),
    WrongSetting.RULES: noop("You can have up to %(detail)s rules: remove some"),
    WrongSetting.RULE_KEY: noop(
        "“%(detail)s” can’t be a rule’s key: use up to 20 letters, digits and hyphens"
    ),
    WrongSetting.KEY_TWICE: noop("Another rule has the key “%(detail)s”"),
    WrongSetting.WHEN: noop("Choose when the rule applies"),
    WrongSetting.NO_DEED: noop("Choose what the rule does"),
    WrongSetting.OUTCOME: noop("Choose solved or reopened"),
    WrongSetting.OPENER: noop("Choose the customer or your team"),
    WrongSetting.NO_DEPARTMENT: noop("No department has the workgroup %(detail)s"),
    WrongSetting.ONE_DEPARTMENT: noop(
        "Choose exactly one department for a rule that moves cards: each board has"
        " stages of its own"
    ),
    WrongSetting.CONTACT: noop("Enter the number of a contact"),
    WrongSetting.COMPANY: noop("Enter the number of a company"),
    WrongSetting.SILENT_HOURS: noop(
        "Enter a number of working hours from 1 to %(detail)s"
    ),
    WrongSetting.NO_INTERNAL_MARK: noop(
        "Enter an internal mark under Messages, otherwise customers would read this"
    ),
    WrongSetting.NO_LETTERS: noop(
        "“%(detail)s” is only an accent, which stands in no ticket: enter a word"
    ),
    WrongSetting.WORDS: noop("Enter no more than %(detail)s words"),
    WrongSetting.FIELDS: noop("You can have up to %(detail)s fields: remove some"),
    WrongSetting.FIELD_KEY: noop(
        "“%(detail)s” can’t be a field’s key: use up to 30 small letters, digits and"
        " underscores, and start with a letter"
    ),
    WrongSetting.FIELD_TWICE: noop("Another field has the key “%(detail)s”"),
    WrongSetting.FIELD_KIND: noop("Choose what customers enter in the field"),
    WrongSetting.NO_OPTIONS: noop("Enter at least one option"),
    WrongSetting.OPTIONS: noop("Enter no more than %(detail)s options"),
    WrongSetting.OPTION_TWICE: noop(
        "The option “%(detail)s” appears twice: remove one of them"
    ),
    WrongSetting.OPTION_LABEL: noop(
        "“%(detail)s” isn’t an option with a name: enter it like web = Website"
    ),
    WrongSetting.SHOWN_IF: noop(
        "Choose a field further up in which customers choose an option or yes or no"
    ),
    WrongSetting.NO_ANSWER: noop("Enter at least one option of the other field"),
    WrongSetting.STRANGE_ANSWER: noop(
        "“%(detail)s” isn’t an option of the other field"
    ),
    WrongSetting.TASK_FIELD_NAME: noop(
        "“%(detail)s” isn’t a task field: enter its code, like UF_AUTO_123456789012"
    ),
    WrongSetting.NO_TASK_FIELD: noop(
        "Tasks in Bitrix24 have no field %(detail)s: choose another one"
    ),
    WrongSetting.TASK_FIELD_TWICE: noop(
        "Another field already fills the task field %(detail)s"
    ),
    WrongSetting.MARK_HIDDEN: noop(
        "“%(detail)s” starts with an internal mark, so these messages would"
        " stay hidden: choose another one"
    ),
}
_LACK = {
    Lack.GONE: noop(
        "This workgroup was deleted or is hidden from %(name)s. Choose another"
        " one, or make %(name)s a member."
    ),
    Lack.CLOSED: noop(
        "This workgroup is archived. Restore it in Bitrix24, or choose another one."
    ),
    Lack.VIEW: noop(
        "%(name)s can’t see all tasks in this workgroup. Make %(name)s a moderator."
    ),
    Lack.CREATE: noop(
        "%(name)s can’t create tasks in this workgroup. Make %(name)s a moderator."
    ),
    Lack.CONTACTS: noop(
        "%(name)s can’t read contacts. Allow this in the CRM access permissions."
    ),
}
_GOOD = noop("All set: Ticket24 can read and create tickets here.")
_EMPTY = noop(
    "Bitrix24 requires %(fields)s in every task. Enter a value for new tickets."
)


_SHOWN_DETAIL = 40


def faults_in_words(
    faults: Iterable[SettingFault], language: Language
) -> list[tuple[str, str]]:
    """Return pairs of a field's name and what is wrong with it, each once."""
    say = i18n.translations(language).gettext
    said = [
        (fault.field, say(_WRONG[fault.what]) % {"detail": _short(fault.detail)})
        for fault in faults
    ]
    return list(dict.fromkeys(said))


def rights_in_words(
    lacks: Iterable[Lack],
    name: str,
    language: Language,
    empty: Iterable[TaskField] = (),
) -> str:
    """Say what is missing in a workgroup, or that nothing is.

    `name` is that of the user as whom we work; it may be empty. `empty` are fields of
    tasks that stay empty though they are mandatory.
    """
    say = i18n.translations(language).gettext
    values: Mapping[str, str] = {"name": name or "Ticket24"}
    lines = [say(_LACK[lack]) % values for lack in lacks]
    named = ", ".join(f"“{field.label or field.name}”" for field in empty)
    if named:
        lines.append(say(_EMPTY) % {"fields": named})
    return " ".join(lines) or say(_GOOD)


def lacks_in_words(lacks: Mapping[int, Iterable[Lack]], name: str) -> str:
    """Say for an operator what is missing, workgroup by workgroup."""
    said = [
        _LACK[lack] % {"name": name}
        if lack is Lack.CONTACTS
        else f"Workgroup {group_id}: {_LACK[lack] % {'name': name}}"
        for group_id, some in lacks.items()
        for lack in some
    ]
    return " ".join(dict.fromkeys(said))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_DETAIL else f"{text[:_SHOWN_DETAIL]}…"
