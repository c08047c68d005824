"""One mail that reached us: read, judged, and settled with its fate.

Any process may take over from one that died: a mail waits until its fate is counted,
and what is done for it before that is done once, however often it is repeated.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import partial

import structlog

from ticket24.domain.arrivals.fates import (
    ArrivalJudgement,
    Ask,
    Begin,
    Drop,
    HeldFor,
    Hold,
    MailFate,
    Post,
)
from ticket24.domain.arrivals.judging import Evidence, Proof, judge
from ticket24.domain.arrivals.keepsakes import without_own_links
from ticket24.domain.arrivals.model import Arrival
from ticket24.domain.arrivals.spoken import Spoken
from ticket24.domain.arrivals.subjects import speaking
from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.arrivals.asking import ask, told
from ticket24.flows.arrivals.bounced import missed, note_bounces
from ticket24.flows.arrivals.comparing import Compared, compared, note_habit
from ticket24.flows.arrivals.gathering import TicketAwaited, gather
from ticket24.flows.arrivals.posting import TooMany, post
from ticket24.flows.arrivals.proposing import is_ours, propose
from ticket24.flows.arrivals.returning import CameBack, came_back
from ticket24.flows.customers.colleagues import Colleagues, RolesUnknown
from ticket24.flows.tickets.archiving import retrieve
from ticket24.mail.arriving.reading import read
from ticket24.settings import Settings
from ticket24.store.arrivals.mails import ClaimedMail, Met
from ticket24.store.commands.spool import SpoolFull
from ticket24.store.stores import Stores

log = structlog.get_logger()

# Whose place in the spool is taken waits longer and longer, for two days.
_PAUSE_SECONDS = (5, 30, 300, 1_800)
_MOST_TRIES = 100
_MOST_FAULTS = 3
# How long a mail waits for its ticket; then it is taken as it is, quotes and all. As
# long it waits for Bitrix24 to say whether its sender is a manager; then nobody is.
_LONGEST_WAIT = timedelta(hours=1)
# The longer one has waited, the longer it waits for the next look.
_LONGER = 0.125

_DAY_SECONDS = 86_400
_MET_SECONDS = 30 * _DAY_SECONDS


async def take_in(
    mail: ClaimedMail,
    stores: Stores,
    settings: Settings,
    replies: ReplyAddresses,
    colleagues: Colleagues,
) -> MailFate | None:
    """Settle a mail; None if it repeats another, or has to wait."""
    # Gather.
    arrival, back = await _read(mail, stores, settings, replies)
    if any(map(replies.is_probe, mail.recipients)):
        await stores.arrivals.note_probe(arrival.message_id)
        await stores.arrivals.settle(mail.id, None)
        return None
    try:
        known = await gather(arrival, mail, stores, replies, colleagues)
    except (RolesUnknown, TicketAwaited) as error:
        if not _is_late(mail):
            await stores.arrivals.postpone(mail.id, _pause(mail), counted=False)
            roles = isinstance(error, RolesUnknown)
            waits = "mail_waits_for_roles" if roles else "mail_waits_for_ticket"
            log.info(waits, id=mail.id[:12])
            return None
        known = await gather(arrival, mail, stores, replies, None)
    met = await _meet(arrival, known, stores)
    context = log.bind(
        id=mail.id[:12], account=known.account, ticket=known.task_id, tries=mail.tries
    )
    if met is Met.REPEAT and not mail.release:
        await stores.arrivals.settle(mail.id, None)
        context.info("mail_repeated")
        return None

    # Decide.
    vouches, is_other = bool(settings.authserv_id), met is Met.OTHER_WORDS
    judged = judge(arrival, replace(known, is_other=is_other, vouches=vouches))
    posts = _posts(judged, arrival, known)
    bounces = isinstance(judged, Drop) and arrival.bounces
    unreached = await missed(arrival, back, stores, replies) if bounces else []

    # Apply.
    refs = {one.ref for one in posts} | {one.ticket.ref for one in unreached}
    if await _are_archived(refs, mail, stores):
        await stores.arrivals.postpone(mail.id, _pause(mail), counted=False)
        context.info("mail_waits_for_ticket")
        return None
    try:
        said = await _said(posts, arrival, mail, stores, settings, replies)
        await note_bounces(unreached, mail, stores, settings)
        fate = await _apply(judged, arrival, said, mail, stores, settings)
    except SpoolFull:
        if mail.tries < _MOST_TRIES:
            pause = _PAUSE_SECONDS[min(mail.tries, len(_PAUSE_SECONDS) - 1)]
            await stores.arrivals.postpone(mail.id, pause)
            context.warning("mail_waits_for_room", seconds=pause)
            return None
        fate = await _held(HeldFor.NO_ROOM, known, arrival, mail, stores)
    except TooMany:
        fate = await _held(HeldFor.TOO_MANY, known, arrival, mail, stores)
    why = judged.why if isinstance(judged, Hold | Drop) else ""
    context.info("mail_settled", fate=fate, why=why, proof=known.proof)
    return fate


async def _read(
    mail: ClaimedMail, stores: Stores, settings: Settings, replies: ReplyAddresses
) -> tuple[Arrival, CameBack | None]:
    """Read a mail, and which of ours came back with it.

    What comes to where that is known is read with this in mind.
    """
    by_us = partial(
        read,
        mail.raw,
        authserv_id=settings.authserv_id,
        our_domain=parseaddr(settings.mail_from)[1].rpartition("@")[2],
    )
    arrival = await asyncio.to_thread(by_us)
    back = await came_back(arrival, mail, stores, replies)
    if back:
        arrival = await asyncio.to_thread(by_us, returned=True)
    return speaking(replace(arrival, id=mail.id)), back


def _posts(
    judged: ArrivalJudgement, arrival: Arrival, known: Evidence
) -> tuple[Post, ...]:
    """Return what a mail is in each ticket that it names, first as it was judged."""
    if not isinstance(judged, Post):
        return ()
    also = (judge(arrival, other) for other in known.others)
    return (judged, *(one for one in also if isinstance(one, Post)))


async def _said(
    posts: Sequence[Post],
    arrival: Arrival,
    mail: ClaimedMail,
    stores: Stores,
    settings: Settings,
    replies: ReplyAddresses,
) -> Compared:
    """Return what a mail says; where it names further tickets, it is posted there."""
    if not posts:
        whole = Spoken(without_own_links(arrival.text, settings.public_url))
        return Compared(whole, arrival.attachments)
    for also in posts[1:]:
        more = await compared(also, arrival, stores, settings, replies)
        await _post(also, arrival, more, mail, stores, settings)
    return await compared(posts[0], arrival, stores, settings, replies)


async def _are_archived(
    refs: Iterable[TicketRef], mail: ClaimedMail, stores: Stores
) -> bool:
    """Have archived tickets read again: a mail is about their words. Not for ever."""
    if _is_late(mail):
        return False
    kept = [await stores.tickets.get(ref) for ref in refs]
    archived = [one.ref for one in kept if one and one.archived]
    for ref in archived:
        await retrieve(ref, stores)
    return bool(archived)


def _is_late(mail: ClaimedMail) -> bool:
    return datetime.now(UTC) - mail.at > _LONGEST_WAIT


def _pause(mail: ClaimedMail) -> float:
    """Return how many seconds a mail waits: it is read again after each pause."""
    waited = (datetime.now(UTC) - mail.at).total_seconds()
    return max(_PAUSE_SECONDS[0], waited * _LONGER)


async def set_aside(mail: ClaimedMail, stores: Stores) -> None:
    """Deal with a mail that a fault of ours keeps from being judged: a person looks."""
    if mail.tries < _MOST_FAULTS:
        await stores.arrivals.postpone(mail.id, _PAUSE_SECONDS[1])
        return
    await _held(HeldFor.FAULT, Evidence(), Arrival(mail.id), mail, stores)


async def _apply(
    judged: ArrivalJudgement,
    arrival: Arrival,
    said: Compared,
    mail: ClaimedMail,
    stores: Stores,
    settings: Settings,
) -> MailFate:
    match judged:
        case Post() | Begin():
            await _post(judged, arrival, said, mail, stores, settings)
            await _remember(mail, arrival, stores, settings)
            if isinstance(judged, Post):
                await propose(judged, arrival, stores, settings)
            # Who writes from there reads there, too.
            account = judged.ref.account if isinstance(judged, Post) else judged.account
            await stores.returned.forget(account, arrival.senders[:1])
            await note_habit(account, arrival, said, stores)
            ticket = isinstance(judged, Begin)
            fate = MailFate.TICKET if ticket else MailFate.MESSAGE
            await stores.arrivals.settle(mail.id, fate)
            return fate
        case Ask():
            return await ask(judged, arrival, mail, stores, settings)
        case Hold():
            await stores.held.hold(told(judged, arrival, mail))
            return MailFate.HELD
        case Drop():
            await stores.arrivals.settle(mail.id, MailFate.DROPPED)
            return MailFate.DROPPED


async def _remember(
    mail: ClaimedMail, arrival: Arrival, stores: Stores, settings: Settings
) -> None:
    """Remember whose an address is if somebody said so; ours is nobody's.

    Groups write it into From of all that they pass on.
    """
    release, senders = mail.release, arrival.senders[:1]
    for sender in senders if release and release.remember else ():
        if release and not is_ours(sender, stores, settings):
            await stores.held.remember(release.account, sender, release.contact_id)


async def _post(
    judged: Post | Begin,
    arrival: Arrival,
    said: Compared,
    mail: ClaimedMail,
    stores: Stores,
    settings: Settings,
) -> None:
    heard = replace(arrival, attachments=said.attachments)
    # Of a mail without anything new in it nobody knows what was meant.
    spoken = said.spoken
    if not (spoken.text.strip() or said.attachments):
        spoken = Spoken(without_own_links(arrival.text, settings.public_url))
    released = mail.release is not None
    about = judged, heard, spoken, mail.at, stores, settings
    await post(*about, released=released)


async def _held(
    why: HeldFor, known: Evidence, arrival: Arrival, mail: ClaimedMail, stores: Stores
) -> MailFate:
    hold = Hold(why, known.account, known.task_id, known.owner)
    await stores.held.hold(told(hold, arrival, mail))
    return MailFate.HELD


async def _meet(arrival: Arrival, known: Evidence, stores: Stores) -> Met:
    """Tell whether a mail of this name came before.

    Those of strangers are many, so their names are remembered for a day.
    """
    trusted = known.proof in {Proof.SIGNED, Proof.NAMED} or known.is_known
    return await stores.arrivals.meet(
        arrival.message_id or arrival.id,
        _words(arrival),
        arrival.id,
        seconds=_MET_SECONDS if trusted else _DAY_SECONDS,
    )


def _words(arrival: Arrival) -> str:
    """Return a digest of all that a mail says, whatever way it came."""
    digest = hashlib.sha256()
    parts = [*arrival.senders, "\n", arrival.subject, arrival.text]
    for part in parts:
        digest.update(f"{len(part)} {part}".encode(errors="backslashreplace"))
    for one in arrival.attachments:
        digest.update(hashlib.sha256(one.content).digest())
    return digest.hexdigest()
