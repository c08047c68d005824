"""Mails as they would be with what stands in the form: shown, or sent as a test."""

import base64
import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr

from aiohttp import web

from ticket24 import i18n
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.customers.languages import known as known_language
from ticket24.domain.customers.mailboxes import NoMailbox, mailbox
from ticket24.domain.settings.colours import is_accent
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.reading.rulebook import read_form
from ticket24.flows.reach.clients import NotConnected
from ticket24.flows.settings import letterheads, trial_mails
from ticket24.flows.settings.logos import BadLogo
from ticket24.flows.settings.trial_mails import Tested, TrialOutcome
from ticket24.i18n import noop
from ticket24.mail import samples
from ticket24.mail.address import Sender
from ticket24.mail.paper import MailLogo, Paper
from ticket24.mail.samples import Sample
from ticket24.mail.writing import Writer
from ticket24.site.walk import walk_of
from ticket24.staff.parts import Colleague, colleague_of
from ticket24.staff.settings.reading import read_posted
from ticket24.staff.settings.state import SettingsState

routes = web.RouteTableDef()

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self' {origin}; sandbox"
)

# Where nobody has said yet from whom mails are.
_NOBODY = "mail@example.org"

_WORDS = {
    TrialOutcome.TAKEN: noop(
        "The mail server accepted the email to %(to)s. Check that inbox and its"
        " spam folder."
    ),
    TrialOutcome.REFUSED: noop(
        "The mail server rejected the email to %(to)s. It says:"
    ),
    TrialOutcome.NOT_NOW: noop(
        "The mail server isn’t accepting emails right now. Please tell the"
        " person who runs this server:"
    ),
    TrialOutcome.SILENT: noop(
        "The mail server didn’t respond in time. The email to %(to)s may still arrive."
    ),
    TrialOutcome.NO_SERVER: noop(
        "No mail server has been set up yet. Ask the person who runs this server."
    ),
    TrialOutcome.NO_ADDRESS: noop("Enter an email address for the test email"),
    TrialOutcome.ENOUGH: noop(
        "You’ve sent a lot of test emails. Please wait an hour before the next one."
    ),
}


@routes.post("/bitrix24/app/settings/preview", name="mail_preview")
async def show_mail(request: web.Request) -> web.Response:
    """Show a mail with what was typed, in a frame that can do nothing."""
    _, state = await read_posted(walk_of(request))
    colleague = colleague_of(request)
    account = _as_typed(colleague.account, state)
    logo = await _drawn_logo(colleague, state)
    mail = _write(colleague, account, state, logo, "maria.souza@example.com")
    part = mail.get_body(("html",))
    return web.Response(
        text=part.get_content() if part else "",
        content_type="text/html",
        headers={
            "Content-Security-Policy": _POLICY.format(origin=colleague.visit.origin)
        },
    )


async def send_test(colleague: Colleague, state: SettingsState) -> Tested:
    """Send the chosen mail to the typed address, else to the viewer's own."""
    to = state.test_to
    try:
        to = to or await trial_mails.own_address(
            await colleague.bitrix(), colleague.visit.user_id
        )
        mailbox(to)
    except (NoMailbox, BitrixError, NotConnected):
        return Tested(TrialOutcome.NO_ADDRESS, to)
    stores, settings = colleague.staff.stores, colleague.staff.settings
    account = _as_typed(colleague.account, state)
    if not await trial_mails.may_send(account, colleague.visit.user_id, stores):
        return Tested(TrialOutcome.ENOUGH, to)
    logo = await letterheads.logo_of(account, stores.logos, settings.public_url)
    mail = _write(colleague, account, state, logo, to)
    del mail["X-Ticket24-Kind"]
    mail["X-Ticket24-Kind"] = "trial"
    tested = await trial_mails.send(mail, to, _sender(colleague), settings)
    if tested.outcome is TrialOutcome.TAKEN:
        await stores.accounts.remember(account.id, Memory(mailed_at=time.time()))
    return tested


def in_words(tested: Tested, language: Language) -> dict[str, object]:
    """Say what became of a test mail."""
    said = i18n.translations(language).gettext(_WORDS[tested.outcome])
    return {
        "taken": tested.outcome is TrialOutcome.TAKEN,
        "words": said % {"to": tested.to},
        "said": tested.said,
    }


def kinds(language: Language) -> list[tuple[str, str]]:
    """Return the mails that can be chosen, with their names."""
    say = i18n.translations(language).gettext
    return [(sample.value, say(name)) for sample, name in samples.NAMES.items()]


def _as_typed(account: Account, state: SettingsState) -> Account:
    """Return the account as if this was saved, as far as it makes sense."""
    chosen, _ = read_form(state.form, state.before)
    if not is_accent(chosen.accent):
        chosen = replace(chosen, accent="")
    return replace(account, settings=chosen)


def _write(
    colleague: Colleague,
    account: Account,
    state: SettingsState,
    logo: MailLogo,
    to: str,
) -> EmailMessage:
    known = {sample.value: sample for sample in Sample}
    language = state.mail_language
    return samples.write(
        known.get(state.mail_kind, Sample.REPLIED),
        account,
        known_language(language) or account.settings.language,
        Writer(
            _sender(colleague),
            colleague.staff.settings.public_url,
            secrets.token_bytes(32),
            ReplyAddresses(
                colleague.staff.settings.reply_address,
                colleague.staff.stores.seal.digests,
            ),
        ),
        recipient=to,
        paper=Paper(logo, account.zone),
        at=datetime.now(UTC),
    )


def _sender(colleague: Colleague) -> Sender:
    address = colleague.staff.settings.mail_from or _NOBODY
    return Sender(address, mailbox(parseaddr(address)[1]).rpartition("@")[2])


async def _drawn_logo(colleague: Colleague, state: SettingsState) -> MailLogo:
    """Return the logo of the form inside the page: nothing is loaded by the frame."""
    logo = state.logo("logo").new
    if logo is None and not state.logo("logo").none:
        logo = await colleague.staff.stores.logos.get(colleague.account.id)
    if logo is None:
        return MailLogo()
    try:
        picture = await letterheads.plate(logo)
    except BadLogo:
        return MailLogo()
    address = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    return MailLogo(address, letterheads.shown_height(logo.content))
