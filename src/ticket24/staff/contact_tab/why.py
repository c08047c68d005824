"""Why a ticket is as it is: what rules and automation did, and which did not act."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from ticket24 import i18n
from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.recipes_told import AUTOMATION
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.tickets.reasons import reason_for, said
from ticket24.i18n import noop
from ticket24.staff.parts import account_of, language_of, staff_of
from ticket24.staff.settings.house_rules import words as rule_words
from ticket24.staff.settings.house_rules.words import Names
from ticket24.store.letters.parked import Sort
from ticket24.store.stores import Stores
from ticket24.store.tickets.rule_notes import RuleNote

# Of how many tickets it is told at once.
_MOST = 100

_UNNAMED = noop("Unnamed rule")
_AUTOMATION = noop("Automation")
_SAME = noop("nothing was left to change")
_UNFIT = noop("didn’t apply: %(condition)s")
_FASTER = noop("Someone else, or a robot, was faster: %(fields)s")
_PARKED = noop("Set aside: %(reason)s")
_KINDS = ("rules-", "rules-card-", "rules-move-")


@dataclass(frozen=True, slots=True)
class WhatRulesDid:
    """What happened at a time: `what`, and a line for each rule, with its name."""

    at: datetime
    what: str
    lines: tuple[tuple[str, str], ...] = ()
    acted: bool = False


async def why(
    request: web.Request, task_ids: Iterable[int]
) -> dict[int, Sequence[WhatRulesDid]]:
    """Return what rules did in these tickets, the latest first."""
    account, language = account_of(request), language_of(request)
    if not _anything(account.settings):
        return {}
    stores = staff_of(request).stores
    refs = [TicketRef(account.id, one) for one in task_ids][:_MOST]
    notes = await stores.rule_notes.all(refs)
    told = (one for some in notes.values() for note in some for one in note.judgements)
    names = await _names(request, (one.deed for one in told))
    return {
        task_id: [
            await _told(one, task_id, account, stores, names, language) for one in some
        ]
        for task_id, some in notes.items()
    }


def _anything(settings: AccountSettings) -> bool:
    """Whether a company lets anything be done by itself."""
    usual = AccountSettings()
    kept = (settings.rules, settings.automation, settings.ends)
    return kept != (usual.rules, usual.automation, usual.ends)


async def _names(request: web.Request, deeds: Iterable[RuleDeed]) -> Names:
    called = await staff_of(request).names.of(account_of(request), deeds)
    return Names(
        people={str(id_): name for id_, name in called.people.items()},
        stages={str(id_): name for id_, name in called.stages.items()},
    )


async def _told(
    note: RuleNote,
    task_id: int,
    account: Account,
    stores: Stores,
    names: Names,
    language: Language,
) -> WhatRulesDid:
    say = i18n.translations(language).gettext
    if note.faster:
        fields = ", ".join(say(rule_words.FIELDS[one]) for one in note.faster)
        return WhatRulesDid(note.at, say(_FASTER) % {"fields": fields})
    lines = []
    for one in note.judgements:
        deeds = rule_words.deeds(one.deed, names, account.zone, language)
        if one.lacks:
            condition = say(rule_words.FIELDS[one.lacks])
            words = say(_UNFIT) % {"condition": condition}
        else:
            words = ", ".join(deeds) or say(_SAME)
        nameless = _AUTOMATION if one.rule == AUTOMATION else _UNNAMED
        lines.append((one.name or say(nameless), words))
    acted = any(one.deed.acts for one in note.judgements)
    if acted:
        lines += await _parked(note, task_id, account, stores, language)
    when = say(rule_words.WHEN[note.when or "opened"])
    return WhatRulesDid(note.at, when, tuple(lines), acted)


async def _parked(
    note: RuleNote, task_id: int, account: Account, stores: Stores, language: Language
) -> list[tuple[str, str]]:
    """Say what of it Bitrix24 refuses, as long as it is set aside."""
    say = i18n.translations(language).gettext
    found = []
    cause = f"{task_id}-{note.occasion}"
    ids = [f"{kind}{cause}" for kind in _KINDS]
    ids.append(note.occasion.removeprefix(f"{AUTOMATION}-"))
    for deed in (judged.deed for judged in note.judgements):
        ids += [f"rules-note-{cause}-{deed.rule}-{user}" for user in deed.note]
        ids += [f"rules-mail-{cause}-{deed.rule}-{user}" for user in deed.mail]
        ids += [f"rules-remark-{cause}-{deed.rule}"] if deed.remarks else []
    for name in ids:
        id_ = f"{Sort.COMMAND}-{name}"
        if one := await stores.parked.get(account.id, id_):
            reason = said(reason_for(one), language)
            found.append(("", say(_PARKED) % {"reason": reason}))
    return found
