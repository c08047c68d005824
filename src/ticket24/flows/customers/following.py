"""People in copy: who they are by their links, and whether they still want a mail."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.follower_tokens import (
    Purpose,
    leavers,
    readers,
    whose,
)
from ticket24.domain.customers.followers import LastWord, Stand, still
from ticket24.domain.customers.mailboxes import fold, readable
from ticket24.domain.news.letters import Letter
from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import Ticket, TicketRef
from ticket24.store.stores import Stores

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody in copy of a ticket, as a link tells; `over` if that has ended.

    `ended` counts how often it has. Others `removed` this person, or this person is
    `muted`, and wants no mail at all.
    """

    email: str
    ticket: Ticket
    ended: int = 0
    over: bool = False
    removed: bool = False
    muted: bool = False

    @property
    def ref(self) -> TicketRef:
        """The ticket's name."""
        return self.ticket.ref


async def reader(
    account: Account, number: int, token: str, keys: Iterable[bytes], stores: Stores
) -> Follower | None:
    """Return who may read a ticket by this link; None if nobody may (any more)."""
    ref, settings = TicketRef(account.id, number), account.settings
    (kept,) = await stores.tickets.get_all([ref])
    ticket = kept.ticket
    if ticket is None or kept.away or not settings.followers:
        return None
    if ticket.group_id not in settings.group_ids:
        return None
    people = [*readers(still(ticket.followers, kept.said), kept.said)]
    email = whose(token, keys, Purpose.READ, ref, people)
    return Follower(email, ticket, dict(people)[email]) if email else None


async def leaver(
    account: Account, number: int, token: str, keys: Iterable[bytes], stores: Stores
) -> Follower | None:
    """Return who may leave, or has left, by this link, whatever became of the rest."""
    ref = TicketRef(account.id, number)
    (kept,) = await stores.tickets.get_all([ref])
    ticket = kept.ticket
    if ticket is None:
        return None
    # Where nobody follows, those in copy of the description got a mail, too.
    told = dict.fromkeys((*ticket.followers, *parse_bbcode(ticket.description).cc))
    people = leavers(told, kept.said)
    email = whose(token, keys, Purpose.LEAVE, ref, people)
    if email is None:
        return None
    one = kept.said.get(fold(email))
    return Follower(
        email,
        ticket,
        one.ended if one else 0,
        over=bool(one and one.over),
        removed=bool(one and one.stand is Stand.REMOVED),
        muted=bool(await stores.followers.muted(account.id, [email])),
    )


async def name_of(who: Follower, stores: Stores) -> str:
    """Return how a ticket calls somebody in copy: by name, if known, and address.

    Everybody in the ticket sees whose words are whose.
    """
    shown = readable(who.email)
    known = await stores.customers.with_address(who.ref.account, who.email)
    named = next((one.name for one in known if one.name), "")
    return f"{named} ({shown})" if named else shown


async def leave(who: Follower, stores: Stores, *, everything: bool = False) -> None:
    """End somebody's mails about a ticket, or all in copy from its company."""
    account = who.ref.account
    if everything:
        await stores.followers.mute(account, who.email)
    await _say(who, Stand.LEFT, stores)
    log.info("follower_left", ticket=str(who.ref), everything=everything)


async def come_back(who: Follower, stores: Stores) -> None:
    """Let somebody who left follow the ticket again."""
    await stores.followers.unmute(who.ref.account, who.email)
    await _say(who, Stand.ADDED, stores)
    log.info("follower_back", ticket=str(who.ref))


async def _say(who: Follower, stand: Stand, stores: Stores) -> None:
    now = LastWord(who.email, stand, datetime.now(UTC))
    contacts = who.ticket.contact_ids
    await stores.followers.say(who.ref, [now], contacts, own=True)
    await stores.due.mark(who.ref)


async def still_for(
    letter: Letter, now: Ticket | None, stores: Stores
) -> Letter | None:
    """Return a letter as it may be sent now; None if its reader does not follow.

    Whoever left or was removed gets nothing that was decided before. `now` is the
    ticket as we saw it last.
    """
    if not letter.in_copy:
        return letter
    at = fold(letter.recipient)
    if at in await stores.followers.muted(letter.ref.account, [letter.recipient]):
        return None
    if not letter.follows:
        return letter
    said = await stores.followers.said(letter.ref)
    followers = now.followers if now else (letter.recipient,)
    if at not in map(fold, still(followers, said)):
        return None
    return replace(letter, ended=said[at].ended if at in said else 0)
