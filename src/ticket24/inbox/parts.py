"""The one place where an inbox's real things are built."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parseaddr

from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.customers.mailboxes import mailbox
from ticket24.flows.customers.colleagues import Colleagues
from ticket24.flows.reach.clients import open_clients
from ticket24.pace import PACE, Pace
from ticket24.settings import BadSettings, Settings, bad
from ticket24.store.stores import Stores, open_stores, process_name

# How long a mail of a manager waits for Bitrix24 before others are judged.
_ROLES_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class InboxParts:
    """What an inbox is made of; `mailbox` is the address that our mails are from."""

    name: str
    stores: Stores
    settings: Settings
    replies: ReplyAddresses
    mailbox: str
    colleagues: Colleagues
    pace: Pace


@asynccontextmanager
async def open_inbox(
    settings: Settings, pace: Pace = PACE
) -> AsyncIterator[InboxParts]:
    """Open everything that an inbox needs; raise BadSettings if nothing comes in."""
    if not settings.mail_from:
        raise bad(("mail_from",), "is required to take mail in")
    if not (settings.lmtp or settings.imap_url):
        raise BadSettings(
            "neither TICKET24_LMTP nor TICKET24_IMAP_URL is set, so no mail can come"
            " in; for example TICKET24_LMTP=unix:/run/ticket24/lmtp.sock"
        )
    name = process_name()
    async with (
        open_stores(settings, pace, name=name) as stores,
        open_clients(settings, stores, pace) as clients,
    ):
        colleagues = Colleagues(clients, stores, patience_seconds=_ROLES_SECONDS)
        try:
            yield InboxParts(
                name=name,
                stores=stores,
                settings=settings,
                replies=ReplyAddresses(settings.reply_address, stores.seal.digests),
                mailbox=mailbox(parseaddr(settings.mail_from)[1]),
                colleagues=colleagues,
                pace=pace,
            )
        finally:
            await colleagues.close()
