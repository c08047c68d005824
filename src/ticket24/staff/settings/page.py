"""The settings page as its template needs it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from ticket24 import i18n
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.form import DepartmentRow, SettingsForm, differing
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.domain.settings.task_fields import TaskField, lacking, pair
from ticket24.flows.commands.retrying import openings
from ticket24.flows.settings.directory import Choice
from ticket24.flows.settings.words import rights_in_words
from ticket24.flows.tickets.reasons import reason_for, said
from ticket24.i18n import noop
from ticket24.staff import untold
from ticket24.staff.pages import page
from ticket24.staff.parts import account_of, language_of, staff_of
from ticket24.staff.settings import words
from ticket24.staff.settings.choices import accent_of, password_options
from ticket24.staff.settings.lists import PAGE, Lists, note, number
from ticket24.staff.settings.reading import SETTINGS, keep
from ticket24.store.accounts.logos import Logo

# The most new tickets, of those that wait, that the page names.
_MOST_WAITING = 10

# For each panel: its anchor, its name for scripts, its words, and how its fields begin.
_TABS = (
    ("main-settings", "main", noop("Main settings"), ()),
    (
        *("departments", "departments", noop("Departments")),
        ("departments", "task_fields"),
    ),
    ("tags", "tags", noop("Tags"), ("message_type", "priority", "sector")),
    (
        *("messages", "messages", noop("Messages")),
        ("shown_messages", "internal_marks", "public_marks", "sender_name"),
    ),
)
_SAVED = noop("Customers see it within seconds.")
_IMPORTING = noop(
    "Customers see it within seconds; tickets of new workgroups come within minutes."
    " Nobody gets an e-mail for them."
)
_AWAY = noop(
    "Bitrix24 does not answer just now, so workgroups and people can be shown by their"
    " numbers only. Everything else can be changed."
)
_NOT_SAVED = noop(
    "Bitrix24 does not answer just now, and without it this cannot be saved. Nothing"
    " that you typed is lost: please save again in a minute."
)


@dataclass(frozen=True, slots=True)
class State:
    """What the page shows: a form, and what became of it.

    `faults` are pairs of a field's name and words. `theirs` are the settings that
    somebody else has saved meanwhile. `lost` says that Bitrix24 kept us from saving.
    """

    form: SettingsForm
    before: AccountSettings
    lists: Lists = field(default_factory=Lists)
    faults: Sequence[tuple[str, str]] = ()
    logo: Logo | None = None
    no_logo: bool = False
    theirs: AccountSettings | None = None
    mine: AccountSettings | None = None
    unsaved: bool = False
    saved: bool = False
    importing: bool = False
    lost: bool = False
    tab: str = ""
    find: str = ""


async def show(
    request: web.Request, state: State, *, status: int = 200
) -> web.Response:
    """Render the page."""
    context = {"page": await _context(request, state)}
    return await page(request, "settings.html", context, status=status)


async def _context(request: web.Request, state: State) -> dict[str, Any]:
    language, account, lists = language_of(request), account_of(request), state.lists
    say = i18n.translations(language).gettext
    form, now = state.form, state.theirs or state.before
    groups, people = (
        [_choice(one, language) for one in some]
        for some in (lists.groups, lists.people)
    )
    options = list(password_options(state.form, lists.fields, language))
    return {
        "form": form,
        "untold": await untold.count(request),
        "wrong": lambda name: [said for at, said in state.faults if at == name],
        "errors": [(id_of(name), said) for name, said in _unique(state.faults)],
        "tabs": [
            (anchor, panel, say(said), _in_tab(fields, state.faults))
            for anchor, panel, said, fields in _TABS
        ],
        "seen": SETTINGS.dump_json(now).decode(),
        "tab": _tab(state),
        "rows": [_row(row, state, groups, language) for row in form.rows],
        "blank": _row(DepartmentRow("NEW"), state, groups, language),
        "demanded": _demanded(form, lists),
        "observers": lists.observers,
        "waiting": await _waiting(request, account),
        "groups": groups,
        "people": people,
        "unlisted": lists.away,
        "more_than_shown": max(len(groups), len(people)) >= PAGE or bool(state.find),
        "find": state.find,
        "ourselves": _ourselves(lists, language),
        "password_fields": options,
        "other_chosen": any(one["other"] and one["chosen"] for one in options),
        "logo": await _logo_address(request, account, state),
        "logo_kept": keep(state.logo),
        "no_logo": state.no_logo,
        **accent_of(form, language),
        "conflict": _conflict(state, language),
        "saved": say(_IMPORTING if state.importing else _SAVED) if state.saved else "",
        "away": _away(state, language),
        "unsaved": state.unsaved or bool(state.faults or state.theirs or state.lost),
    }


def id_of(name: str) -> str:
    """Return the id of a field's element; empty for the whole form."""
    return name.replace(".", "-")


def _unique(faults: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(faults))


def _choice(choice: Choice, language: Language) -> Choice:
    return replace(choice, note=note(choice, language))


def _row(
    row: DepartmentRow, state: State, groups: Sequence[Choice], language: Language
) -> dict[str, Any]:
    names = {str(one.id): one.name for one in groups}
    chosen = row.group_id.strip()
    lacks = state.lists.lacks.get(number(chosen))
    empty = _demanded(state.form, state.lists)
    said = {"state": "", "words": ""}
    if lacks is not None:
        said = {
            "state": "bad" if lacks or empty else "good",
            "words": rights_in_words(lacks, state.lists.ourselves, language, empty),
        }
    return {
        "key": row.key,
        "group_id": chosen,
        "name": row.name,
        "responsible_id": row.responsible_id.strip(),
        "creator_id": row.creator_id.strip(),
        "title": row.name.strip() or names.get(chosen, ""),
        "rights": said,
    }


def _demanded(form: SettingsForm, lists: Lists) -> Sequence[TaskField]:
    """Return the mandatory fields of tasks that have no value in the form."""
    return lacking(lists.demanded, dict(map(pair, form.words.get("task_fields", ()))))


async def _waiting(request: web.Request, account: Account) -> list[tuple[str, str]]:
    """Return the new tickets that Bitrix24 refused: what each is about, and why."""
    found = openings(account.id, staff_of(request).stores.parked)
    language = language_of(request)
    return [(one.about, said(reason_for(one), language)) async for one, _ in found][
        :_MOST_WAITING
    ]


def _in_tab(fields: Sequence[str], faults: Sequence[tuple[str, str]]) -> bool:
    others = tuple(start for *_, starts in _TABS for start in starts)
    if fields:
        return any(name.startswith(tuple(fields)) for name, _ in faults)
    return any(name and not name.startswith(others) for name, _ in faults)


def _tab(state: State) -> str:
    """Return the panel to open: the first one with a fault, else the previous one."""
    for _, panel, _, fields in _TABS:
        if _in_tab(fields, state.faults):
            return panel
    known = {panel for _, panel, *_ in _TABS}
    return state.tab if state.tab in known else "main"


def _ourselves(lists: Lists, language: Language) -> str:
    say = i18n.translations(language).gettext
    if not lists.ourselves:
        return say("The user as whom the portal works")
    return say(noop("%(name)s (works for the portal)")) % {"name": lists.ourselves}


async def _logo_address(request: web.Request, account: Account, state: State) -> str:
    if state.logo:
        return f"data:{state.logo.type};base64,{keep(state.logo)}"
    digest = await staff_of(request).stores.logos.digest(account.id)
    return f"/p/{account.slug}/logo/{digest}" if digest else ""


def _conflict(state: State, language: Language) -> dict[str, list[str]] | None:
    """Say what others changed, and which of these settings were changed here too."""
    if state.theirs is None or state.mine is None:
        return None
    changed = differing(state.before, state.theirs)
    mine = set(differing(state.before, state.mine))
    return {
        "theirs": words.names_of(changed, language),
        "both": words.names_of([name for name in changed if name in mine], language),
    }


def _away(state: State, language: Language) -> str:
    if not (state.lost or state.lists.away):
        return ""
    return i18n.translations(language).gettext(_NOT_SAVED if state.lost else _AWAY)
