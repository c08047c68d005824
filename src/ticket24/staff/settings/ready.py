"""The list "ready?" on the settings page: each step in words, and where to take it."""

from datetime import UTC, datetime
from typing import Any

from ticket24 import i18n
from ticket24.domain.accounts.readiness import Check, Step, StepFact, StepState
from ticket24.flows.accounts import getting_ready
from ticket24.i18n import noop
from ticket24.staff.parts import Colleague

_NAMES = {
    Step.DEPARTMENTS: noop("Departments are chosen"),
    Step.EVENTS: noop("Bitrix24 tells us about changes"),
    Step.MAILS: noop("Emails go out"),
    Step.TABS: noop("Contacts have a Ticket24 tab"),
    Step.ADMINISTRATORS: noop("A second administrator has been here"),
    Step.TICKET: noop("A test ticket has arrived"),
}
_WORDS = {
    StepFact.NO_DEPARTMENT: noop(
        "Choose at least one, so customers can create tickets."
    ),
    StepFact.NO_EVENT_YET: noop(
        "Nothing has come yet. Change any task in Bitrix24, then check again."
    ),
    StepFact.EVENTS_REFUSED: noop(
        "We rejected some because they don’t carry this installation’s token. Check"
        " again. If this stays, ask the person who runs this server."
    ),
    StepFact.EVENTS_UNBOUND: noop(
        "Bitrix24 doesn’t let us listen to all changes. News may arrive a few"
        " minutes late. Ask the person who runs this server."
    ),
    StepFact.SILENCE: noop(
        "Nothing has come for a week. Change any task in Bitrix24, then check again."
        " If nothing comes, ask the person who runs this server."
    ),
    StepFact.NEVER_MAILED: noop("Send yourself a test email."),
    StepFact.NO_MAIL_SERVER: noop(
        "No mail server has been set up yet. Ask the person who runs this server."
    ),
    StepFact.MAIL_HELD: noop(
        "The mail server isn’t accepting emails right now. They all wait and go out"
        " by themselves. Ask the person who runs this server."
    ),
    StepFact.MAIL_FAILS: noop(
        "Some emails keep failing. We try again by ourselves. Send yourself a test"
        " email to see what the mail server says."
    ),
    StepFact.TABS_COMING: noop("We’re adding it. Check again in a minute."),
    StepFact.TABS_REFUSED: noop(
        "Bitrix24 didn’t let us add it. Open Ticket24 in Bitrix24 as an administrator,"
        " then check again."
    ),
    StepFact.ONE: noop(
        "If the only one leaves the company, Ticket24 loses its access. Ask a second"
        " administrator to open Ticket24 in Bitrix24 once."
    ),
    StepFact.NOBODY: noop(
        "Ticket24 has no access at the moment. Close this page and open Ticket24 again"
        " in Bitrix24."
    ),
    StepFact.NO_TICKET_YET: noop(
        "Sign in to the portal as a customer, create a ticket and reply to it in"
        " Bitrix24. A contact with your own email address will do."
    ),
}
_STANDINGS = {
    StepState.DONE: noop("Done"),
    StepState.TODO: noop("To do"),
    StepState.WRONG: noop("Needs attention"),
}
_LAST = noop("Last time: %(when)s")
_TO_DEPARTMENTS = noop("Choose departments")
_TO_MAIL = noop("Send me a test email")
_TO_TASKS = noop("Open tasks")
_TO_CONTACTS = noop("Open contacts")
_TO_PORTAL = noop("Open portal")


async def ready(colleague: Colleague) -> dict[str, Any]:
    """Return the list as the template needs it."""
    staff = colleague.staff
    checks = await getting_ready.steps(colleague.account, staff.stores, staff.settings)
    return {
        "steps": [_in_words(check, colleague) for check in checks],
        "done": sum(check.standing is StepState.DONE for check in checks),
    }


def _in_words(check: Check, colleague: Colleague) -> dict[str, Any]:
    language, zone = colleague.language, colleague.account.zone
    say = i18n.translations(language).gettext
    words = _WORDS.get(check.found, "")
    at = i18n.when(datetime.fromtimestamp(check.at, UTC), language, zone)
    last = say(_LAST) % {"when": at} if check.at else ""
    link = _link(check, colleague)
    return {
        "standing": check.standing,
        "said": say(_STANDINGS[check.standing]),
        "name": say(_NAMES[check.step]),
        "words": say(words) if words else last,
        "link": (link[0], say(link[1])) if link else None,
    }


def _link(check: Check, colleague: Colleague) -> tuple[str, str] | None:
    """Return where a step is taken, and the words for it."""
    visit, account = colleague.visit, colleague.account
    match check.found:
        case StepFact.NO_DEPARTMENT:
            return "#add-department", _TO_DEPARTMENTS
        case StepFact.NEVER_MAILED | StepFact.MAIL_FAILS:
            return "#test_to", _TO_MAIL
        case StepFact.NO_EVENT_YET | StepFact.SILENCE:
            tasks = f"{visit.origin}/company/personal/user/{visit.user_id}/tasks/"
            return tasks, _TO_TASKS
        case StepFact.TABS_THERE:
            return f"{visit.origin}/crm/contact/list/", _TO_CONTACTS
        case StepFact.NO_TICKET_YET:
            public = colleague.staff.settings.public_url
            return f"{public}/p/{account.slug}/", _TO_PORTAL
    return None
