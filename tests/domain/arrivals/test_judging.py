"""Who may speak, and what becomes of all other mail."""

from dataclasses import replace

import pytest

from ticket24.domain.arrivals.fates import (
    Ask,
    Begin,
    Drop,
    DroppedFor,
    HeldFor,
    Hold,
    Post,
    Release,
)
from ticket24.domain.arrivals.judging import Evidence, Proof, Speaker, judge
from ticket24.domain.arrivals.model import Arrival, Automatic, SenderVerdict
from ticket24.domain.tickets.model import TicketRef

REF = TicketRef("acme", 51)
MARIA = Speaker(7, "Maria Souza")
MAIL = Arrival("a1", "<1@example.com>", ("maria@example.com",), text="Works.")
SIGNED = Evidence(
    Proof.SIGNED,
    "acme",
    REF,
    51,
    {"maria@example.com": MARIA, "jo@example.com": Speaker(7, "Jo")},
    sender=MARIA,
    is_known=True,
    owner=7,
    first_group_id=3,
)
UNNAMED = Evidence(
    account="acme", sender=MARIA, is_known=True, owner=7, first_group_id=3
)


def by(*senders, **more):
    return replace(MAIL, senders=senders, **more)


@pytest.mark.parametrize("proof", [Proof.SIGNED, Proof.NAMED])
@pytest.mark.parametrize("verdict", [SenderVerdict.PASSED, SenderVerdict.MISSING])
@pytest.mark.parametrize("sender", ["maria@example.com", "jo@example.com"])
def test_who_knows_our_mail_and_belongs_to_the_ticket_speaks(proof, verdict, sender):
    """Contacts and followers; no verdict is no bad verdict."""
    judged = judge(by(sender, verdict=verdict), replace(SIGNED, proof=proof))

    assert Post(REF, 7, SIGNED.speakers[sender].name) == judged


@pytest.mark.parametrize(
    ("mail", "changes", "why"),
    [
        (by("eve@example.com"), {"sender": None}, HeldFor.STRANGER),
        (by("maria@example.com", verdict=SenderVerdict.FAILED), {}, HeldFor.VERDICT),
        (by("maria@example.com", "eve@example.com"), {}, HeldFor.SEVERAL),
        (by(), {}, HeldFor.SEVERAL),
        (MAIL, {"is_other": True}, HeldFor.OTHER_WORDS),
        (MAIL, {"ref": None}, HeldFor.GONE),
        (MAIL, {"proof": Proof.FORGED, "ref": None}, HeldFor.FORGED),
    ],
)
def test_what_is_doubtful_waits_for_a_person(mail, changes, why):
    """Nothing that somebody may have written to us is lost."""
    assert Hold(why, "acme", 51, 7) == judge(mail, replace(SIGNED, **changes))


def test_a_wrong_signature_of_a_stranger_is_dropped():
    """Staff do not read what anybody may send in any number."""
    forged = Evidence(Proof.FORGED)

    assert Drop(DroppedFor.FORGED) == judge(MAIL, forged)


PERHAPS = Automatic.PERHAPS, Automatic.LIST


@pytest.mark.parametrize("kind", PERHAPS)
def test_what_may_be_a_persons_mail_to_a_ticket_waits_for_staff(kind):
    """A company's list or its programs leave signs in what its people write."""
    mail = replace(MAIL, automatic=kind)

    for proof in (Proof.SIGNED, Proof.NAMED):
        known = replace(SIGNED, proof=proof)
        assert Hold(HeldFor.MACHINE, "acme", 51, 7) == judge(mail, known)
    new = judge(mail, replace(UNNAMED, group_id=3))
    assert isinstance(new, Drop if kind is Automatic.LIST else Hold)
    assert isinstance(judge(mail, Evidence()), Drop)
    assert isinstance(judge(mail, Evidence(Proof.FORGED)), Drop)


@pytest.mark.parametrize("kind", sorted({*Automatic} - {"", *PERHAPS}))
def test_what_nobody_wrote_is_dropped_with_its_reason(kind):
    """It neither posts nor opens, however right its token is."""
    for evidence in (SIGNED, replace(UNNAMED, group_id=3), Evidence(Proof.FORGED)):
        judged = judge(replace(MAIL, automatic=kind), evidence)
        assert isinstance(judged, Drop)
        assert judged.why in {kind.value, "automatic"}


def test_a_mail_that_names_no_ticket_opens_one_if_it_may():
    """Only a contact's does, and only where the company wants that."""
    opens = replace(UNNAMED, group_id=3)
    failed = replace(MAIL, verdict=SenderVerdict.FAILED)
    stranger = replace(opens, sender=None, is_known=False, owner=0)
    emoji = replace(MAIL, text="👍", reaction="👍")

    assert Hold(HeldFor.NO_TICKET, "acme", 0, 7) == judge(emoji, opens)
    assert Begin("acme", 7, "Maria Souza", 3) == judge(MAIL, opens)
    assert Hold(HeldFor.NO_TICKET, "acme", 0, 7) == judge(MAIL, UNNAMED)
    assert Hold(HeldFor.VERDICT, "acme", 0, 7) == judge(failed, opens)
    assert Hold(HeldFor.NO_TICKET, "acme") == judge(MAIL, stranger)
    assert Hold(HeldFor.NO_TICKET) == judge(MAIL, Evidence())


def test_an_empty_mail_is_dropped_and_one_with_only_a_file_is_not():
    """A file is an answer, too."""
    empty = replace(MAIL, text=" \n")

    assert Drop(DroppedFor.EMPTY) == judge(empty, SIGNED)


@pytest.mark.parametrize("changes", [{}, {"is_other": True}, {"sender": None}])
def test_a_released_mail_speaks(changes):
    """Staff have decided, and for which contact; a stranger speaks by his own name."""
    release = Release("acme", 51, 7)
    evidence = replace(SIGNED, release=release, **changes)

    judged = judge(by("eve@example.com", sender_name="Eve"), evidence)

    assert Post(REF, 7, "Maria Souza" if evidence.sender else "Eve") == judged


def test_a_released_mail_without_a_ticket_opens_one():
    """Whether or not mails open tickets by themselves."""
    begun = replace(UNNAMED, release=Release("acme", 0, 7))
    gone = replace(SIGNED, ref=None, release=Release("acme", 51, 7))

    assert Begin("acme", 7, "Maria Souza", 3) == judge(MAIL, begun)
    assert Hold(HeldFor.GONE, "acme", 51, 7) == judge(MAIL, gone)


EVE = by("eve@new.example", verdict=SenderVerdict.PASSED)
OPEN = Evidence(account="acme", open_group_id=5, vouches=True)
OURS = "<confirmation.0123456789abcdef0123456789abcdef@example.com>"


@pytest.mark.parametrize(
    ("mail", "evidence", "judged"),
    [
        (EVE, OPEN, Ask("acme", 5)),
        (EVE, replace(OPEN, open_group_id=0), Hold(HeldFor.NO_TICKET, "acme")),
        (by("eve@new.example"), replace(OPEN, vouches=False), Ask("acme", 5)),
        (by("eve@new.example"), OPEN, Hold(HeldFor.NO_TICKET, "acme")),
        (
            by("eve@new.example", verdict=SenderVerdict.FAILED),
            replace(OPEN, vouches=False),
            Hold(HeldFor.VERDICT, "acme"),
        ),
        (
            by("eve@localhost", verdict=EVE.verdict),
            OPEN,
            Hold(HeldFor.NO_TICKET, "acme"),
        ),
        (replace(EVE, references=(OURS,)), OPEN, Hold(HeldFor.NO_TICKET, "acme")),
        (replace(EVE, reaction="👍"), OPEN, Hold(HeldFor.NO_TICKET, "acme")),
        (
            replace(EVE, automatic=Automatic.OUT_OF_OFFICE),
            OPEN,
            Drop(DroppedFor.OUT_OF_OFFICE),
        ),
        (EVE, replace(OPEN, proof=Proof.FORGED), Drop(DroppedFor.FORGED)),
    ],
)
def test_a_stranger_is_asked_where_anybody_may_write(mail, evidence, judged):
    """But no program, nobody for whom no server vouches, and not about our own mail."""
    assert judged == judge(mail, evidence)


def test_a_contact_is_asked_too_where_mails_of_contacts_open_nothing():
    """Otherwise strangers might write, and customers might not."""
    known = replace(OPEN, sender=MARIA, is_known=True, owner=7)
    mail = by("maria@example.com", verdict=SenderVerdict.PASSED)

    assert Ask("acme", 5) == judge(mail, known)
    assert isinstance(judge(mail, replace(known, group_id=3)), Begin)
