"""Our portal with the tickets of `conversations`, and no Bitrix24 anywhere.

Redis is real and filled by the store's own code, as the worker does it; the one
process that runs is `ticket24 web`.
"""

import contextlib
import gzip
import re
import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bench.actors import conversations
from bench.actors.readers import Answer, readers, request
from bench.processes import ITS_CORE, Child, Failed, free_port, python
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.accounts.model import Account
from ticket24.domain.portal.pages import Seen
from ticket24.domain.portal.rows import to_row
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Status,
    Ticket,
    TicketRef,
    Voice,
)
from ticket24.embedded import EmbeddedRedis
from ticket24.portal.cookies import SESSION
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.connection import connect
from ticket24.store.sealing import Seal
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pages import RedisPages
from ticket24.store.tickets.pictures import RedisTickets

_CONTACT = 101
_FIRST_TICKET = 1_001
_SETTINGS = AccountSettings(
    company_name="Acme Support",
    departments=(Department(7, "Support", 11, 1), Department(12, "Printing", 12, 1)),
    tags=Tags(("bugs", "development"), ("high", "medium", "low"), ("USA", "Europe")),
)
_ASSET = re.compile(r'(?:href|src)="(/p/[^"]+\.(?:css|js))"')


_Texts = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Portal:
    """A running portal; each of its pages is the one request of one view."""

    child: Child
    port: int
    redis: Redis
    longest: TicketRef
    list_page: list[bytes]
    ticket_page: list[bytes]
    poll: list[bytes]
    sizes: dict[str, int]


@contextlib.asynccontextmanager
async def portal(
    folder: Path, longest: int = conversations.LONG_TICKET_MESSAGES
) -> AsyncIterator[Portal]:
    """Fill a Redis of its own, start `ticket24 web`, sign a customer in.

    The `longest` ticket is shown whole if it has 50 messages, else with its latest.
    """
    place = Path(tempfile.mkdtemp(prefix="portal-", dir=folder))
    port, secret_key = free_port(), secrets.token_hex(32)
    async with contextlib.AsyncExitStack() as stack:
        server = stack.enter_context(EmbeddedRedis(place))
        redis = await stack.enter_async_context(connect(server.url))
        texts = conversations.tickets(longest)
        account, cookie = await _fill(redis, Seal(secret_key), texts)
        child = Child(
            "portal",
            python("-m", "ticket24", "web"),
            cores=ITS_CORE,
            folder=folder,
            environment={
                "TICKET24_REDIS_URL": server.url,
                "TICKET24_DATA_DIR": str(place),
                "TICKET24_SECRET_KEY": secret_key,
                "TICKET24_PORT": str(port),
                "TICKET24_PUBLIC_URL": f"http://127.0.0.1:{port}",
            },
        )
        stack.enter_context(child)
        child.wait_for_http(f"http://127.0.0.1:{port}/health/live")
        yield _checked(child, port, redis, account, cookie, texts)


def _checked(
    child: Child, port: int, redis: Redis, account: Account, cookie: str, texts: _Texts
) -> Portal:
    """Make sure that the pages show what they should, and return their requests."""
    base, longest = f"/p/{account.slug}", TicketRef(account.id, _FIRST_TICKET)
    signed_in = {"Cookie": f"{SESSION}={cookie}"}
    listed = request(port, f"{base}/tickets", signed_in)
    # Whole, as the peer shows it: a message in the middle has all others beside it.
    said = _said(texts[0])
    whole = len(said) <= conversations.LONG_TICKET_MESSAGES + 1
    part = "?at=chat-25" if whole else ""
    ticket = request(port, f"{base}/tickets/{_FIRST_TICKET}{part}", signed_in)
    status = f"{base}/status.json"
    with readers(port, 1) as one:

        def fetch(asked: bytes, status: bytes = b"200") -> Answer:
            answer = one.fetch(asked)
            if answer.status != status:
                raise Failed(f"the portal answers {answer.head!r} to {asked[:60]!r}")
            return answer

        sizes = {}
        list_page = _shows(fetch(listed), [str(each["subject"]) for each in texts])
        sizes["list"] = len(fetch(listed).body)
        # Every text begins with a number of its own.
        numbers = [text.partition(":")[0] for text in (said if whole else said[-8:])]
        ticket_page = _shows(fetch(ticket), numbers)
        sizes["ticket"] = len(fetch(ticket).body)
        # Opening the ticket has changed what was read: only now nothing changes.
        head = fetch(request(port, status, signed_in)).head
        tag = re.search(rb"(?i)\r\netag: *(\S+)", head)
        if not tag:
            raise Failed("status.json has no ETag")
        known = signed_in | {"If-None-Match": tag[1].decode()}
        poll = request(port, status, known)
        fetch(poll, b"304")
        sizes |= {"plain list": len(list_page), "plain ticket": len(ticket_page)}
        assets = _ASSET.findall(list_page) + _ASSET.findall(ticket_page)
        for path in dict.fromkeys(assets):
            packed = fetch(request(port, path)).body
            sizes[path.rpartition("/")[2]] = len(packed)
    return Portal(child, port, redis, longest, [listed], [ticket], [poll], sizes)


def _shows(answer: Answer, words: list[str]) -> str:
    text = gzip.decompress(answer.body).decode()
    for word in words:
        if word not in text:
            raise Failed(f"the portal does not show {word!r}")
    return text


def _said(ticket: dict[str, Any]) -> list[str]:
    return [ticket["text"], *(message["text"] for message in ticket["messages"])]


async def _fill(redis: Redis, seal: Seal, texts: _Texts) -> tuple[Account, str]:
    """Connect an account, commit its tickets; return it and a cookie."""
    accounts = RedisAccounts(redis, seal)
    now = datetime.now(UTC)
    account = await accounts.add(
        Account("", "bench", 1, now - timedelta(days=365), settings=_SETTINGS),
        # Nobody listens there.
        webhook_url="http://127.0.0.1:9/rest/1/bench/",
        tokens=("bench",),
    )
    # As if Bitrix24 was asked just now: nobody is told that we are behind.
    await accounts.remember(account.id, Memory(seen_at=time.time() + 3_600))
    tickets, pages = RedisTickets(redis), RedisPages(redis)
    for number, one in enumerate(texts):
        ticket = ticket_of(account.id, number, one, now)
        if not await tickets.commit(ticket, 0, ClaimedRef(ticket.ref, 0), ()):
            raise Failed(f"ticket {number} was not stored")
        # As usual, most of it was read already: every eighth ticket has news.
        if number % 8:
            row = to_row(ticket)
            seen = Seen(max(row.forum, default=0), max(row.chat, default=0))
            await pages.note_seen(account.id, [_CONTACT], ticket.ref.task_id, seen)
    sessions = RedisSessions(redis)
    who = ((_CONTACT,), "customer@example.com", "Carla Customer")
    return account, await sessions.start(account.id, *who)


def ticket_of(
    account: str, number: int, texts: dict[str, Any], now: datetime
) -> Ticket:
    """Return a ticket as a look at Bitrix24 brings it home."""
    began = now - timedelta(days=number + 30)
    source = Source.FORUM if number % 4 == 3 else Source.CHAT
    # The last of them was said in the past, however many there are.
    pause = min(timedelta(hours=1), timedelta(days=30) / len(texts["messages"]))
    said = [
        Message(
            MessageKey(source, number * 100 + place + 1),
            Voice.CUSTOMER if one["by_customer"] else Voice.STAFF,
            "Carla Customer" if one["by_customer"] else "Sabine Staff",
            one["text"],
            began + pause * (place + 1),
            told=True,
        )
        for place, one in enumerate(texts["messages"])
    ]
    return Ticket(
        TicketRef(account, _FIRST_TICKET + number),
        texts["subject"],
        texts["text"],
        Status.IN_PROGRESS if number % 2 else Status.NEW,
        _SETTINGS.departments[number % 2].group_id,
        "Sabine Staff",
        (_CONTACT,),
        created_at=began,
        changed_at=began,
        active_at=said[-1].at,
        looked_at=now,
        tags=("bugs", "medium", "Europe"),
        messages=tuple(said),
    )
