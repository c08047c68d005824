"""How long an answer by mail takes until the customer's page shows it."""

import asyncio
import random
import smtplib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as LINES
from email.policy import default
from pathlib import Path
from time import perf_counter
from typing import cast

import aiohttp
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.actors import bitrix24
from bench.actors.load import Tally
from bench.actors.mailbox import imap_server
from bench.goals import Measured, Outcome
from bench.processes import ALL_CORES, Child, Failed
from bench.stage import Stage
from ticket24.bitrix.events.event import BitrixEvent, Tree
from ticket24.portal.cookies import SESSION
from ticket24.store.sign_in.sessions import RedisSessions

BITRIX24_SECONDS = 0.1
TICKETS, ANSWERS = 25, 5
BY_LMTP, BY_IMAP = 50, 25

_PAUSES = (0.6, 1.2)
_LIMIT_SECONDS = 30
_LOOK_SECONDS = 0.02

# Hands a mail over, and returns when that was done.
Way = Callable[[str, bytes], Awaitable[float]]


class Postbox:
    """The mail server to which we send: the last mail about each ticket."""

    def __init__(self) -> None:
        self.mails: dict[int, EmailMessage] = {}

    async def handle_DATA(  # noqa: N802  As aiosmtpd calls it.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail."""
        content = cast("bytes", envelope.content)
        mail = message_from_bytes(content, policy=default)
        ticket = str(mail["X-Ticket24-Ticket"]).rpartition("/")[2]
        self.mails[int(ticket)] = mail
        return "250 OK"


@dataclass(frozen=True, slots=True)
class Journey:
    """What answers by one way took, and the CPU of `inbox` for each."""

    tally: Tally
    cpu_seconds: float

    def p95(self) -> float:
        """Return the seconds that 95 of 100 stayed below."""
        return self.tally.percentile_ms(0.95) / 1_000

    def remark(self, way: str) -> str:
        """Say it in a line."""
        each = 1_000 * self.cpu_seconds / len(self.tally.seconds)
        return (
            f"{len(self.tally.seconds)} by {way}:"
            f" p50 {self.tally.percentile_ms(0.5):,.0f} ms,"
            f" at most {max(self.tally.seconds):.2f} s;"
            f" {each:.0f} ms of CPU of inbox each"
        )


async def measure(stage: Stage) -> Outcome:
    """Answer our own mails, one at a time, by LMTP and by IMAP."""
    box = Postbox()
    loop = asyncio.get_running_loop()
    mail_server = await loop.create_server(lambda: SMTP(box), "127.0.0.1", 0)
    port = mail_server.sockets[0].getsockname()[1]
    socket = stage.folder / "lmtp.sock"
    await stage.control.post("faults", {"slow_seconds": BITRIX24_SECONDS})
    async with imap_server() as mailbox:
        ours = replace(
            stage,
            environment=stage.environment
            | {
                "TICKET24_SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=never",
                "TICKET24_REPLY_ADDRESS": "support+{token}@example.com",
                "TICKET24_LMTP": f"unix:{socket}",
                "TICKET24_IMAP_URL": mailbox.url,
            },
        )

        async def by_lmtp(to: str, raw: bytes) -> float:
            await asyncio.to_thread(_hand_over, socket, to, raw)
            return perf_counter()

        async def by_imap(to: str, raw: bytes) -> float:
            mailbox.put(f"Delivered-To: {to}\r\n".encode() + raw)
            return perf_counter()

        with ours.web(), ours.worker(), ours.taking(ALL_CORES) as inbox:
            await _answered(ours, box)
            lmtp = await _journey(ours, box, inbox, by_lmtp, "lmtp", BY_LMTP)
            imap = await _journey(ours, box, inbox, by_imap, "imap", BY_IMAP)
            await _nothing_doubled(ours)
    mail_server.close()
    await stage.control.post("faults", {"slow_seconds": 0})
    cpu = lmtp.cpu_seconds + imap.cpu_seconds
    return Outcome(
        (
            Measured("arrival_lmtp_p95_s", lmtp.p95()),
            Measured("arrival_imap_p95_s", imap.p95()),
            Measured("arrival_cpu_ms", 1_000 * cpu / (BY_LMTP + BY_IMAP)),
        ),
        (lmtp.remark("LMTP"), imap.remark("IMAP")),
    )


def _hand_over(socket: Path, to: str, raw: bytes) -> None:
    with smtplib.LMTP(str(socket), local_hostname="localhost") as lmtp:
        lmtp.sendmail("customer@example.com", [to], raw)


async def _answered(stage: Stage, box: Postbox) -> None:
    """Have staff answer each ticket several times, and wait for the last mails."""
    tickets = stage.ticket_ids[:TICKETS]
    for number in range(ANSWERS):
        acts = [
            {
                "do": "comment",
                "user": bitrix24.STAFF[bitrix24.card_of(place)],
                "task": task_id,
                "text": f"We have found cause {number} of it. " * 8,
            }
            for place, task_id in enumerate(tickets)
        ]
        await stage.control.post("bulk", {"acts": acts})
        for task_id in tickets:
            ids: Tree = {"ID": str(task_id)}
            data: Tree = {"FIELDS_BEFORE": ids, "FIELDS_AFTER": ids}
            await stage.journal.append(
                BitrixEvent("ONTASKUPDATE", stage.account, data, int(time.time()))
            )
        until = perf_counter() + _LIMIT_SECONDS
        while not all(f"cause {number}" in _text(box, one) for one in tickets):
            if perf_counter() > until:
                raise Failed("the mails to answer did not come")
            await asyncio.sleep(_LOOK_SECONDS)


def _text(box: Postbox, ticket: int) -> str:
    mail = box.mails.get(ticket)
    part = mail.get_body(("plain",)) if mail else None
    return str(part.get_content()) if part else ""


async def _journey(
    stage: Stage, box: Postbox, inbox: Child, way: Way, name: str, count: int
) -> Journey:
    """Answer so many mails; the clock runs until the page shows the words."""
    rolls, tally = random.Random(24), Tally()
    world = await stage.control.get("world")
    cpu = inbox.cpu_seconds()
    async with aiohttp.ClientSession() as session:
        for number in range(count):
            await asyncio.sleep(rolls.uniform(*_PAUSES))
            ticket = stage.ticket_ids[number % TICKETS]
            mail = box.mails[ticket]
            words = f"This is reply {number} by {name}, and it works again."
            crm = world["tasks"][str(ticket)]["crm"][0]
            cookie = await RedisSessions(stage.redis).start(
                *(stage.account, (int(crm.removeprefix("C_")),)),
                *(_address(mail, "To"), "Carla Customer"),
            )
            page = f"http://127.0.0.1:{stage.web_port}/p/bench/tickets/{ticket}"
            began = await way(_address(mail, "Reply-To"), _reply(mail, words))
            headers = {"Cookie": f"{SESSION}={cookie}"}
            while words not in await _read(session, page, headers):
                if perf_counter() - began > _LIMIT_SECONDS:
                    raise Failed(f"reply {number} by {name} did not come")
                await asyncio.sleep(_LOOK_SECONDS)
            tally.seconds.append(perf_counter() - began)
    return Journey(tally, inbox.cpu_seconds() - cpu)


async def _read(
    session: aiohttp.ClientSession, page: str, headers: dict[str, str]
) -> str:
    async with session.get(page, headers=headers) as answer:
        answer.raise_for_status()
        return await answer.text()


async def _nothing_doubled(stage: Stage) -> None:
    """Wait until every reply stands in the task, once."""
    wanted = {
        f"reply {number} by {name}, "
        for name, count in (("lmtp", BY_LMTP), ("imap", BY_IMAP))
        for number in range(count)
    }
    await stage.settled(_LIMIT_SECONDS)
    for _ in range(100):
        world = await stage.control.get("world")
        said = [*world["comments"].values(), *world["messages"].values()]
        texts = [one["text"] for one in said if " works again." in one["text"]]
        if len(texts) >= len(wanted):
            break
        await asyncio.sleep(0.1)
    if len(texts) != len(wanted) or not all(
        any(one in text for text in texts) for one in wanted
    ):
        raise Failed(f"of {len(wanted)} replies {len(texts)} stand in the tasks")


def _address(mail: EmailMessage, head: str) -> str:
    return str(mail[head].addresses[0].addr_spec)


def _reply(mail: EmailMessage, words: str) -> bytes:
    """Return a reply as mail programs write it: with all of the mail below it."""
    reply = EmailMessage(policy=LINES)
    reply["From"], reply["To"] = str(mail["To"]), str(mail["Reply-To"])
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Message-ID"] = f"<{words.replace(' ', '.')}@example.com>"
    reply["In-Reply-To"] = mail["Message-ID"]
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    quoted = str(plain.get_content() if plain else "").splitlines()
    by = f"On Mon, Nov 30, 2026 at 12:20 PM {mail['From']} wrote:"
    lines = "".join(f"> {one}\n" for one in quoted)
    reply.set_content(f"{words}\n\n{by}\n{lines}")
    shown = html.get_content() if html else ""
    reply.add_alternative(
        f"<p>{words}</p><div>{by}</div><blockquote>{shown}</blockquote>", "html"
    )
    return reply.as_bytes()
