"""The company's rules on the settings page: each a sentence, and what to choose."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ticket24 import i18n
from ticket24.domain.automation.recipes_told import AUTOMATION
from ticket24.domain.settings.form import SettingsForm
from ticket24.domain.settings.house_rules.fields import MOST_NUMBERED
from ticket24.domain.settings.house_rules.rows import (
    ANSWERS,
    CONDITIONS,
    TAGGED,
    RuleRow,
    blank_row,
)
from ticket24.domain.settings.parts import tag_key
from ticket24.domain.settings.reading.fields import tags_offered
from ticket24.flows.settings.directory import DISMISSED, Choice
from ticket24.i18n import noop
from ticket24.staff.parts import Colleague
from ticket24.staff.settings.house_rules import rehearsing
from ticket24.staff.settings.house_rules import words as rule_words
from ticket24.staff.settings.house_rules.words import Names
from ticket24.staff.settings.lists import Lists, number
from ticket24.staff.settings.state import SettingsState

_SECTIONS = {
    "message_type": noop("Message type"),
    "priority": noop("Priority"),
    "sector": noop("Sector"),
}
_GONE = noop("No longer offered")
_LOST = noop("No longer in Bitrix24: %(fields)s")
# What a rule names of Bitrix24, by its part, as the fields are called.
_PERSONS = {
    "then.responsible": noop("Assign to"),
    "then.observers": noop("Add an observer"),
    "then.note": noop("Tell by a note in Bitrix24"),
    "then.mail": noop("Tell by email"),
}
_STAGE = noop("Stage of the board")
_MOVE = noop("Move the card to")
_CUSTOMER = noop("Customer")
_COMPANY = noop("Company")
_UNNAMED = noop("Unnamed rule")


def rules_shown(
    colleague: Colleague,
    state: SettingsState,
    lists: Lists,
    groups: Sequence[Choice],
    faulty: Collection[str],
) -> dict[str, Any]:
    """Return what the template needs: each rule, a blank one, and all the choices."""
    form, language, visit = state.form, colleague.language, colleague.visit
    tasks = f"{visit.origin}/company/personal/user/{visit.user_id}/tasks/task/view"
    say = i18n.translations(language).gettext
    departments = dict(_departments(form, groups))
    stages = dict(_stages(lists, departments))
    tags = {
        section: {tag_key(tag): tag for tag in tags_offered(form, section)}
        for section in TAGGED
    }
    names = Names(
        departments,
        {str(one.id): one.name for one in lists.people},
        {key: title for some in stages.values() for key, title in some.items()},
        {key: tag for some in tags.values() for key, tag in some.items()},
        {str(id_): name for id_, name in lists.crm.contacts.items()},
        {str(id_): name for id_, name in lists.crm.companies.items()},
    )
    statuses = {one.value: say(words) for one, words in rule_words.STATUSES.items()}
    ticked = {
        "department": (say("Department"), departments),
        **{one: (say(words), tags[one]) for one, words in _SECTIONS.items()},
        "status": (say("Status"), statuses),
    }

    def boxes(table: str) -> list[tuple[str, str, Mapping[str, str]]]:
        return [
            (f"{table}.{name}", label, offered)
            for name, (label, offered) in ticked.items()
            if offered
        ]

    key, found = state.rehearsed or ("", None)
    zone = colleague.account.zone
    tried = found and rehearsing.shown(found, names, zone, tasks, language)

    def shown(row: RuleRow) -> dict[str, Any]:
        start = f"rules.{row.key}."
        return {
            "tried": tried if row.key == key else None,
            "row": row,
            "said": rule_words.sentence(row, names, language),
            "lost": say(_LOST) % {"fields": ", ".join(map(say, lost))}
            if (lost := [*_lost(row, names, lists)])
            else "",
            "title": row.part("name").strip() or say(_UNNAMED),
            "answers": any(map(row.part, ANSWERS)),
            "wrong": any(name.startswith(start) for name in faulty),
            "ticked": [
                (name, label, _boxes(row, name, offered, say(_GONE)))
                for name, label, offered in boxes("if")
            ],
            "excluded": [
                (name, label, _boxes(row, name, offered, say(_GONE)))
                for name, label, offered in boxes("unless")
            ],
            "excludes": any(name.startswith("unless.") for name in row.parts),
            "numbered": lambda name: _fields(row, name),
        }

    return {
        "rows": [shown(row) for row in form.rules],
        "blank": shown(blank_row("NEW")),
        "when": [(one, say(words)) for one, words in rule_words.WHEN.items()],
        "openers": [(one, say(words)) for one, words in rule_words.OPENERS.items()],
        "end_states": [
            (one, say(words)) for one, words in rule_words.END_STATES.items()
        ],
        "stages": [
            (departments.get(group_id, f"#{group_id}"), some.items())
            for group_id, some in stages.items()
        ],
        "known_stages": names.stages,
        "crm_names": {"customer": names.contacts, "company": names.companies},
        "crm_known": lists.crm.known and not lists.away,
        "automation": tried if key == AUTOMATION else None,
    }


def _lost(row: RuleRow, names: Names, lists: Lists) -> Iterator[str]:
    """Yield what a rule names that is gone, where Bitrix24 tells what there is."""

    def gone(part: str, there: Collection[str]) -> bool:
        typed = [row.part(part).strip(), *(text for _, text in row.numbered(part))]
        return any(number(one) and one not in there for one in typed)

    if lists.away:
        return
    staff = {str(one.id) for one in lists.people if one.note != DISMISSED}
    yield from (label for part, label in _PERSONS.items() if gone(part, staff))
    stages = names.stages
    ticked = [id_ for id_ in names.departments if row.part(f"if.department.{id_}")]
    if ticked and all(number(id_) in lists.boards for id_ in ticked):
        boards = (lists.boards[number(id_)] for id_ in ticked)
        if gone("then.stage", {str(one.id) for board in boards for one in board}):
            yield _MOVE
    listed = all(number(id_) in lists.boards for id_ in names.departments)
    if listed and any(gone(f"{table}.stage", stages) for table in CONDITIONS):
        yield _STAGE
    if lists.crm.known:
        if any(gone(f"{table}.customer", names.contacts) for table in CONDITIONS):
            yield _CUSTOMER
        if any(gone(f"{table}.company", names.companies) for table in CONDITIONS):
            yield _COMPANY


def _departments(form: SettingsForm, groups: Sequence[Choice]) -> list[tuple[str, str]]:
    called = {str(one.id): one.name for one in groups}
    rows = [(row.group_id.strip(), row.name.strip()) for row in form.rows]
    return [(id_, name or called.get(id_) or f"#{id_}") for id_, name in rows if id_]


def _stages(
    lists: Lists, departments: Mapping[str, str]
) -> list[tuple[str, dict[str, str]]]:
    """Return the stages of each department's board, in the order of departments."""
    return [
        (id_, {str(one.id): one.title or f"#{one.id}" for one in board})
        for id_ in departments
        if (board := lists.boards.get(number(id_), ()))
    ]


def _boxes(
    row: RuleRow, name: str, offered: Mapping[str, str], gone: str
) -> list[tuple[str, str, bool]]:
    """Return what can be ticked, and what is ticked and is no longer there."""
    start = f"{name}."
    ticked = [one.removeprefix(start) for one in row.parts if one.startswith(start)]
    strange = [(one, gone, True) for one in ticked if one not in offered]
    return [(one, said, one in ticked) for one, said in offered.items()] + strange


def _fields(row: RuleRow, name: str) -> list[tuple[str, str]]:
    """Return the fields of a numbered list, and one more."""
    typed = row.numbered(name)
    numbers = {one.rpartition(".")[2] for one, _ in typed}
    free = (str(n) for n in range(MOST_NUMBERED) if str(n) not in numbers)
    return [*typed, *((f"{name}.{one}", "") for one in [*free][:1])]
