"""The settings page inside Bitrix24: shown, changed row by row, saved as a whole."""

from dataclasses import asdict, replace
from http import HTTPStatus

import structlog
from aiohttp import web

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts import persons
from ticket24.domain.accounts.model import Account, Person
from ticket24.domain.accounts.visits import SETTINGS_PAGE
from ticket24.domain.settings import state_parts
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.form import changed, form_of, merged
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading.rulebook import read_form
from ticket24.flows.accounts.connect import named
from ticket24.flows.reach.clients import NotConnected
from ticket24.flows.settings import saving
from ticket24.flows.settings.existing import NotInBitrix24
from ticket24.flows.settings.password_fields import NoField
from ticket24.flows.settings.saving import Stale, UnfitWorkgroups
from ticket24.site.walk import walk_of
from ticket24.staff.frames import opened, require_admin
from ticket24.staff.parts import ACCOUNT, Colleague, account_of, colleague_of
from ticket24.staff.settings import mails
from ticket24.staff.settings.hours import copied
from ticket24.staff.settings.house_rules.rehearsing import (
    REHEARSE,
    REHEARSE_AUTOMATION,
    rehearsed,
)
from ticket24.staff.settings.page import show
from ticket24.staff.settings.reading import read_posted
from ticket24.staff.settings.state import LogoChoice, SettingsState

log = structlog.get_logger()
routes = web.RouteTableDef()


@routes.post("/bitrix24/app", name="app")
async def open_settings(request: web.Request) -> web.Response:
    """Show the settings to an administrator who opens the application."""
    require_admin(await opened(request, SETTINGS_PAGE))
    return await show(request, _stored(account_of(request).settings))


@routes.post("/bitrix24/app/settings", name="settings")
async def save_settings(request: web.Request) -> web.Response:
    """Save everything, or change a row of the form and save nothing."""
    action, state = await read_posted(walk_of(request))
    if action == "save":
        request[ACCOUNT], state = await _save(colleague_of(request), state)
    elif action == "test":
        tested = await mails.send_test(colleague_of(request), state)
        state = replace(state, tested=tested, unsaved=True)
    elif action == "check":
        unsaved = state.form != form_of(state.before) or any(
            one.wanted != "keep" for one in state.logos.values()
        )
        unsaved = unsaved or state.person_changed
        state = replace(state, checked=True, unsaved=unsaved)
    elif action == "hours":
        state = await copied(colleague_of(request), state)
    elif action.startswith((REHEARSE, REHEARSE_AUTOMATION)):
        state = await rehearsed(colleague_of(request), state, action)
    elif action == "theirs":
        state = replace(_stored(account_of(request).settings), tab=state.tab)
    else:
        state = replace(state, form=changed(state.form, action), unsaved=True)
    return await show(request, state)


async def _save(
    colleague: Colleague, state: SettingsState
) -> tuple[Account, SettingsState]:
    """Save what was typed; return the account, and what became of it.

    Nothing is saved, and nothing that was typed is lost, if anything speaks against it.
    """
    account = colleague.account
    wrong = replace(state, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    chosen, faults = read_form(state.form, state.before)
    person, wrong = _judged(wrong, account)
    bad = any(one.bad for one in state.logos.values())
    if faults or bad or wrong.person_faults or wrong.person_meanwhile:
        return account, replace(wrong, faults=faults)
    added = chosen.group_ids - account.settings.group_ids
    try:
        account = await _keep(colleague, chosen, state)
    except Stale as error:
        if not _is_saved(chosen, error.now, state):
            return account, _conflict(state, chosen, error.now)
    except UnfitWorkgroups as error:
        return account, replace(wrong, unfit=error.lacks)
    except (NotInBitrix24, NoField) as error:
        return account, replace(wrong, faults=_missing(error, state))
    except (BitrixError, NotConnected) as error:
        log.warning("settings_not_saved", error=str(error))
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return account, replace(state, lost=True, status=status)
    if person:
        account = await _keep_person(colleague, account, person)
    shown = _stored(account.settings)
    return account, replace(shown, tab=state.tab, saved=True, importing=bool(added))


def _judged(
    state: SettingsState, account: Account
) -> tuple[Person | None, SettingsState]:
    """Return the contact person to be saved, if another was typed, and what is wrong.

    An account without one may stay so, and another's change is not overwritten unseen.
    """
    if state.person is None or not state.person_changed:
        return None, state
    person, faults = persons.read(asdict(state.person))
    now = account.person
    if not faults and now not in {state.person_seen, person}:
        return person, replace(state, person_seen=now, person_meanwhile=now)
    return person, replace(state, person_faults=faults)


async def _keep_person(
    colleague: Colleague, account: Account, person: Person
) -> Account:
    def named(now: Account) -> Account:
        return replace(now, person=person)

    stores = colleague.staff.stores
    kept = await stores.accounts.update(account.id, named)
    # The sweep copies it into Bitrix24.
    await stores.sweeps.hurry(account.id)
    return kept or account


async def _keep(
    colleague: Colleague, chosen: AccountSettings, state: SettingsState
) -> Account:
    """Save; raise what `saving.save` raises."""
    bitrix = await colleague.bitrix()
    if logo := state.logo("logo").new:
        chosen = replace(chosen, logo=f"logo-{logo.digest[:8]}.png")
    if dark := state.logo("dark_logo").new:
        chosen = replace(chosen, dark_logo=f"dark-logo-{dark.digest[:8]}.png")
    return await saving.save(
        colleague.account.id,
        chosen,
        state.before.stamp,
        state.logo("logo").wanted,
        state.logo("dark_logo").wanted,
        stores=colleague.staff.stores,
        bitrix=bitrix,
    )


def _missing(
    error: NotInBitrix24 | NoField, state: SettingsState
) -> list[SettingFault]:
    """Say what Bitrix24 does not have, by the rows of the form."""
    if isinstance(error, NoField):
        return [SettingFault("password_field", WrongSetting.PASSWORD_FIELD)]
    rows = [row for row in state.form.rows if not row.empty]
    rules = [row.key for row in state.form.rules if not row.empty]
    own = [row.key for row in state.form.own_fields if not row.empty]

    def named(name: str) -> str:
        table, _, rest = name.partition(".")
        place, _, part = rest.partition(".")
        if table == "rules":
            return f"{table}.{rules[int(place)]}.{part}"
        if table == "fields":
            return f"{table}.{own[int(place)]}.{part}"
        if table != "departments":
            return name
        row = rows[int(place)]
        return f"{table}.{row.key}.{state_parts.renumbered(part, row.parts)}"

    return [replace(fault, field=named(fault.field)) for fault in error.faults]


def _is_saved(
    chosen: AccountSettings, now: AccountSettings, state: SettingsState
) -> bool:
    """Whether exactly this is already saved: then only the answer was lost."""
    names = {one.group_id: one.name for one in now.departments}
    same = _same(state.logo("logo"), now.logo) and _same(
        state.logo("dark_logo"), now.dark_logo
    )
    mine = replace(named(chosen, names), logo=now.logo, dark_logo=now.dark_logo)
    return same and mine == now


def _same(choice: LogoChoice, now: str) -> bool:
    if choice.new:
        return choice.new.digest[:8] in now
    return not (choice.none and now)


def _stored(settings: AccountSettings) -> SettingsState:
    """Return the page with the settings as they are saved."""
    return SettingsState(form_of(settings), settings)


def _conflict(
    state: SettingsState, mine: AccountSettings, now: AccountSettings
) -> SettingsState:
    """Return what both people typed, merged, and what the other one has changed."""
    form = merged(state.form, state.before, now)
    return replace(state, form=form, theirs=now, mine=mine, status=HTTPStatus.CONFLICT)
