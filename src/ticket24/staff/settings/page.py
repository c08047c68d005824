"""The settings page as its template needs it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import web

from ticket24 import i18n
from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.form import LOGOS, SECTIONS, SettingsForm, differing
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.parts import COUNT, HOLIDAYS, TABLES, field_of
from ticket24.domain.settings.reading.fields import tags_offered
from ticket24.domain.settings.rows import DepartmentRow
from ticket24.domain.settings.task_fields import TaskField, lacking, pair
from ticket24.flows.commands.retrying import openings
from ticket24.flows.settings.directory import Choice
from ticket24.flows.settings.fault_words import faults_in_words, rights_in_words
from ticket24.flows.tickets.reasons import reason_for, said
from ticket24.i18n import noop
from ticket24.staff import contact_person
from ticket24.staff.parts import Colleague, colleague_of
from ticket24.staff.rendering import page
from ticket24.staff.set_aside import held, untold
from ticket24.staff.settings import (
    embedding,
    holidays,
    mails,
    page_words,
    states,
)
from ticket24.staff.settings.choices import accent_of, choices, password_options
from ticket24.staff.settings.house_rules.rows import rules_shown
from ticket24.staff.settings.lists import PAGE, Lists, gather, note, number
from ticket24.staff.settings.own_fields import own_fields_shown
from ticket24.staff.settings.promises import promises
from ticket24.staff.settings.reading import PERSON, SETTINGS, keep
from ticket24.staff.settings.ready import ready
from ticket24.staff.settings.state import SettingsState
from ticket24.store.accounts.logos import Logo, RedisLogos
from ticket24.store.letters.parked import RedisParked
from ticket24.store.stores import Stores

# What customers read of a department besides its name.
_TOLD = ("about", "opening_hours")

# The most new tickets, of those that wait, that the page names.
_MOST_WAITING = 10

_SAVED = noop("Customers will see the changes within seconds.")
_IMPORTING = noop(
    "Customers will see the changes within seconds. Tickets from new"
    " workgroups appear within minutes, and nobody gets an email about them."
)
_AWAY = noop(
    "Bitrix24 isn’t responding right now, so we can show workgroups and people"
    " only by their numbers. You can change everything else."
)
_NOT_SAVED = noop(
    "We couldn’t save because Bitrix24 isn’t responding right now. Nothing you"
    " typed is lost: please save again in a minute."
)


async def show(request: web.Request, state: SettingsState) -> web.Response:
    """Render the page, with all that can be chosen on it."""
    colleague = colleague_of(request)
    lists = await gather(colleague, state.form, state.find)
    context = {"page": await _context(colleague, state, lists)}
    return await page(request, "settings.html", context, status=state.status)


async def _context(
    colleague: Colleague, state: SettingsState, lists: Lists
) -> dict[str, Any]:
    language, account = colleague.language, colleague.account
    staff = colleague.staff
    stores = staff.stores
    say = i18n.translations(language).gettext
    form, now = state.form, state.theirs or state.before
    faults = list(dict.fromkeys(_faults(state, lists, language)))
    wrong_fields = [name for name, _ in faults]
    wrong = {*map(page_words.panel_of, wrong_fields)}
    groups, people = (
        [_choice(one, language) for one in some]
        for some in (lists.groups, lists.people)
    )
    row = partial(
        _row,
        form=form,
        lists=lists,
        groups=groups,
        faulty=wrong_fields,
        language=language,
    )
    options = list(password_options(form, lists.fields, language))
    return {
        "form": form,
        "named": partial(page_words.named, language=language),
        "ready": await ready(colleague),
        "checked": state.checked,
        "mail_address": embedding.mail_address(staff.settings, account.slug),
        "snippets": partial(
            embedding.snippets,
            f"{staff.settings.public_url}/p/{account.slug}/contact",
            language=now.language,
        ),
        "untold": await untold.count(colleague),
        "held": await held.count(colleague),
        "wrong": lambda name: [said for at, said in faults if at == name],
        "errors": [(id_of(name), said) for name, said in faults],
        "tabs": [
            (anchor, panel, say(said), panel in wrong)
            for anchor, panel, said in page_words.PANELS
        ],
        "seen": SETTINGS.dump_json(now).decode(),
        "person": state.person or account.person,
        "person_seen": PERSON.dump_json(
            state.person_seen if state.person else account.person
        ).decode(),
        "tab": _tab(state.tab, wrong),
        "rows": [row(one) for one in form.rows],
        "blank": row(DepartmentRow("NEW")),
        "demanded": _demanded(form, lists),
        "promises": promises(
            form, {str(one.id): one.name for one in groups}, lists.level_fields
        ),
        "own_fields": own_fields_shown(
            form, {str(one.id): one.name for one in groups}, wrong_fields, language
        ),
        "rules": rules_shown(colleague, state, lists, groups, wrong_fields),
        "offered": {name: tags_offered(form, name) for name in SECTIONS},
        "statuses": states.statuses(language),
        "regions": await holidays.choices(form.part(HOLIDAYS), language),
        "coming": holidays.coming(account, form.part(HOLIDAYS), language),
        "id_of": id_of,
        "hours_said": say(state.hours_said) if state.hours_said else "",
        "field_of": field_of,
        "observers": lists.observers,
        "waiting": await _waiting(account.id, stores.parked, language),
        "groups": groups,
        "people": people,
        "unlisted": lists.away,
        "more_than_shown": max(len(groups), len(people)) >= PAGE or bool(state.find),
        "find": state.find,
        "ourselves": _ourselves(lists, language),
        "password_fields": options,
        "other_chosen": any(one["other"] and one["chosen"] for one in options),
        "mail_kinds": mails.kinds(language),
        "mail_kind": state.mail_kind,
        "mail_language": state.mail_language or form.line("language"),
        "test_to": state.test_to,
        "tested": mails.in_words(state.tested, language) if state.tested else None,
        "home_zone": account.home_zone or "UTC",
        "logos": await _logos(state, account, stores),
        **accent_of(form, language),
        **choices(form, language),
        **_outcome(state, lists, language),
        "unsaved": state.unsaved or bool(faults or state.theirs or state.lost),
    }


def _outcome(state: SettingsState, lists: Lists, language: Language) -> dict[str, Any]:
    """Return what became of the last attempt to save, and who was faster."""
    say = i18n.translations(language).gettext
    return {
        "conflict": _conflict(state, language),
        "saved": say(_IMPORTING if state.importing else _SAVED) if state.saved else "",
        "away": say(_NOT_SAVED if state.lost else _AWAY)
        if state.lost or lists.away
        else "",
    }


def _faults(
    state: SettingsState, lists: Lists, language: Language
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong: pairs of a field's name and words."""
    for name in LOGOS:
        if bad := state.logo(name).bad:
            yield name, page_words.bad_logo(bad, language)
    yield from faults_in_words(state.faults, language)
    wrong = contact_person.in_words(state.person_faults, language)
    yield from ((f"person.{name}", words) for name, words in wrong.items())
    if state.person_meanwhile:
        name = state.person_meanwhile.name
        yield "person.name", contact_person.meanwhile(name, language)
    for row in state.form.rows:
        for group_id, lacks in state.unfit.items():
            if row.group_id.strip() == str(group_id):
                said = rights_in_words(lacks, lists.ourselves, language)
                yield f"departments.{row.key}.group_id", said


def id_of(name: str) -> str:
    """Return the id of a field's element; empty for the whole form."""
    _, _, rest = name.partition(".")
    table, _, tag = rest.partition(".")
    if table in TABLES and tag and name != COUNT:  # Any words of the company.
        name = field_of(table, tag)
    return name.replace(".", "-")


def _choice(choice: Choice, language: Language) -> Choice:
    return replace(choice, note=note(choice, language))


def _row(
    row: DepartmentRow,
    *,
    form: SettingsForm,
    lists: Lists,
    groups: Sequence[Choice],
    faulty: Collection[str],
    language: Language,
) -> dict[str, Any]:
    say = i18n.translations(language).gettext
    names = {str(one.id): one.name for one in groups}
    told = (f"{part}.{form.line('language')}" for part in _TOLD)
    placed = {number(row.part(f"stages.{part}")) for part in page_words.STAGES} - {0}
    chosen = row.group_id.strip()
    lacks = lists.lacks.get(number(chosen))
    empty = _demanded(form, lists)
    said = {"state": "", "words": ""}
    if lacks is not None:
        said = {
            "state": "bad" if lacks or empty else "good",
            "words": rights_in_words(lacks, lists.ourselves, language, empty),
        }
    return {
        "key": row.key,
        "group_id": chosen,
        "name": row.name,
        "responsible_id": row.responsible_id.strip(),
        "creator_id": row.creator_id.strip(),
        "part": row.part,
        "told": next(filter(None, map(row.part, told)), ""),
        "stages": [
            (part, say(words), row.part(f"stages.{part}"))
            for part, words in page_words.STAGES.items()
        ],
        "board": (board := lists.boards.get(number(chosen), ())),
        "misplaced": any(
            name.startswith(f"departments.{row.key}.stages.") for name in faulty
        )
        or (board and not placed <= {one.id for one in board}),
        "mistold": any(
            name.startswith(f"departments.{row.key}.{part}.")
            for name in faulty
            for part in _TOLD
        ),
        **states.shown(row, faulty),
        "timed": any(name.startswith("working_hours.") for name in row.parts),
        "mistimed": any(
            name.startswith(f"departments.{row.key}.working_hours.") for name in faulty
        ),
        "title": row.name.strip() or names.get(chosen, ""),
        "rights": said,
    }


def _demanded(form: SettingsForm, lists: Lists) -> Sequence[TaskField]:
    """Return the mandatory fields of tasks that have no value in the form."""
    return lacking(lists.demanded, dict(map(pair, form.words.get("task_fields", ()))))


async def _waiting(
    account_id: str, parked: RedisParked, language: Language
) -> list[tuple[str, str]]:
    """Return the new tickets that Bitrix24 refused: what each is about, and why."""
    found = openings(account_id, parked)
    return [(one.about, said(reason_for(one), language)) async for one, _ in found][
        :_MOST_WAITING
    ]


def _tab(before: str, wrong: Collection[str]) -> str:
    """Return the panel to open: the first one with a fault, else the previous one."""
    panels = [panel for _, panel, _ in page_words.PANELS]
    at_fault = (panel for panel in panels if panel in wrong)
    return next(at_fault, before if before in panels else panels[0])


def _ourselves(lists: Lists, language: Language) -> str:
    say = i18n.translations(language).gettext
    if not lists.ourselves:
        return say("The user as whom the portal works")
    return say(noop("%(name)s (the portal’s user)")) % {"name": lists.ourselves}


async def _logos(
    state: SettingsState, account: Account, stores: Stores
) -> dict[str, dict[str, Any]]:
    """Return both logos: where each is shown from, and what becomes of it."""
    return {
        name: {
            "address": await _logo_address(account, state.logo(name).new, kept, at),
            "kept": keep(state.logo(name).new),
            "none": state.logo(name).none,
        }
        for name, kept, at in (
            ("logo", stores.logos, ""),
            ("dark_logo", stores.dark_logos, "/dark"),
        )
    }


async def _logo_address(
    account: Account, chosen: Logo | None, logos: RedisLogos, at: str
) -> str:
    if chosen:
        return f"data:{chosen.type};base64,{keep(chosen)}"
    digest = await logos.digest(account.id)
    return f"/p/{account.slug}/logo/{digest}{at}" if digest else ""


def _conflict(state: SettingsState, language: Language) -> dict[str, list[str]] | None:
    """Say what others changed, and which of these settings were changed here too."""
    if state.theirs is None or state.mine is None:
        return None
    changed = differing(state.before, state.theirs)
    mine = set(differing(state.before, state.mine))
    return {
        "theirs": page_words.names_of(changed, language),
        "both": page_words.names_of(
            [name for name in changed if name in mine], language
        ),
    }
