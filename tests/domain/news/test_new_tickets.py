"""Who hears of a new ticket, and who is in copy."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, SIGNATURE, ticket
from news_told import IMPORTED, LATER, NEWS, customer, decided

from ticket24.domain.customers.followers import MOST_COPIES
from ticket24.domain.news.addressing import address
from ticket24.domain.news.letters import Kind, Notice
from ticket24.domain.news.notices import Skipped
from ticket24.domain.tickets.changes import FollowersAdded, TicketAppeared
from ticket24.domain.tickets.descriptions import compose, harmless
from ticket24.domain.tickets.model import File


def test_a_new_ticket_is_news():
    """A ticket that was created after we began to watch is told."""
    assert [Notice(Kind.CREATED, "ticket")] == decided(TicketAppeared())


def test_a_ticket_from_before_is_history():
    """Nothing that was there then is told, whenever it seems to be made."""
    for hours in (-14, 0, 14):
        assert [Skipped("older-than-connection", "ticket")] == decided(
            TicketAppeared(), age=IMPORTED, created_at=NOON + timedelta(hours=hours)
        )


CREATED = Notice(Kind.CREATED, "ticket")
FILES = (File(9, "photo.jpg", 1),)


def created(*cc, contact_ids=(43,), known=None):
    """Whom a new ticket with these addresses in copy is told to."""
    description = compose("Anna Smith", "It burns [B]here[/B].", cc, SIGNATURE)
    opened = ticket(contact_ids=contact_ids, description=description, files=FILES)
    known = {43: customer(43, "anna@example.com")} if known is None else known
    return list(address(CREATED, opened, known, decided_at=LATER))


def test_a_new_ticket_is_told_with_what_it_says():
    """Its words and files go to the customer and to people in copy."""
    anna, carl = created("carl@example.com")

    for one in (anna, carl):
        assert (harmless("It burns [B]here[/B]."), FILES, "Anna Smith", ()) == (
            one.text,
            one.files,
            one.opened_by,
            one.messages,
        )
    assert ("anna@example.com", "Anna Smith", False) == (
        anna.recipient,
        anna.recipient_name,
        anna.in_copy,
    )
    assert ("carl@example.com", "", True) == (
        carl.recipient,
        carl.recipient_name,
        carl.in_copy,
    )


def test_everybody_is_told_once():
    """An address is in copy once, however written, and no customer is in copy."""
    letters = created("Carl@x.org", "ANNA@example.com", "carl@X.org", "dora@x.org")

    expected = ["anna@example.com", "Carl@x.org", "dora@x.org"]
    assert expected == [one.recipient for one in letters]
    assert 3 == len({one.id for one in letters})


def test_copies_go_out_though_the_customer_has_no_address():
    """The customer's silence has a name, and delays nobody."""
    outcome = created("carl@x.org", known={})

    assert Skipped("no-address", "contact-43") == outcome[0]
    assert ["carl@x.org"] == [one.recipient for one in outcome[1:-1]]
    assert (43,) == outcome[-1].contact_ids


def test_copies_are_bounded():
    """Twenty people in copy are told, and no more."""
    letters = created(*(f"c{number}@x.org" for number in range(30)))

    expected = [f"c{number}@x.org" for number in range(MOST_COPIES)]
    assert expected == [one.recipient for one in letters if one.in_copy]


def test_whoever_is_in_copy_and_does_not_follow_hears_of_nothing_else():
    """Replies and completions go to the customers alone."""
    description = compose("Anna", "It burns.", ["carl@x.org"], SIGNATURE)
    known = {43: customer(43, "anna@example.com")}

    for kind in (Kind.REPLIED, Kind.STATUS, Kind.COMPLETED):
        letters = address(
            replace(NEWS, kind=kind),
            ticket(description=description),
            known,
            decided_at=LATER,
        )
        assert ["anna@example.com"] == [one.recipient for one in letters]


@pytest.mark.parametrize("kind", [*Kind])
def test_followers_hear_what_customers_hear(kind):
    """They get each kind of mail, as people in copy, beside the customer."""
    known = {43: customer(43, "anna@example.com")}
    followed = ticket(followers=("carl@x.org", "dora@x.org"))
    anna, *copies = address(replace(NEWS, kind=kind), followed, known, decided_at=LATER)

    assert (False, False) == (anna.in_copy, anna.follows)
    assert ["carl@x.org", "dora@x.org"] == [one.recipient for one in copies]
    assert all(one.in_copy and one.follows for one in copies)
    assert {("carl@x.org", "dora@x.org")} == {one.followers for one in (anna, *copies)}


def test_who_is_copied_in_later_is_greeted_alone():
    """The ticket's words go to the new ones; nobody else hears of them by mail."""
    known = {43: customer(43, "anna@example.com")}
    followed = ticket(followers=("carl@x.org", "dora@x.org"))
    (notice,) = decided(FollowersAdded(("dora@x.org",)))
    letters = address(notice, followed, known, decided_at=LATER)

    assert ["dora@x.org"] == [one.recipient for one in letters]


def test_what_staff_describe_is_told_as_it_stands():
    """A ticket that staff made has no copies, and belongs to the company alone."""
    staffs = ticket(description="[B]It[/B] burns.", files=FILES)
    known = {43: customer(43, "anna@example.com")}

    (one,) = address(CREATED, staffs, known, decided_at=LATER)

    assert ("[B]It[/B] burns.", "", FILES) == (one.text, one.opened_by, one.files)
