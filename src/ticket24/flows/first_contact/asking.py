"""The mail that asks whether an address is somebody's own.

It holds nothing that was typed: whoever types addresses of others makes us send them
our words alone, once an hour at most.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.introductions import Introduction
from ticket24.domain.customers.mailboxes import spelled
from ticket24.flows.news.deliver import Sends
from ticket24.flows.news.relaying import note_away, taken, untold
from ticket24.mail.server.refusals import Away, NotNow, Refused, Unsure
from ticket24.store.stores import Stores
from ticket24.telemetry.counters import FIRST_CONTACTS

log = structlog.get_logger()

# The pause until the next try, which grows with the age of what waits.
_SHORTEST_SECONDS, _LONGEST_SECONDS = 60.0, 3_600.0
_PART_OF_AGE = 4

_Write = Callable[[Account, str, str], Awaitable[EmailMessage]]


class Confirmations:
    """Sends such mails; `write` makes one for an account, a recipient and a token."""

    def __init__(self, stores: Stores, *, write: _Write, mailer: Sends) -> None:
        self._stores = stores
        self._introductions = stores.introductions
        self._write = write
        self._mailer = mailer

    async def ask(self, account: Account, email: str) -> None:
        """Write to a folded address, if anything of it waits and a mail may go.

        Where the mail server is away, it is tried again for as long as that waits. A
        mail that may have arrived counts, and its link stays good.
        """
        waiting = await self._introductions.waiting(account.id, email)
        if not waiting:
            await self._introductions.done(account.id, email)
            if await self._introductions.waiting(account.id, email):
                # It came in between, when the mail for it was asked for already.
                await self._introductions.want(account.id, email)
            return
        if not await self._introductions.may_mail(account.id, email):
            return
        recipient = spelled(email, [one.email for one in waiting]) or email
        language = waiting[-1].language or account.settings.language
        speaker = replace(account, settings=account.settings.read_in(language))
        token = await self._introductions.make_link(account.id, email)
        try:
            mail = await self._write(speaker, recipient, token)
            await self._mailer.send(mail, recipient)
        except NotNow as error:
            if isinstance(error, Away):
                await note_away(error, self._stores)
            unsure = isinstance(error, Unsure)
            if not unsure:
                await self._introductions.forget_link(account.id, token)
            pause = _pause(waiting)
            await self._introductions.postpone(account.id, email, pause, counted=unsure)
            words = untold(error.words, recipient)
            log.warning("introduction_mail_waits", account=account.slug, words=words)
        except (Refused, ValueError) as error:
            await self._introductions.forget_link(account.id, token)
            await self._introductions.done(account.id, email)
            words = untold(str(error), recipient)
            log.warning("introduction_mail_refused", account=account.slug, words=words)
        else:
            await taken(self._stores)
            await self._introductions.done(account.id, email)
            FIRST_CONTACTS.labels("asked").inc()
            log.info("introduction_mail_sent", account=account.slug)


def _pause(waiting: Iterable[Introduction]) -> float:
    """Return in how many seconds to try again."""
    age = datetime.now(UTC) - max(one.at for one in waiting)
    seconds = age.total_seconds() / _PART_OF_AGE
    return min(max(seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS)
