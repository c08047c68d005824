"""The doctor asks the mail server whether it would accept our mail.

It asks as a worker would, up to a recipient, who is our own sender. No mail is sent.
"""

import asyncio
import contextlib
import ssl
import time
from datetime import UTC, datetime
from email.utils import parseaddr

from aiosmtplib import SMTPException, SMTPResponseException

from ticket24.addresses import SmtpAddress
from ticket24.cli.doctor.findings import Finding
from ticket24.domain.arrivals.tokens import LENGTH, PLACE
from ticket24.domain.customers.mailboxes import mailbox
from ticket24.mail.server.causes import cause, speaks_tls
from ticket24.mail.server.dialogue import Dialogue
from ticket24.mail.server.smtp import options
from ticket24.mail.server.verdicts import Meant, Phase, meant
from ticket24.pace import PACE, Pace
from ticket24.settings import BadSettings, Settings
from ticket24.store.stores import Stores

# A server that can be reached is reached at once.
_REACHED_SECONDS = 3.0
_FOR_GOOD = 500


_GUESSES = {
    "connect": "; it has not greeted us yet: it is a web server, or busy",
    "AUTH": "; servers let a wrong password wait",
}


class Asking:
    """A question under way; `so_far` says what it waits for."""

    def __init__(self, settings: Settings, pace: Pace) -> None:
        self._settings = settings
        self._pace = pace
        self._dialogue: Dialogue | None = None
        self.task = asyncio.create_task(self._finding())

    def so_far(self) -> str:
        """Say what we are waiting for while there is no answer."""
        step = self._dialogue.step if self._dialogue else "connect"
        guess = _GUESSES.get(step, "")
        return (
            f"still waiting for the mail server ({step}), at most"
            f" {self._pace.smtp_seconds:.0f} s in all{guess}"
        )

    async def _finding(self) -> Finding:
        try:
            address = self._settings.require_mail()
        except BadSettings as error:
            return Finding("smtp", str(error))
        sender = mailbox(parseaddr(self._settings.mail_from)[1])
        if why := await not_reached(address, sender):
            return Finding("smtp", why)
        how = options(address, sender, self._pace.smtp_seconds)
        self._dialogue = Dialogue(address, _unheard, **how)
        try:
            why = await _why_not(self._dialogue, address, sender, self._pace)
            if not why and self._settings.own_returns:
                why = await _why_not_back(self._dialogue, self._settings, sender)
            return Finding("smtp", why)
        finally:
            self._dialogue.close()


async def smtp(settings: Settings, pace: Pace = PACE) -> Finding:
    """Tell whether the mail server would accept our mail, and if not, why."""
    return await Asking(settings, pace).task


async def relay(stores: Stores) -> Finding | None:
    """Tell whether workers were refused, whatever the server says to us now."""
    held = await stores.relay.look()
    if held is None or not held.is_news(time.time()):
        return None
    since = datetime.fromtimestamp(held.since, UTC)
    return Finding(
        "relay",
        f"the mail server {'is away' if held.away else 'refuses our mail'} since"
        f" {since:%Y-%m-%d %H:%M} UTC:"
        f" {held.words} (all mail waits, and goes by itself as soon as one is taken;"
        " `ticket24 mail --test ADDRESS` shows what is said)",
    )


async def not_reached(address: SmtpAddress, sender: str) -> str:
    """Say why nobody answers at the address; "" if somebody does."""
    try:
        async with asyncio.timeout(_REACHED_SECONDS):
            _, writer = await asyncio.open_connection(
                address.host, address.port, happy_eyeballs_delay=0.25
            )
    except OSError as error:
        return cause(address, sender, "tcp", error)
    writer.close()
    return ""


async def _why_not(
    dialogue: Dialogue, address: SmtpAddress, sender: str, pace: Pace
) -> str:
    """Ask the server, and return why it would not accept a mail; "" if it would."""
    try:
        async with asyncio.timeout(pace.smtp_seconds):
            if await _waits_for_tls(dialogue, address, pace.greeting_seconds):
                return speaks_tls(address)
            await dialogue.mail(sender)
            await dialogue.rcpt(sender)
            await dialogue.rset()
    except (SMTPException, OSError) as error:
        later = _only_later(dialogue.step, error)
        return "" if later else cause(address, sender, dialogue.step, error)
    return ""


async def _why_not_back(dialogue: Dialogue, settings: Settings, sender: str) -> str:
    """Return why the server takes no mail that comes back to us; "" if it does."""
    returns = settings.reply_address.replace(PLACE, "a" * LENGTH)
    try:
        async with asyncio.timeout(_REACHED_SECONDS):
            await dialogue.mail(returns)
            await dialogue.rcpt(sender)
            await dialogue.rset()
    except SMTPResponseException as error:
        if error.code < _FOR_GOOD:
            return ""
        return (
            f"it takes mail from {sender}, and none from {returns}, where each mail of"
            f" ours is to come back: {error.code} {error.message} (mails go all the"
            " same; to know what came back, allow addresses with an extension, or set"
            " TICKET24_RETURNS_TO=sender)"
        )
    except (SMTPException, OSError):
        return ""
    return ""


def _unheard(_: str) -> None:
    pass


async def _waits_for_tls(
    dialogue: Dialogue, address: SmtpAddress, seconds: float
) -> bool:
    """Open the dialogue; True, leaving it closed, if the server begins with TLS."""
    opening = asyncio.create_task(dialogue.connect())
    try:
        done, _ = await asyncio.wait({opening}, timeout=seconds)
        silent = not done and dialogue.step == "connect" and address.tls != "implicit"
        if silent and await begins_with_tls(address, seconds):
            return True
        await opening
    finally:
        opening.cancel()
        await asyncio.wait({opening})
    return False


async def begins_with_tls(address: SmtpAddress, seconds: float) -> bool:
    """Whether a server speaks TLS from the first byte, whatever its certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(OSError):
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(
                address.host, address.port, ssl=context
            )
        writer.close()
        return True
    return False


def _only_later(step: str, error: Exception) -> bool:
    """Whether the server only makes this recipient wait, as greylisting does."""
    if step != "RCPT" or not isinstance(error, SMTPResponseException):
        return False
    words = f"{error.code} {error.message}"
    return meant(Phase.RECIPIENT, error.code, words) is Meant.LATER
