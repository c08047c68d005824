"""The doctor asks whether customers' answers come in: it sends one of its own."""

import asyncio
import secrets
from contextlib import suppress
from imaplib import IMAP4
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from imap_tools.errors import ImapToolsError

from ticket24.cli.doctor.findings import Finding
from ticket24.domain.arrivals.fates import MailFate
from ticket24.domain.arrivals.tokens import PROBE, ReplyAddresses
from ticket24.inbox.mailboxes import sign_in, why
from ticket24.mail.server.handing import hand_over
from ticket24.settings import Settings
from ticket24.store.stores import Stores
from ticket24.ways_in import ImapAddress, LmtpPlace

# What hangs is told within five seconds in all.
_PATIENCE_SECONDS = 3.0
_PAUSE_SECONDS = 0.05

_PROBE = (
    "From: doctor <doctor@localhost>\r\nTo: <{to}>\r\nSubject: probe\r\n"
    "Message-ID: <{id}>\r\n\r\n{id}\r\n"
)


async def findings(settings: Settings, stores: Stores) -> list[Finding]:
    """Tell whether answers come in, and what became of those that did."""
    replies = ReplyAddresses(settings.reply_address, stores.seal.digests)
    came = await stores.arrivals.came()
    found = []
    if replies and not (settings.lmtp or settings.imap_url):
        found.append(
            Finding(
                "mail in",
                "TICKET24_REPLY_ADDRESS tells customers to answer mails, and no way in"
                " is set: set TICKET24_LMTP or TICKET24_IMAP_URL, and start `ticket24"
                " inbox`",
            )
        )
    if settings.lmtp and replies:
        found.append(Finding("lmtp", await _refused(settings, replies, stores)))
    if settings.imap_url:
        found.append(Finding("imap", await _unopened(settings)))
    if replies or came.all:
        told = ", ".join(f"{came.fates[fate]} {fate}" for fate in MailFate)
        lost = came.all - came.settled - came.waiting
        fault = (
            f"{lost} more came than became something: please report it" if lost else ""
        )
        waits = f", {came.waiting} waiting" if came.waiting else ""
        found.append(Finding(f"mails received ({came.all}: {told}{waits})", fault))
    return found


async def _refused(settings: Settings, replies: ReplyAddresses, stores: Stores) -> str:
    """Hand a mail over as a mail server does; say why it does not come through."""
    id_ = f"{secrets.token_hex(16)}@doctor.ticket24"
    to = replies.of(*PROBE)
    raw = _PROBE.format(to=to, id=id_).encode()
    place = LmtpPlace.parse(settings.lmtp)
    try:
        await asyncio.to_thread(
            hand_over, place, "doctor@localhost", to, raw, _PATIENCE_SECONDS
        )
    except SMTPRecipientsRefused as error:
        code, words = error.recipients[to]
        return f"{settings.lmtp} refuses a mail of ours: {code} {_said(words)}"
    except SMTPResponseException as error:
        said = f"{error.smtp_code} {_said(error.smtp_error)}"
        return f"{settings.lmtp} refuses a mail of ours: {said}"
    except PermissionError:
        return (
            f"{settings.lmtp} may not be used by us: run this as the user of ticket24"
        )
    except OSError as error:
        why = error.strerror or str(error)
        start = "start `ticket24 inbox` (systemctl start ticket24-inbox)"
        return f"nobody takes mail in at {settings.lmtp} ({why}): {start}"
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                if await stores.arrivals.probed() == id_:
                    return ""
                await asyncio.sleep(_PAUSE_SECONDS)
    return (
        f"{settings.lmtp} takes a mail, and nothing becomes of it within"
        f" {_PATIENCE_SECONDS} s: see the log of `ticket24 inbox`"
    )


async def _unopened(settings: Settings) -> str:
    """Sign in to the mailbox; say why that is not possible."""
    address = ImapAddress.parse(settings.imap_url.get_secret_value())
    try:
        stays = await asyncio.to_thread(sign_in, address, _PATIENCE_SECONDS)
    except (OSError, ImapToolsError, IMAP4.error) as error:
        return (
            f"the mailbox of {address.user} at {address.host} cannot be opened"
            f" ({why(error)}): check TICKET24_IMAP_URL"
        )
    if stays:
        return (
            f"mails are fetched, and stay in {address.folder}: the folder"
            f" {address.done} cannot be made ({stays}): make it yourself, or name"
            " another with ?done=FOLDER"
        )
    return ""


def _said(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
