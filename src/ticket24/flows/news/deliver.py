"""Hand letters over to the mail server, each to one recipient, once."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from email.message import EmailMessage
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.mailboxes import NoMailbox, fold, mailbox
from ticket24.domain.news.gathering import is_still_for
from ticket24.domain.news.letters import Letter
from ticket24.domain.news.notices import reread
from ticket24.domain.news.statuses import OF_A_STATUS, Read, judged
from ticket24.domain.tickets.model import Customer, Ticket, TicketRef
from ticket24.domain.tickets.reasons import Cause, Reason, reason
from ticket24.flows.customers.following import still_for
from ticket24.flows.customers.speaking import speaking_to
from ticket24.flows.files.mail_files import FilesNotNow, NoFileRoom
from ticket24.flows.news import relaying
from ticket24.flows.news.setting_aside import set_aside
from ticket24.mail import message_ids
from ticket24.mail.attaching import has_files
from ticket24.mail.server.refusals import Enough, NotNow, Refused, Unsure
from ticket24.store.letters.outbox import ClaimedLetter, RedisOutbox
from ticket24.store.running.trouble import explained
from ticket24.store.stores import Stores
from ticket24.telemetry.counters import DELAYS

log = structlog.get_logger()

# Seconds until the next attempt; the last pause is repeated.
_PAUSE_SECONDS = (1, 2, 5, 15, 60, 300, 900, 1800)

_REDIS_PAUSE_SECONDS = 0.2

# A server that has had enough of us for an hour or a day is left alone for a while.
_ENOUGH_PAUSE_SECONDS = 900

# If a server was given a mail and said nothing, each try may deliver it once more. So
# there are only these few tries, with these pauses, before a person is asked.
UNSURE_PAUSE_SECONDS = (1, 300, 3600)

# As long as mail servers themselves keep trying. It is counted in tries, so a replay
# starts anew, and no clock matters.
_DAYS = 5
_MOST_TRIES = len(_PAUSE_SECONDS) + _DAYS * 86_400 // _PAUSE_SECONDS[-1]

# A letter that cannot be rendered is our own fault.
_MOST_FAULTS = 3


# Until other mails with files have gone.
_NO_ROOM_SECONDS = 0.5


class Sends(Protocol):
    """What hands a mail over to its recipient; the mailer's `send` says how."""

    async def send(
        self, message: EmailMessage, recipient: str, *, whose: str = ""
    ) -> str:
        """Return the mail server's words of acceptance."""


Render = Callable[[Letter, Account], AbstractAsyncContextManager[EmailMessage]]


async def deliver(
    claimed: ClaimedLetter,
    account: Account,
    now: Ticket | None,
    stores: Stores,
    *,
    render: Render,
    mailer: Sends,
    read: Mapping[TicketRef, Read] | None = None,
) -> bool:
    """Make one attempt to deliver one letter, and note at once what came of it.

    The caller keeps the claim alive; `now` is the ticket as we saw it last, and `read`
    what the reader of a digest knows when it has gone. Returns whether the mail server
    lets the letter wait. A permanent refusal parks the letter with the server's words,
    unless it means us, and so does a server that never says whether it took it;
    anything else is tried again with growing pauses. While the server refuses us no
    try counts.
    """
    # Gather.
    letter, own = await _read(claimed, now, account, stores)
    context = _log_of(claimed)
    letter = await still_for(letter, now, stores) if letter else None
    known = await _customers(claimed, now, stores)
    if letter is None or not is_still_for(letter, known, now):
        await stores.outbox.done(claimed.letter)
        context.info("letter_taken_back")
        return False
    speaker, unreachable = await asyncio.gather(
        speaking_to(letter, account, stores),
        _unreachable(letter, known.get(letter.contact_id), stores),
    )

    # Decide by trying, apply by noting the result.
    if unreachable:
        context.warning("letter_refused", words=unreachable.about.get("words", ""))
        # Of news for somebody beside a ticket's customers only the mail that came back
        # is set aside, where staff see it.
        beside = letter.in_copy or letter.of_company
        if beside and unreachable.cause is Cause.MAIL_REFUSED:
            await stores.outbox.done(claimed.letter)
        else:
            await _park(letter, unreachable, stores)
        return False
    claimed, waits = replace(claimed, letter=letter), False
    await _note_conversation(letter, stores)
    try:
        words = await _send(letter, speaker, render, mailer)
    except (NoFileRoom, FilesNotNow) as error:
        waits = await _wait_for_files(claimed, error, stores)
    except Refused as error:
        waits = await _refused(claimed, error, stores)
    except NotNow as error:
        waits = await _not_now(claimed, error, stores)
    except Exception as error:  # noqa: BLE001  Hostile text meets our templates here.
        context.exception("letter_failed")
        await _faulty(claimed, error, stores)
    else:
        await _note(letter, stores.outbox)
        await stores.told.keep(letter.recipient, {**(read or {}), **own})
        context.info("letter_delivered", words=words)
        DELAYS.delivered(letter.id)
        await relaying.taken(stores)
    return waits


async def _note_conversation(letter: Letter, stores: Stores) -> None:
    """Remember what somebody beside a ticket's customers may answer to."""
    parts = letter.parts or (letter,)
    beside = any(one.follows or one.of_company for one in parts)
    if beside and len({one.ref for one in parts}) == 1:
        ref = parts[0].ref
        tag = message_ids.tag(ref, letter.recipient)
        await stores.copied.note(ref, letter.recipient, tag)


def _log_of(claimed: ClaimedLetter) -> structlog.typing.FilteringBoundLogger:
    letter = claimed.letter
    about = {"ticket": str(letter.ref), "kind": letter.kind, "id": letter.id}
    bound: structlog.typing.FilteringBoundLogger
    bound = log.bind(**about, tries=claimed.tries)
    return bound


async def _wait_for_files(
    claimed: ClaimedLetter, error: NoFileRoom | FilesNotNow, stores: Stores
) -> bool:
    if isinstance(error, NoFileRoom):
        seconds = _NO_ROOM_SECONDS
        await stores.outbox.postpone(claimed.letter, seconds, counted=False)
        return False
    _log_of(claimed).warning("letter_waits_for_files")
    await stores.outbox.postpone(claimed.letter, error.seconds)
    return True


async def _refused(claimed: ClaimedLetter, error: Refused, stores: Stores) -> bool:
    """Park a letter, unless the mail server means us; return whether it waits."""
    letter = claimed.letter
    if await _held_back(letter, error, stores):
        return True
    _log_of(claimed).warning("letter_refused", words=error.words)
    await _park(letter, error.why, stores)
    await relaying.set_aside(letter, error, stores)
    return False


async def _not_now(claimed: ClaimedLetter, error: NotNow, stores: Stores) -> bool:
    """Let a letter wait, or park it after too many tries; return whether it waits."""
    letter = claimed.letter
    if await _held_back(letter, error, stores):
        return True
    unsure = isinstance(error, Unsure)
    name = "letter_unsure" if unsure else "letter_postponed"
    _log_of(claimed).warning(name, words=error.words)
    if hopeless := _hopeless(claimed, error):
        await _park(letter, hopeless, stores, arrived=unsure)
        return False
    seconds = _seconds(claimed, error)
    await stores.outbox.postpone(letter, seconds, error.words, unsure=unsure)
    return True


async def _send(letter: Letter, account: Account, render: Render, mailer: Sends) -> str:
    """Send a letter; where it is refused for its files, without them."""
    async with render(letter, account) as message:
        try:
            return await mailer.send(message, letter.recipient, whose=account.id)
        except Refused as error:
            if not (error.of_content and has_files(message)):
                raise
            log.warning("files_refused", id=letter.id, words=error.words)
    async with render(replace(letter, bare=True), account) as message:
        return await mailer.send(message, letter.recipient, whose=account.id)


async def _read(
    claimed: ClaimedLetter, now: Ticket | None, account: Account, stores: Stores
) -> tuple[Letter | None, Mapping[TicketRef, Read]]:
    """Return a letter as it is true now; None if it says nothing any more.

    Of a status also what its reader knows when it has gone.
    """
    letter = reread(claimed.letter, now)
    if letter is None or now is None or letter.kind not in OF_A_STATUS:
        return letter, {}
    before = await stores.told.of(letter.recipient, [letter.ref])
    goes, read = judged(letter, now, account.settings, before.get(letter.ref))
    if goes:
        return letter, {letter.ref: read}
    # Of one that may have arrived nobody knows what was read.
    read = replace(read, told="") if claimed.unsure else read
    await stores.told.keep(letter.recipient, {letter.ref: read})
    return None, {}


async def _customers(
    claimed: ClaimedLetter, now: Ticket | None, stores: Stores
) -> Mapping[int, Customer]:
    """Return whose a letter is that has waited, and the ticket's customers.

    Nobody for one that has not: it was decided a moment ago.
    """
    letter = claimed.letter
    if not letter.contact_id or not (letter.gathered or claimed.tries):
        return {}
    bound = now.contact_ids if now else ()
    wanted = {letter.contact_id, *bound}
    return await stores.customers.get_all(letter.ref.account, wanted)


async def _unreachable(
    letter: Letter, customer: Customer | None, stores: Stores
) -> Reason | None:
    """Say why nothing can be sent there.

    It is no address, or no longer one of its contact's, or mail came back.
    """
    account, recipient = letter.ref.account, letter.recipient
    try:
        mailbox(recipient)
    except NoMailbox as error:
        return error.why
    if customer and fold(recipient) not in map(fold, customer.emails):
        return reason(Cause.NOBODY_TO_WRITE_TO)
    words = await stores.returned.words(account, recipient)
    return None if words is None else reason(Cause.MAIL_REFUSED, words=words)


async def _faulty(claimed: ClaimedLetter, error: Exception, stores: Stores) -> None:
    if claimed.tries + 1 >= _MOST_FAULTS:
        why = reason(Cause.MAIL_UNMADE, words=repr(error))
        await _park(claimed.letter, why, stores)
    else:
        await stores.outbox.postpone(claimed.letter, pause(claimed.tries))


async def _held_back(letter: Letter, error: Refused | NotNow, stores: Stores) -> bool:
    """Let a letter wait, its tries uncounted, if the mail server refuses us."""
    seconds = await relaying.held(letter, error, stores)
    if seconds:
        await stores.outbox.postpone(letter, seconds, error.words, counted=False)
    return bool(seconds)


def _hopeless(claimed: ClaimedLetter, error: NotNow) -> Reason | None:
    """Say why a person has to look, if the letter was tried often enough."""
    if isinstance(error, Unsure):
        times = claimed.unsure + 1
        if times <= len(UNSURE_PAUSE_SECONDS):
            return None
        return reason(Cause.MAIL_UNSURE, count=times, words=error.words)
    if claimed.tries + 1 < _MOST_TRIES:
        return None
    return reason(Cause.MAIL_LATE, days=_DAYS, words=error.words)


def _seconds(claimed: ClaimedLetter, error: NotNow) -> int:
    """Return how long to wait until the next try."""
    if isinstance(error, Unsure):
        return UNSURE_PAUSE_SECONDS[claimed.unsure]
    least = _ENOUGH_PAUSE_SECONDS if isinstance(error, Enough) else 0
    return max(least, pause(claimed.tries))


def pause(tries: int) -> int:
    """Return how many seconds to wait after that many failed attempts."""
    return _PAUSE_SECONDS[min(tries, len(_PAUSE_SECONDS) - 1)]


async def _note(letter: Letter, outbox: RedisOutbox) -> None:
    """Note a delivery, however long Redis is away: forgetting it mails twice."""
    while True:
        try:
            await outbox.done(letter, taken=True)
        except (RedisError, OSError) as error:
            log.warning("delivery_not_noted", id=letter.id, reason=explained(error))
            await asyncio.sleep(_REDIS_PAUSE_SECONDS)
        else:
            return


async def _park(
    letter: Letter, why: Reason, stores: Stores, *, arrived: bool = False
) -> None:
    """Set a letter aside, until its customer moves unless it may have arrived."""
    # It is parked first: between the two steps it is in both places, never in neither.
    await set_aside(letter, why, stores, arrived=arrived)
    await stores.outbox.done(letter)
