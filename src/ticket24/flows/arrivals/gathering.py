"""What we know of a mail: which ticket it names, who may speak there, who sent it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ticket24.domain.accounts.model import Account
from ticket24.domain.arrivals.judging import Evidence, Proof, Speaker
from ticket24.domain.arrivals.model import Arrival, SenderVerdict
from ticket24.domain.arrivals.subjects import is_of, number_in
from ticket24.domain.arrivals.tokens import ReplyAddresses, ReplyToken
from ticket24.domain.customers.follower_tokens import person_id
from ticket24.domain.customers.followers import LastWord, still
from ticket24.domain.customers.mailboxes import at_gmail, fold
from ticket24.domain.tickets.model import Customer, Ticket, TicketRef
from ticket24.flows.arrivals.managing import manager_of
from ticket24.flows.arrivals.posting import opening_id
from ticket24.flows.arrivals.returning import CameBack, reader_of
from ticket24.flows.arrivals.whose import copied_by, named_by, with_address
from ticket24.flows.customers.colleagues import Colleagues
from ticket24.flows.customers.following import Follower, name_of
from ticket24.store.arrivals.mails import ClaimedMail
from ticket24.store.stores import Stores

# How many addresses of a mail are looked at.
_MOST_ADDRESSES = 200
_MOST_CLAIMS = 5
_MOST_ANSWERED = 20
# How soon after a ticket was made it is certain to be due.
_NEW_SECONDS = 60


class TicketAwaited(Exception):
    """A mail answers another whose ticket is not yet there."""


async def gather(
    arrival: Arrival,
    mail: ClaimedMail,
    stores: Stores,
    replies: ReplyAddresses,
    colleagues: Colleagues | None,
) -> Evidence:
    """Return what is known of a mail; `mail` says for which addresses it came.

    Raises RolesUnknown if only Bitrix24 could say whether the sender is a manager, and
    TicketAwaited. Without `colleagues` nobody is, and nothing is waited for.
    """
    sender = arrival.senders[0] if len(arrival.senders) == 1 else ""
    if mail.release:
        about = TicketRef(mail.release.account, mail.release.task_id)
        known = await _in_ticket(Proof.SIGNED, about, sender, stores)
        return replace(known, release=mail.release)
    every = [*mail.recipients, *arrival.to, *arrival.cc][:_MOST_ADDRESSES]
    ours = [one for one in every if replies.fits(one)]
    tokens = [token for one in ours if (token := replies.token_in(one))]
    ids = await stores.accounts.ids()
    signed = {
        TicketRef(id_, token.task_id): token
        for token in reversed(tokens[:_MOST_CLAIMS])
        for id_ in ids
        if replies.is_signed(token, id_) or replies.is_for_returns(token, id_, mail.at)
    }
    if signed:
        found = [
            await _heard_as_manager(
                await _in_ticket(Proof.SIGNED, ref, sender, stores, token),
                *(sender, stores, colleagues),
            )
            for ref, token in reversed(signed.items())
        ]
        heard = [one for one in found if one.hears(sender)]
        return replace(heard[0], others=tuple(heard[1:])) if heard else found[0]
    if account := await _addressed(ours, tokens, stores, replies):
        ids, ours = [account], []
    if ours:
        named = [id_ for id_ in ids if any(token.names(id_) for token in tokens)]
        return await _forged(named or ids, tokens, sender, stores)
    whose = await with_address(ids, sender, stores)
    ref = await named_by(arrival.references, whose, stores)
    ref = ref or await copied_by(arrival.references, ids, sender, stores)
    if ref:
        known = await _in_ticket(Proof.NAMED, ref, sender, stores)
        return await _heard_as_manager(known, sender, stores, colleagues)
    accounts = [*whose] or (ids if len(ids) == 1 else [])
    begun, is_new = await _begun_by(arrival.references, accounts, stores)
    # One that was seen, and is the portal's no longer, does not come.
    if begun and colleagues and await _comes(begun, stores, is_new=is_new):
        raise TicketAwaited
    own = await _in_ticket(Proof.NAMED, begun, sender, stores) if begun else None
    if own is None or own.ref is None:
        own = await _by_subject(arrival, whose, sender, stores)
    known = own or await _unnamed(ids, whose, stores)
    return await _heard_as_manager(known, sender, stores, colleagues)


async def _by_subject(
    arrival: Arrival, accounts: Iterable[str], sender: str, stores: Stores
) -> Evidence | None:
    """Find the sender's own ticket by our subject, if our mail server vouches for him.

    Some programs leave out whom they answer. Anybody can guess a number, so without
    that word it counts for nothing.
    """
    number = number_in(arrival.subject)
    if not number or arrival.verdict is not SenderVerdict.PASSED:
        return None
    for account in accounts:
        ref = TicketRef(account, number)
        known = await _in_ticket(Proof.NAMED, ref, sender, stores)
        ticket = await stores.tickets.get(ref) if known.hears(sender) else None
        if ticket and is_of(arrival.subject, ticket.subject):
            return known
    return None


async def _begun_by(
    references: Sequence[str], accounts: Sequence[str], stores: Stores
) -> tuple[TicketRef | None, bool]:
    """Find the ticket that one of these mails opened, and whether it is new.

    It has no number yet before.
    """
    names = [one for one in references[-_MOST_ANSWERED:] if one]
    for account in accounts:
        ids = [opening_id(account, one) for one in names]
        if begun := await stores.begun.find(account, ids):
            is_new = not begun.task_id or begun.seconds < _NEW_SECONDS
            return TicketRef(account, begun.task_id), is_new
    return None, False


async def _comes(ref: TicketRef, stores: Stores, *, is_new: bool) -> bool:
    """Whether a ticket has yet to be seen; if nobody looks for it, it is gone."""
    waits = is_new or await stores.due.has(ref)
    # What is looked at now was due before, and is seen after.
    (kept,) = await stores.tickets.get_all([ref])
    return waits and kept.ticket is None


async def _addressed(
    ours: Sequence[str],
    tokens: Sequence[ReplyToken],
    stores: Stores,
    replies: ReplyAddresses,
) -> str:
    """Return the account whose name stands for the token in an address; else ""."""
    if tokens:
        return ""
    for name in dict.fromkeys(map(replies.name_in, ours[:_MOST_CLAIMS])):
        if account := await stores.accounts.by_slug(name):
            return account.id
    return ""


async def _in_ticket(
    proof: Proof,
    ref: TicketRef,
    sender: str,
    stores: Stores,
    token: ReplyToken | None = None,
) -> Evidence:
    account = await stores.accounts.get(ref.account)
    (kept,) = await stores.tickets.get_all([ref])
    ticket = kept.ticket
    found = await _senders(ref.account, sender, stores)
    known = Evidence(
        proof,
        ref.account,
        task_id=ref.task_id,
        sender=found[0] if found else None,
        is_known=bool(found),
        owner=found[0].contact_id if found else 0,
        first_group_id=_first_department(account),
    )
    if account is None or ticket is None or kept.away or not ticket.contact_ids:
        return known
    if ticket.group_id not in account.settings.group_ids:
        return known
    customers = await stores.customers.get_all(ref.account, ticket.contact_ids)
    speakers = await _speakers(ticket, customers, stores)
    if account.settings.followers:
        speakers = await _followers(ticket, kept.said, stores) | speakers
    speakers |= _by_gmail(sender, speakers)
    spoken = speakers.get(sender)
    owner = spoken.contact_id if spoken and spoken.contact_id > 0 else 0
    if not owner and token:
        reader = await reader_of(CameBack(ref, token), ticket, stores)
        owner = reader.customer.ref.contact_id if reader and reader.customer else 0
    owner = owner or min(ticket.contact_ids)
    known = replace(known, ref=ref, speakers=speakers, owner=owner)
    return replace(known, is_known=known.is_known or spoken is not None)


async def _heard_as_manager(
    known: Evidence, sender: str, stores: Stores, colleagues: Colleagues | None
) -> Evidence:
    """Return the same with the sender as a speaker who manages the ticket's company."""
    if not (known.ref and sender and colleagues) or known.hears(sender):
        return known
    account = await stores.accounts.get(known.account)
    ticket = await stores.tickets.get(known.ref)
    if account is None or ticket is None:
        return known
    manager = await manager_of(ticket, account, sender, stores, colleagues)
    if manager is None:
        return known
    one = _speaker(manager)
    speakers = {**known.speakers, sender: one}
    return replace(known, speakers=speakers, owner=one.contact_id, is_known=True)


async def _speakers(
    ticket: Ticket, customers: Mapping[int, Customer], stores: Stores
) -> dict[str, Speaker]:
    """Return who may speak in a ticket, by folded address."""
    ref = ticket.ref
    remembered = await stores.held.remembered(ref.account, ticket.contact_ids)
    speakers = {
        email: _speaker(customers[contact_id])
        for email, contact_id in remembered.items()
        if contact_id in customers
    }
    for customer in customers.values():
        speakers |= {fold(email): _speaker(customer) for email in customer.emails}
    return speakers


def _by_gmail(sender: str, speakers: Mapping[str, Speaker]) -> dict[str, Speaker]:
    """Return the sender as the speaker with another spelling of the same mailbox."""
    wanted = "" if sender in speakers else at_gmail(sender)
    same = (one for email, one in speakers.items() if at_gmail(email) == wanted)
    found = next(same, None) if wanted else None
    return {sender: found} if found else {}


async def _followers(
    ticket: Ticket, said: Mapping[str, LastWord], stores: Stores
) -> dict[str, Speaker]:
    """Return who follows a ticket, by folded address."""
    found = {}
    for email in still(ticket.followers, said):
        name = await name_of(Follower(email, ticket), stores)
        found[fold(email)] = Speaker(person_id(ticket.ref, email), name)
    return found


async def _forged(
    ids: Sequence[str],
    tokens: Sequence[ReplyToken],
    sender: str,
    stores: Stores,
) -> Evidence:
    """Tell whether somebody we know has sent a mail to an address that is not ours.

    A follower is known in the ticket that the token claims to be for.
    """
    whose = await with_address(ids, sender, stores)
    for account, customers in whose.items():
        owner = customers[0].ref.contact_id
        return Evidence(Proof.FORGED, account, is_known=True, owner=owner)
    for token in tokens[:_MOST_CLAIMS]:
        for ref in (TicketRef(id_, token.task_id) for id_ in ids if token.names(id_)):
            claimed = await _in_ticket(Proof.FORGED, ref, sender, stores)
            if claimed.is_known:
                return claimed
    return Evidence(Proof.FORGED)


async def _unnamed(
    ids: Sequence[str], whose: Mapping[str, Sequence[Customer]], stores: Stores
) -> Evidence:
    """Return what is known of a mail that names no ticket: perhaps whose it is."""
    if len(whose) == 1:
        account, customers = next(iter(whose.items()))
        sender = _speaker(customers[0])
        record = await stores.accounts.get(account)
        first = _first_department(record)
        opens = record is not None and record.settings.mail_opens_tickets
        return Evidence(
            account=account,
            sender=sender,
            is_known=True,
            owner=sender.contact_id,
            first_group_id=first,
            group_id=first if opens else 0,
            open_group_id=_open_department(record),
        )
    if len(ids) != 1:
        return Evidence(is_known=bool(whose))
    record = await stores.accounts.get(ids[0])
    return Evidence(
        account=ids[0],
        is_known=bool(whose),
        open_group_id=_open_department(record),
    )


async def _senders(account: str, sender: str, stores: Stores) -> list[Speaker]:
    found = await stores.customers.with_address(account, sender) if sender else []
    return [_speaker(one) for one in found]


def _speaker(customer: Customer) -> Speaker:
    name = customer.name or next(iter(customer.emails), "")
    return Speaker(customer.ref.contact_id, name)


def _first_department(account: Account | None) -> int:
    departments = account.settings.departments if account else ()
    return departments[0].group_id if departments else 0


def _open_department(account: Account | None) -> int:
    """Return the workgroup of the first department to which anybody may mail; 0."""
    found = account.settings.open_by("mail") if account else ()
    return found[0].group_id if found else 0
