"""A rule, or the automation, is tried on recent tickets as typed, and not saved."""

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from ticket24.domain.automation.recipes_told import AUTOMATION
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.reading.rulebook import read_form
from ticket24.flows.tickets.rehearsing import DAYS, Rehearsal, rehearse
from ticket24.staff.parts import Colleague
from ticket24.staff.settings.house_rules import words as rule_words
from ticket24.staff.settings.house_rules.words import Names
from ticket24.staff.settings.state import SettingsState

REHEARSE = "rules.try:"
REHEARSE_AUTOMATION = "automation.try"

# What the automation goes by.
_ITS = ("automation", "departments", "ends", "tags", "time_zone", "working_hours")


async def rehearsed(
    colleague: Colleague, state: SettingsState, action: str
) -> SettingsState:
    """Return the page with what the rule of a row would have done, or its faults."""
    if action == REHEARSE_AUTOMATION:
        return await _automation(colleague, state)
    key = action.removeprefix(REHEARSE)
    state = replace(state, unsaved=True, tab="rules")
    rows = [row.key for row in state.form.rules if not row.empty]
    chosen, faults = read_form(state.form, state.before)
    wrong = [one for one in faults if one.field.startswith(f"rules.{key}.")]
    if key not in rows:
        wrong = [SettingFault(f"rules.{key}.then", WrongSetting.NO_DEED)]
    if wrong:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return replace(state, faults=wrong, status=status)
    rule = chosen.rules[rows.index(key)]
    stores = colleague.staff.stores
    found = await rehearse(colleague.account, chosen, rule.key, stores)
    return replace(state, rehearsed=(key, found))


async def _automation(colleague: Colleague, state: SettingsState) -> SettingsState:
    state = replace(state, unsaved=True, tab="automation")
    chosen, faults = read_form(state.form, state.before)
    wrong = [one for one in faults if one.field.split(".")[0] in _ITS]
    if wrong:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return replace(state, faults=wrong, status=status)
    stores = colleague.staff.stores
    found = await rehearse(colleague.account, chosen, AUTOMATION, stores)
    return replace(state, rehearsed=(AUTOMATION, found))


def shown(
    found: Rehearsal, names: Names, zone: str, tasks: str, language: Language
) -> dict[str, Any]:
    """Return what the template shows of it."""

    def lines() -> Iterator[tuple[str, int, str, str]]:
        for one in found.touched:
            deeds = [
                words
                for _, judged in one.deeds
                for words in rule_words.deeds(judged.deed, names, zone, language)
            ]
            said = ", ".join(dict.fromkeys(deeds))
            yield f"{tasks}/{one.task_id}/", one.task_id, one.subject, said

    return {
        "count": found.count,
        "days": DAYS,
        "looked": found.looked,
        "cut": found.cut,
        "lines": [*lines()],
        "more": found.count - len(found.touched),
    }
