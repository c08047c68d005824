"""The settings page inside Bitrix24: shown, changed row by row, saved as a whole."""

from dataclasses import replace

import structlog
from aiohttp import web

from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts.visits import SETTINGS_PAGE
from ticket24.domain.settings.fields import SettingFault, WrongSetting
from ticket24.domain.settings.form import changed, form_of, merged
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.rules import read_form
from ticket24.flows.accounts.connect import named
from ticket24.flows.reach.clients import NotConnected
from ticket24.flows.settings import saving
from ticket24.flows.settings.password_fields import NoField
from ticket24.flows.settings.saving import Stale, UnfitWorkgroups
from ticket24.flows.settings.words import faults_in_words, rights_in_words
from ticket24.site.walk import walk_of
from ticket24.staff.frames import opened, require_admin
from ticket24.staff.parts import ACCOUNT, account_of, language_of, staff_of
from ticket24.staff.settings import words
from ticket24.staff.settings.lists import gather
from ticket24.staff.settings.page import State, show
from ticket24.staff.settings.reading import SentSettings, read_posted

log = structlog.get_logger()
routes = web.RouteTableDef()


@routes.post("/bitrix24/app", name="app")
async def open_settings(request: web.Request) -> web.Response:
    """Show the settings to an administrator who opens the application."""
    await opened(request, SETTINGS_PAGE)
    require_admin(request)
    return await _stored(request)


@routes.post("/bitrix24/app/settings", name="settings")
async def save_settings(request: web.Request) -> web.Response:
    """Save everything, or change a row of the form and save nothing."""
    posted = await read_posted(walk_of(request))
    if posted.action == "save":
        return await _save(request, posted)
    if posted.action == "theirs":
        return await _stored(request, tab=posted.tab)
    state = _state(request, posted)
    form = changed(posted.form, posted.action)
    lists = await gather(request, form, posted.find)
    return await show(
        request,
        replace(state, form=form, lists=lists, unsaved=True, find=posted.find),
    )


async def _save(request: web.Request, posted: SentSettings) -> web.Response:
    state = _state(request, posted)
    chosen, faults = read_form(posted.form, posted.seen)
    if faults or state.faults:
        return await _again(request, state, faults)
    try:
        added = chosen.group_ids - account_of(request).settings.group_ids
        await _keep(request, posted, chosen)
    except Stale as error:
        if not _is_saved(posted, chosen, error.now):
            return await _conflict(request, state, chosen, error.now)
    except UnfitWorkgroups as error:
        return await _unfit(request, state, error)
    except NoField:
        return await _again(
            request,
            state,
            [SettingFault("password_field", WrongSetting.PASSWORD_FIELD)],
        )
    except (BitrixError, NotConnected) as error:
        log.warning("settings_not_saved", error=str(error))
        lists = await gather(request, posted.form)
        return await show(request, replace(state, lists=lists, lost=True), status=503)
    return await _stored(request, tab=posted.tab, saved=True, importing=bool(added))


async def _keep(
    request: web.Request, posted: SentSettings, chosen: AccountSettings
) -> None:
    """Save; raise Stale, UnfitWorkgroups, NoField, NotConnected or BitrixError."""
    staff, account = staff_of(request), account_of(request)
    bitrix = (await staff.clients.reach(account)).bitrix
    if posted.logo:
        chosen = replace(chosen, logo=f"logo-{posted.logo.digest[:8]}.png")
    request[ACCOUNT] = await saving.save(
        account.id,
        chosen,
        posted.seen.stamp,
        posted.logo or (None if posted.no_logo else "keep"),
        stores=staff.stores,
        bitrix=bitrix,
    )


def _is_saved(
    posted: SentSettings, chosen: AccountSettings, now: AccountSettings
) -> bool:
    """Whether exactly this is already saved: then only the answer was lost."""
    names = {one.group_id: one.name for one in now.departments}
    logo = posted.logo.digest[:8] if posted.logo else ""
    same_logo = not now.logo if posted.no_logo else logo in now.logo
    return same_logo and replace(named(chosen, names), logo=now.logo) == now


async def _stored(
    request: web.Request,
    *,
    tab: str = "",
    saved: bool = False,
    importing: bool = False,
) -> web.Response:
    """Show the settings as they are saved."""
    settings = account_of(request).settings
    form = form_of(settings)
    state = State(
        form,
        settings,
        lists=await gather(request, form),
        tab=tab,
        saved=saved,
        importing=importing,
    )
    return await show(request, state)


async def _again(
    request: web.Request, state: State, faults: list[SettingFault], status: int = 422
) -> web.Response:
    """Show the form as it was typed, with what is wrong with it."""
    said = faults_in_words(faults, language_of(request))
    lists = await gather(request, state.form)
    return await show(
        request,
        replace(state, lists=lists, faults=[*state.faults, *said]),
        status=status,
    )


async def _conflict(
    request: web.Request, state: State, mine: AccountSettings, now: AccountSettings
) -> web.Response:
    """Show what both people typed, merged, and what the other one has changed."""
    form = merged(state.form, state.before, now)
    lists = await gather(request, form)
    return await show(
        request,
        replace(state, form=form, lists=lists, theirs=now, mine=mine),
        status=409,
    )


async def _unfit(
    request: web.Request, state: State, error: UnfitWorkgroups
) -> web.Response:
    lists = await gather(request, state.form)
    language = language_of(request)
    said = [
        (
            f"departments.{row.key}.group_id",
            rights_in_words(error.lacks[group_id], lists.ourselves, language),
        )
        for row in state.form.rows
        for group_id in error.lacks
        if row.group_id.strip() == str(group_id)
    ]
    return await show(request, replace(state, lists=lists, faults=said), status=422)


def _state(request: web.Request, posted: SentSettings) -> State:
    """Return the page with everything that was typed."""
    language = language_of(request)
    reason = posted.bad_logo
    return State(
        form=posted.form,
        before=posted.seen,
        logo=posted.logo,
        no_logo=posted.no_logo,
        tab=posted.tab,
        faults=[("logo", words.bad_logo(reason, language))] if reason else (),
    )
