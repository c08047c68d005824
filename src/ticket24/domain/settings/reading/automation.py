"""How the form's fields about new tickets are read, tag by tag.

A fault is named by its tag, as in TOML: `automation.deadline.high`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_args

from ticket24.domain.lines import one_line
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.model import (
    AccountSettings,
    Automation,
    CountedDays,
    Hearer,
)
from ticket24.domain.settings.parts import (
    COUNT,
    MOVES_CARDS,
    NOTE,
    RESUMES,
    ROLES,
    STARTS,
    TABLES,
    field_of,
)
from ticket24.domain.settings.reading.fields import Reader, tags_offered
from ticket24.domain.words import folded

MOST_TOLD = 20
NOTE_LENGTH = 1_000

# What a note to staff may name.
VALUES = (
    *("number", "subject", "customer", "department"),
    *("message_type", "priority", "sector"),
)
_VALUE = re.compile(r"\{([^{}\n]{0,40})\}")


def automation(reader: Reader, name: str) -> Automation:
    """Read the fields of tags that are offered; those of others are dropped."""
    responsible = {
        tag: number
        for tag, text in _typed(reader, "responsible")
        if (
            number := reader.number(
                f"{name}.responsible.{tag}", text, WrongSetting.PERSON
            )
        )
    }
    deadline: dict[str, Any] = {
        tag: days
        for tag, text in _typed(reader, "deadline")
        if (days := reader.days(f"{name}.deadline.{tag}", text))
    }
    flag = tuple(tag for tag, _ in _typed(reader, "flag"))
    usual, *others = get_args(CountedDays)
    count = reader.form.part(COUNT) or usual
    if count in others:
        deadline["count"] = count
    elif count != usual:
        reader.wrong(COUNT, WrongSetting.COUNT)
    return Automation(
        responsible,
        deadline,
        flag,
        answer_starts=bool(reader.form.part(STARTS)),
        completed_to_stage=bool(reader.form.part(MOVES_CARDS)),
        reply_resumes=bool(reader.form.part(RESUMES)),
        push=_told(reader, f"{name}.push"),
        mail=_told(reader, f"{name}.mail"),
        note=_note(reader),
    )


def strangers(settings: AccountSettings) -> Iterator[SettingFault]:
    """Yield a fault for each tag that is not offered: nothing would ever be done."""
    for table, section in TABLES.items():
        offered = {*map(folded, getattr(settings.tags, section))}
        for tag in getattr(settings.automation, table):
            name = f"automation.{table}.{tag}"
            if folded(tag) not in offered and name != COUNT:
                yield SettingFault(name, WrongSetting.NO_TAG, tag)


def _typed(reader: Reader, table: str) -> Iterator[tuple[str, str]]:
    """Yield the tags that are offered, with what was typed for them."""
    for tag in tags_offered(reader.form, TABLES[table]):
        if text := reader.form.part(field_of(table, tag)):
            yield tag, text


def _told(reader: Reader, name: str) -> tuple[Hearer, ...]:
    """Read who hears of a new ticket: roles that are ticked, and persons, each once."""
    roles: list[Hearer] = [one for one in ROLES if reader.form.part(f"{name}.{one}")]
    known = sum(field.startswith(f"{name}.") for field in reader.form.parts)
    persons = [
        reader.number(f"{name}.{place}", text, WrongSetting.PERSON)
        for place in range(MOST_TOLD)
        if (text := reader.form.part(f"{name}.{place}"))
    ]
    if known > MOST_TOLD:
        reader.wrong(name, WrongSetting.TOLD, str(MOST_TOLD))
    return tuple(dict.fromkeys([*roles, *filter(None, persons)]))


def _note(reader: Reader) -> str:
    """Read what notes say; all its values have to be known."""
    text = "\n".join(map(one_line, reader.form.part(NOTE).splitlines())).strip("\n")
    if len(text) > NOTE_LENGTH:
        reader.wrong(NOTE, WrongSetting.LONG_NOTE, str(NOTE_LENGTH))
    for value in strange_values(text, VALUES):
        reader.wrong(NOTE, WrongSetting.VALUE, value)
    return text


def strange_values(text: str, known: Collection[str]) -> Iterator[str]:
    """Yield the values that a text names and that there are not."""
    for value in dict.fromkeys(_VALUE.findall(text)):
        if value not in known:
            yield f"{{{value}}}"


def filled(note: str, values: Mapping[str, str]) -> str:
    """Return a note with its values; whatever these contain stays as it is."""
    return _VALUE.sub(lambda found: values.get(found[1], found[0]), note)
