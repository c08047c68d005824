"""What the form for a new ticket promises before it is sent."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import NamedTuple

from ticket24.domain.automation.promising import promise_by
from ticket24.domain.words import folded
from ticket24.portal.asker import Asker
from ticket24.portal.display.promises import if_sent
from ticket24.portal.forms.form import Form


class Offer(NamedTuple):
    """A promise in words, for a department (0: each) and a priority ("": each)."""

    department: int
    priority: str
    words: str
    shown: bool = False


async def offers(asker: Asker, form: Form, departments: Collection[int]) -> list[Offer]:
    """Return what is promised to whoever sends the form, for each choice in it.

    The first that fits a choice counts; it is `shown` for what is chosen now.
    """
    account, language = asker.account, asker.language
    if not account.settings.promises:
        return []
    levels, now = await asker.levels(), datetime.now(UTC)
    found = []
    for row in account.settings.promises:
        theirs = not row.level or folded(row.level) in levels
        if not theirs or row.department not in {0, *departments}:
            continue
        own = (one for one in departments if account.settings.has_own_hours(one))
        for group_id in (row.department,) if row.department else (*own, 0):
            if promise := promise_by(row, account, group_id, now):
                said = if_sent(promise, language, account.zone)
                found.append(Offer(group_id, row.priority, said))
    return _with_shown(found, form, departments)


def _with_shown(
    found: list[Offer], form: Form, departments: Collection[int]
) -> list[Offer]:
    """Mark the one for what is chosen; none while a department has to be chosen."""
    chosen = form.value("department")
    if len(departments) == 1:
        chosen = str(*departments)
    priority = folded(form.value("priority"))
    for place, one in enumerate(found):
        if folded(one.priority) not in {"", priority}:
            continue
        if not chosen and one.department:
            break
        if str(one.department) in {"0", chosen}:
            found[place] = one._replace(shown=True)
            break
    return found
