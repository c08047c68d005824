"""What becomes of news that nobody could be told when it happened."""

from dataclasses import replace

import pytest
from examples import NOON, letter, message, ticket

from ticket24.domain.news.addressing import address
from ticket24.domain.news.gathering import together
from ticket24.domain.news.letters import Kind, Letter, Notice, Untold
from ticket24.domain.news.untold import Retold, concerned, readdressed, retell
from ticket24.domain.tickets.model import ContactRef, Customer, Status, TicketRef, Voice

NEWS = Notice(Kind.REPLIED, "chat-1", (message(),))


def known(*pairs):
    return {
        id_: Customer(ContactRef("acme", id_), f"Customer {id_}", emails)
        for id_, *emails in pairs
    }


def untold(customers=None, notice=NEWS, **fields):
    """What was left to tell of a notice when it happened."""
    (left,) = (
        one
        for one in address(notice, ticket(**fields), customers or {}, decided_at=NOON)
        if isinstance(one, Untold)
    )
    return left


def told(what, *pairs, kinds=frozenset(Kind), now=None, **fields):
    """Tell later; return who is written to, and who must still be told."""
    one = retell(what, now or ticket(**fields), known(*pairs), kinds)
    assert all(isinstance(letter, Letter) for letter in one.letters)
    left = one.left.contact_ids if one.left else ()
    return [letter.recipient for letter in one.letters], left


def test_who_gets_an_address_is_told():
    """The letter is the one that would have been written when it happened."""
    (at_once,) = address(NEWS, ticket(), known((43, "a@x.org")), decided_at=NOON)

    later = retell(untold(), ticket(), known((43, "a@x.org")), frozenset(Kind))

    assert Retold((at_once,), None) == later


def test_who_has_none_yet_waits():
    """Nothing changes while nothing has changed."""
    what = untold(known((43,)))

    assert Retold((), what) == retell(what, ticket(), known((43,)), frozenset(Kind))


def test_it_is_known_why_somebody_waits():
    """A contact that comes back without an address waits for another reason."""
    what = untold()
    later = retell(what, ticket(), known((43,)), frozenset(Kind)).left

    assert ((43,), ()) == (what.unknown, later.unknown)


def test_one_of_two_is_told_and_the_other_waits():
    """Each is told once, when it can be."""
    what = untold(contact_ids=(43, 44))
    both = {"contact_ids": (43, 44)}
    first = retell(what, ticket(**both), known((44, "b@x.org")), frozenset(Kind))

    assert ["b@x.org"] == [one.recipient for one in first.letters]
    assert (["a@x.org"], ()) == told(
        first.left, (43, "a@x.org"), (44, "b@x.org"), **both
    )


def test_one_mailbox_hears_it_once():
    """A customer who shares a mailbox with somebody who was told was told too."""
    what = untold(known((44, "b@x.org")), contact_ids=(43, 44))

    assert ([], ()) == told(
        what, (43, "B@X.org"), (44, "b@x.org"), contact_ids=(43, 44)
    )


def test_who_was_bound_instead_is_told():
    """If staff bound the ticket to another contact, that is its customer now."""
    assert (["c@x.org"], ()) == told(untold(), (45, "c@x.org"), contact_ids=(45,))


def test_who_was_bound_instead_may_have_to_wait_too():
    """If it has no address either, the next contact in turn is told."""
    first = retell(untold(), ticket(contact_ids=(45,)), known((45,)), frozenset(Kind))

    assert (45,) == first.left.contact_ids
    assert (["d@x.org"], ()) == told(first.left, (46, "d@x.org"), contact_ids=(46,))


def test_who_was_bound_besides_is_not_told():
    """Old news are not for who came later, as long as those it was for are there."""
    assert ([], (43,)) == told(untold(), (45, "c@x.org"), contact_ids=(43, 45))


def test_who_is_bound_no_more_is_not_told():
    """The other customer was told when it happened."""
    what = untold(known((44, "b@x.org")), contact_ids=(43, 44))

    assert ([], ()) == told(what, (43, "a@x.org"), (44, "b@x.org"), contact_ids=(44,))


def test_a_ticket_that_is_away_waits():
    """It may come back, and its news with it."""
    what = untold()

    assert Retold((), what) == retell(what, None, {}, frozenset(Kind))


@pytest.mark.parametrize(
    ("notice", "now"),
    [
        (NEWS, {"messages": ()}),
        (NEWS, {"messages": (message(voice=Voice.INTERNAL),)}),
        (Notice(Kind.COMPLETED, "completed-1"), {"status": Status.IN_PROGRESS}),
        (Notice(Kind.STATUS, "deferred-1"), {"status": Status.IN_PROGRESS}),
    ],
)
def test_what_is_not_true_any_more_is_no_news(notice, now):
    """Taken back, made internal, or the ticket has moved on: nobody is told."""
    status = {Kind.COMPLETED: Status.COMPLETED, Kind.STATUS: Status.DEFERRED}
    fields = {"status": status.get(notice.kind, Status.NEW)}
    what = untold(notice=notice, **fields)

    assert (["a@x.org"], ()) == told(what, (43, "a@x.org"), **fields)
    assert ([], ()) == told(what, (43, "a@x.org"), **fields | now)


def test_what_the_company_does_not_send_any_more_is_not_sent():
    """It is the company's choice then."""
    kinds = frozenset(Kind) - {Kind.REPLIED}

    assert ([], ()) == told(untold(), (43, "a@x.org"), kinds=kinds)


def test_what_is_still_to_be_told_says_who_was():
    """Nobody is told twice, over however many steps."""
    what = untold(known((44, "b@x.org")), contact_ids=(43, 44))
    moved = replace(what, contact_ids=(43,))

    assert ([], (43,)) == told(
        moved, (43,), (44, "b@x.org"), (45, "b@x.org"), contact_ids=(43, 44, 45)
    )
    assert ([], ()) == told(moved, (45, "B@x.org"), contact_ids=(45,))


def sent(*pairs, now=None, **fields):
    """Send a letter again that Customer 43 was written at a@x.org; return to whom."""
    first = {"contact_ids": (43, 44)}
    customers = known((43, "a@x.org"), (44, "b@x.org"))
    letter, _ = address(NEWS, ticket(**first), customers, decided_at=NOON)
    letter = replace(letter, **fields)
    again = readdressed(letter, now or ticket(**first), known(*pairs))
    assert again is None or again.id == letter.id
    return again and again.recipient


@pytest.mark.parametrize(
    ("pairs", "recipient"),
    [
        ([(43, "new@x.org")], "new@x.org"),
        ([(43, "new@x.org", "a@x.org")], "new@x.org"),
        ([(43, "A@X.org")], "a@x.org"),
        ([(43,)], "a@x.org"),
        ([(43, "ü@x.org")], "a@x.org"),
        ([], "a@x.org"),
        ([(43, "b@x.org"), (44, "c@x.org")], "b@x.org"),
        ([(43, "B@x.org"), (44, "b@x.org")], None),
    ],
)
def test_a_refused_letter_follows_its_customer(pairs, recipient):
    """To the present address, but not to a mailbox that had a letter of its own."""
    assert recipient == sent(*pairs)


def test_a_refused_letter_follows_who_took_a_place():
    """If staff bound the ticket to another contact, the letter goes to that one."""
    (moved, left) = ticket(contact_ids=(45, 44)), ticket(contact_ids=(44,))
    pairs = (44, "b@x.org"), (45, "c@x.org")

    assert ["c@x.org", "a@x.org"] == [sent(*pairs, now=one) for one in (moved, left)]


def test_a_managers_letter_follows_its_manager():
    """To the present address, but not where somebody hears of the ticket anyway."""
    owner, copied = (43, "a@x.org"), ("Carl@x.org",)
    of_boss = {"of_company": True, "contact_id": 50, "recipient": "boss@x.org"}

    boss = letter(of_company=True, contact_id=50)
    assert {43, 50} == concerned(boss, ticket(contact_ids=(43,)))
    assert {43} == concerned(letter(contact_id=50), ticket(contact_ids=(43,)))
    assert "new@x.org" == sent(owner, (50, "new@x.org"), **of_boss)
    assert "boss@x.org" == sent(owner, **of_boss)
    assert sent(owner, (50, "A@x.org"), **of_boss) is None
    assert sent(owner, (50, "carl@x.org"), **of_boss, followers=copied) is None


def test_a_letter_of_an_earlier_version_follows_a_name():
    """It does not know its contact; a copy is for nobody but its address."""
    pairs, old = (43, "n@x.org"), {"contact_id": 0, "bound": ()}

    assert "n@x.org" == sent(pairs, (44, "b@x.org"), **old)
    assert "a@x.org" == sent(pairs, **old, recipient_name="Customer 45")
    assert "a@x.org" == sent(pairs, **old, recipient_name="", in_copy=True)


def test_a_digest_follows_nobody_but_its_customer():
    """Whoever took over one of its tickets is not told of the others."""
    parts = tuple(
        letter(id=f"{number}", ref=TicketRef("acme", number), contact_id=43)
        for number in (51, 52)
    )
    digest = replace(together(parts, None), recipient="a@x.org")
    taken = ticket(contact_ids=(44,))

    assert digest == readdressed(digest, taken, known((44, "b@x.org")))
    shared = ticket(contact_ids=(43, 44))
    # When it is sent, no ticket is asked: each part has its own.
    for now in (shared, None):
        sent = readdressed(digest, now, known((43, "c@x.org")))
        assert ("c@x.org", digest.parts) == (sent.recipient, sent.parts)
    sent = readdressed(digest, shared, known((43, "b@x.org"), (44, "B@x.org")))
    assert ("b@x.org", 43) == (sent.recipient, sent.contact_id)
