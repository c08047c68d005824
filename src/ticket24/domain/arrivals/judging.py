"""Who may speak: what becomes of a mail, by what we know of it and its sender.

A token proves that somebody has read a mail of ours, and no more: who forwards it gives
it away. A From proves nothing, unless our own mail server denies it. So a mail speaks
if it knows a token, or the name of a mail of ours, and its From is one of those who
speak in that ticket. Any other that a person may have written to us waits for staff.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from ticket24.domain.arrivals.automatic import is_our_id
from ticket24.domain.arrivals.fates import (
    ArrivalJudgement,
    Ask,
    Begin,
    Drop,
    DroppedFor,
    HeldFor,
    Hold,
    Post,
    Release,
)
from ticket24.domain.arrivals.model import Arrival, Automatic, SenderVerdict
from ticket24.domain.customers.mailboxes import public
from ticket24.domain.tickets.model import TicketRef


class Proof(StrEnum):
    """How a mail knows of a ticket."""

    NONE = "none"
    SIGNED = "signed"  # By a token of ours in one of its addresses.
    NAMED = "named"  # By the name of a mail of ours that it answers.
    FORGED = "forged"  # By a token that we did not make.


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who may speak in a ticket: a contact, or a follower in a contact's ticket."""

    contact_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What we know of a mail besides what stands in it.

    `account` is the one that the mail is about, "" if nobody can tell. `ref` is the
    ticket, None if it names none or the ticket is gone. `speakers` are those of the
    ticket, by folded address. `sender` is a contact of the account with the address in
    From, and `is_known` says that there is one, or a follower. `owner` is the contact
    whose tab shows the mail if it is held, `first_group_id` the workgroup of the first
    department, and `group_id` the same if mails open tickets. To `open_group_id`
    anybody may write. `is_other`: another mail of the same name had other words. Our
    mail server `vouches` for senders, so one without its word is nobody's. `others` are
    further tickets that it names, in which its sender may speak.
    """

    proof: Proof = Proof.NONE
    account: str = ""
    ref: TicketRef | None = None
    task_id: int = 0
    speakers: Mapping[str, Speaker] = field(default_factory=dict)
    sender: Speaker | None = None
    is_known: bool = False
    owner: int = 0
    first_group_id: int = 0
    group_id: int = 0
    open_group_id: int = 0
    is_other: bool = False
    vouches: bool = False
    release: Release | None = None
    others: tuple["Evidence", ...] = ()

    def hears(self, sender: str) -> bool:
        """Whether somebody may speak in the ticket."""
        return self.ref is not None and sender in self.speakers


_NOBODY = {
    Automatic.OUT_OF_OFFICE: DroppedFor.OUT_OF_OFFICE,
    Automatic.BOUNCE: DroppedFor.BOUNCE,
    Automatic.LIST: DroppedFor.LIST,
    Automatic.CHALLENGE: DroppedFor.CHALLENGE,
    Automatic.OWN: DroppedFor.OWN,
    Automatic.OTHER: DroppedFor.AUTOMATIC,
    Automatic.PERHAPS: DroppedFor.AUTOMATIC,
}
# What a person's mail may be taken for: programs and lists on its way leave signs.
_PERHAPS = frozenset({Automatic.PERHAPS, Automatic.LIST})
_PROVEN = frozenset({Proof.SIGNED, Proof.NAMED})


def judge(arrival: Arrival, evidence: Evidence) -> ArrivalJudgement:
    """Decide what becomes of a mail."""
    hold = partial(
        Hold,
        account=evidence.account,
        task_id=evidence.task_id,
        contact_id=evidence.owner,
    )
    if evidence.release:
        return _released(arrival, evidence) or hold(HeldFor.GONE)
    if unheard := _unheard(arrival, evidence):
        return Drop(unheard)
    if doubt := _doubt(arrival, evidence):
        return hold(doubt)
    if evidence.ref:
        speaker = evidence.speakers[arrival.senders[0]]
        return Post(evidence.ref, speaker.contact_id, speaker.name)
    return _new(arrival, evidence) or hold(HeldFor.NO_TICKET)


def _new(arrival: Arrival, evidence: Evidence) -> Begin | Ask | None:
    """Return what a mail that names no ticket may be, now or once it is confirmed.

    An emoji below a mail asks for nothing.
    """
    if arrival.reaction:
        return None
    if evidence.sender and evidence.group_id:
        sender = evidence.sender
        begun = evidence.account, sender.contact_id, sender.name
        return Begin(*begun, evidence.group_id)
    if evidence.open_group_id and _may_be_asked(arrival, evidence):
        return Ask(evidence.account, evidence.open_group_id)
    return None


def _may_be_asked(arrival: Arrival, evidence: Evidence) -> bool:
    """Whether a mail of ours may ask the sender, if anybody sent it, to confirm.

    The sender of a forged mail would get it; so would whoever answers by a program.
    """
    vouched = arrival.verdict is SenderVerdict.PASSED or not evidence.vouches
    answers = any(is_our_id(one) for one in arrival.references)
    return vouched and not answers and public(arrival.senders[0])


def _unheard(arrival: Arrival, evidence: Evidence) -> DroppedFor | None:
    """Say why nobody has to look at a mail; None if somebody may have written it."""
    perhaps = arrival.automatic in _PERHAPS and (
        evidence.proof in _PROVEN
        or (arrival.automatic is Automatic.PERHAPS and evidence.is_known)
    )
    if arrival.automatic in _NOBODY and not perhaps:
        return _NOBODY[arrival.automatic]
    if evidence.proof is Proof.FORGED and not evidence.is_known:
        return DroppedFor.FORGED
    if arrival.text.strip() or arrival.attachments or arrival.troubles:
        return None
    return DroppedFor.EMPTY


def _doubt(arrival: Arrival, evidence: Evidence) -> HeldFor | None:
    """Say what speaks against a mail; None if it may speak, or names no ticket."""
    sender = next(iter(arrival.senders), "")
    proven = evidence.proof is not Proof.NONE
    doubts = {
        HeldFor.FORGED: evidence.proof is Proof.FORGED,
        HeldFor.OTHER_WORDS: evidence.is_other,
        HeldFor.MACHINE: arrival.automatic in _PERHAPS,
        HeldFor.SEVERAL: len(arrival.senders) != 1,
        HeldFor.GONE: proven and evidence.ref is None,
        HeldFor.STRANGER: proven and sender not in evidence.speakers,
        HeldFor.VERDICT: arrival.verdict is SenderVerdict.FAILED,
    }
    return next((why for why, met in doubts.items() if met), None)


def _released(arrival: Arrival, evidence: Evidence) -> Post | Begin | None:
    """Return what a person decided: it speaks, for the contact that was chosen."""
    release = evidence.release
    if release is None or not release.contact_id:
        return None
    own = evidence.sender if arrival.senders else None
    name = own.name if own else arrival.sender_name or "".join(arrival.senders[:1])
    if evidence.ref:
        return Post(evidence.ref, release.contact_id, name)
    group_id = release.group_id or evidence.first_group_id
    if not release.task_id and group_id:
        return Begin(release.account, release.contact_id, name, group_id)
    return None
