"""How the form's fields about new tickets are read, tag by tag."""

from collections.abc import Iterator
from typing import Any, get_args

from ticket24.domain.lines import pasted
from ticket24.domain.settings.fields import (
    Reader,
    SettingFault,
    WrongSetting,
    tags_offered,
)
from ticket24.domain.settings.model import AccountSettings, Automation, CountedDays
from ticket24.domain.words import folded

MOST_DAYS = 365

# Of each table, the section whose tags it has.
_SECTIONS = {
    "responsible": "message_type",
    "deadline": "priority",
    "flag": "priority",
}
_COUNT = "count"


def automation(reader: Reader, name: str) -> Automation:
    """Read the fields of tags that are offered; those of others are dropped."""
    responsible = {
        tag: number
        for tag, at in _fields(reader, name, "responsible")
        if (number := reader.number(at, reader.form.part(at), WrongSetting.PERSON))
    }
    deadline: dict[str, Any] = {
        tag: days
        for tag, at in _fields(reader, name, "deadline")
        if (days := _days(reader, at))
    }
    flag = tuple(tag for tag, _ in _fields(reader, name, "flag"))
    at = f"{name}.deadline.{_COUNT}"
    usual, *others = get_args(CountedDays)
    count = reader.form.part(at) or usual
    if count in others:
        deadline[_COUNT] = count
    elif count != usual:
        reader.wrong(at, WrongSetting.COUNT)
    starts = bool(reader.form.part(f"{name}.answer_starts"))
    return Automation(responsible, deadline, flag, starts)


def strangers(settings: AccountSettings) -> Iterator[SettingFault]:
    """Yield a fault for each tag that is not offered: nothing would ever be done."""
    for table, section in _SECTIONS.items():
        offered = {*map(folded, getattr(settings.tags, section))}
        for tag in getattr(settings.automation, table):
            if folded(tag) not in offered and (table, tag) != ("deadline", _COUNT):
                yield SettingFault(
                    f"automation.{table}.{tag}", WrongSetting.NO_TAG, tag
                )


def _fields(reader: Reader, name: str, table: str) -> Iterator[tuple[str, str]]:
    """Yield the tags that are offered and have a field, with its name."""
    begin = f"{name}.{table}."
    named = {
        folded(field.removeprefix(begin)): field
        for field in reader.form.parts
        if field.startswith(begin)
    }
    for tag in tags_offered(reader.form, _SECTIONS[table]):
        if field := named.get(folded(tag)):
            yield tag, field


def _days(reader: Reader, name: str) -> int:
    """Read a number of days; 0 if it is none."""
    text = pasted(reader.form.part(name))
    known = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_DAYS))
    days = int(text) if known else 0
    if not 1 <= days <= MOST_DAYS:
        reader.wrong(name, WrongSetting.DAYS, str(MOST_DAYS))
        return 0
    return days
