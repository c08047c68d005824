"""The doctor asks whether customers' answers come in: it sends one of its own."""

import asyncio
import secrets
from contextlib import suppress

from ticket24.cli.doctor.findings import Finding
from ticket24.domain.arrivals.fates import MailFate
from ticket24.domain.arrivals.tokens import PROBE, ReplyAddresses
from ticket24.settings import Settings
from ticket24.store.stores import Stores
from ticket24.ways_in import LmtpPlace

_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.05
_ANSWER_BYTES = 1_024

_PROBE = (
    "From: doctor <doctor@localhost>\r\nTo: <{to}>\r\nSubject: probe\r\n"
    "Message-ID: <{id}@doctor.ticket24>\r\n\r\n{id}\r\n.\r\n"
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
    if settings.lmtp:
        found.append(Finding("lmtp", await _refused(settings, replies, stores)))
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
    start = "start `ticket24 inbox` (systemctl start ticket24-inbox)"
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await _hand_over(settings, replies, stores)
    except TimeoutError:
        return (
            f"{settings.lmtp} takes a mail, and nothing becomes of it within"
            f" {_PATIENCE_SECONDS:.0f} s: see the log of `ticket24 inbox`"
        )
    except PermissionError:
        return (
            f"{settings.lmtp} may not be used by us: run this as the user of ticket24"
        )
    except OSError as error:
        why = error.strerror or str(error)
        return f"nobody takes mail in at {settings.lmtp} ({why}): {start}"


async def _hand_over(
    settings: Settings, replies: ReplyAddresses, stores: Stores
) -> str:
    place, id_ = LmtpPlace.parse(settings.lmtp), secrets.token_hex(16)
    if place.path:
        reader, writer = await asyncio.open_unix_connection(place.path)
    else:
        reader, writer = await asyncio.open_connection(place.host, place.port)
    to = replies.of(*PROBE) if replies else settings.mail_from
    try:
        for words, wanted in (
            ("", "220"),
            ("LHLO doctor\r\n", "250"),
            ("MAIL FROM:<doctor@localhost>\r\n", "250"),
            (f"RCPT TO:<{to}>\r\n", "250"),
            ("DATA\r\n", "354"),
            (_PROBE.format(to=to, id=id_), "250"),
        ):
            writer.write(words.encode())
            answer = await _answer(reader)
            if not answer.startswith(wanted):
                return f"{settings.lmtp} refuses a mail of ours: {answer}"
            if not replies and wanted == "250" and words.startswith("RCPT"):
                return ""
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    while True:
        if await stores.arrivals.probed() == f"{id_}@doctor.ticket24":
            return ""
        await asyncio.sleep(_PAUSE_SECONDS)


async def _answer(reader: asyncio.StreamReader) -> str:
    while True:
        line = (await reader.readline()).decode(errors="replace").strip()
        if not line:
            return "it hung up"
        if line[3:4] != "-":
            return line[:_ANSWER_BYTES]
