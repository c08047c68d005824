"""Working hours as Bitrix24's own calendar has them, put into the form."""

from dataclasses import replace
from datetime import UTC, datetime

import structlog

from ticket24.bitrix.people.company_hours import company_hours
from ticket24.bitrix.rest.errors import BitrixError, Temporary
from ticket24.domain.settings.parts import with_hours
from ticket24.domain.settings.times.zones import zone
from ticket24.flows.reach.clients import NotConnected
from ticket24.i18n import noop
from ticket24.staff.parts import Colleague
from ticket24.staff.settings.state import SettingsState

log = structlog.get_logger()

COPIED = noop("Copied from Bitrix24. Check the hours, then save.")
AWAY = noop("Bitrix24 isn’t responding right now. Please try again in a minute.")
REFUSED = noop(
    "Bitrix24 doesn’t let Ticket24 read its calendar. Allow “Calendar” in the"
    " permissions of the app or webhook, or enter the hours here."
)


async def copied(colleague: Colleague, state: SettingsState) -> SettingsState:
    """Replace the hours of the form by Bitrix24's; say what came of it."""
    state = replace(state, unsaved=True, tab="hours")
    account = colleague.account
    try:
        hours = await company_hours(await colleague.bitrix())
    except (Temporary, NotConnected) as error:
        log.warning("hours_not_copied", account=account.slug, error=str(error))
        return replace(state, hours_said=AWAY)
    except BitrixError as error:
        log.warning("hours_not_copied", account=account.slug, error=str(error))
        return replace(state, hours_said=REFUSED)
    if hours is None:
        return replace(state, hours_said=REFUSED)
    here = zone(state.form.line("time_zone") or account.home_zone)
    today = datetime.now(UTC).astimezone(here).date()
    form = replace(
        state.form, parts=with_hours(state.form.parts, hours.from_day(today))
    )
    return replace(state, form=form, hours_said=COPIED)
