"""To whom letters go, and what they hold."""

import hashlib
from dataclasses import replace

from examples import letter, message, ticket
from news_told import LATER, NEWS, customer

from ticket24.domain.news.addressing import address
from ticket24.domain.news.letters import Kind, Letter, Untold
from ticket24.domain.news.notices import Skipped, reread
from ticket24.domain.tickets.model import Status, Voice

ANNAS = hashlib.sha256(b"anna@example.com").hexdigest()[:12]


def addressed(*customers, contact_ids, notice=NEWS):
    known = {one.ref.contact_id: one for one in customers}
    addressees = ticket(contact_ids=contact_ids)
    return list(address(notice, addressees, known, decided_at=LATER))


def test_a_letter_is_complete():
    """A letter can be rendered later, without a look at anything else."""
    (letter,) = addressed(customer(43, "anna@example.com"), contact_ids=(43,))

    assert "51-replied-chat-1-" + ANNAS == letter.id
    assert ("anna@example.com", "Anna Smith") == (
        letter.recipient,
        letter.recipient_name,
    )
    assert (ticket().ref, "Printer is on fire", Status.NEW, "Klaus Weber") == (
        letter.ref,
        letter.subject,
        letter.status,
        letter.responsible,
    )
    assert (Kind.REPLIED, "chat-1", (message(1),), LATER) == (
        letter.kind,
        letter.about,
        letter.messages,
        letter.decided_at,
    )


def test_mail_goes_to_the_first_address():
    """A customer with two addresses gets one mail."""
    letters = addressed(
        customer(43, "a@example.com", "b@example.com"), contact_ids=(43,)
    )

    assert ["a@example.com"] == [letter.recipient for letter in letters]


def test_every_customer_of_a_ticket_gets_one():
    """A ticket bound to several contacts is told to each."""
    letters = addressed(
        customer(43, "a@example.com"),
        customer(44, "b@example.com"),
        contact_ids=(44, 43),
    )

    assert ["b@example.com", "a@example.com"] == [one.recipient for one in letters]


def test_recipients_are_a_set():
    """Two contacts with one address, in whatever case, get one mail."""
    letters = addressed(
        customer(43, "Anna@Example.com"),
        customer(44, "anna@example.COM"),
        contact_ids=(43, 44, 43),
    )

    assert ["Anna@Example.com"] == [letter.recipient for letter in letters]
    assert ["51-replied-chat-1-" + ANNAS] == [letter.id for letter in letters]


def test_a_letters_name_ignores_case():
    """The same news to the same address has one name, however it is spelled."""
    (one,) = addressed(customer(43, "Anna@Example.com"), contact_ids=(43,))
    (two,) = addressed(customer(43, "anna@example.com"), contact_ids=(43,))

    assert one.id == two.id


def test_other_news_has_another_name():
    """Kind, subject matter and ticket are all part of a letter's name."""
    others = (NEWS, replace(NEWS, about="chat-2"), replace(NEWS, kind=Kind.STATUS))
    ids = {
        addressed(customer(43, "a@example.com"), contact_ids=(43,), notice=one)[0].id
        for one in others
    }

    assert 3 == len(ids)


def test_no_address_is_a_silence_with_a_name():
    """A customer who has no address, or is gone, does not delay the others."""
    outcome = addressed(
        customer(43), customer(45, "c@example.com"), contact_ids=(43, 44, 45)
    )

    assert [
        Skipped("no-address", "contact-43"),
        Skipped("no-address", "contact-44"),
    ] == outcome[:2]
    (told,) = [one for one in outcome if isinstance(one, Letter)]
    assert "c@example.com" == told.recipient
    (untold,) = [one for one in outcome if isinstance(one, Untold)]
    expected = (43, 44), (44,), (43, 44, 45), (told.id,)
    assert expected == (untold.contact_ids, untold.unknown, untold.bound, untold.told)


def test_a_letter_is_sent_as_it_is_true():
    """Deleted and internal messages are left out, edited ones read as they do now."""
    written = (message(1), message(2), message(3, "The price"))
    now = ticket(
        messages=(
            message(2, voice=Voice.INTERNAL),
            message(3, "The right price"),
            message(4, "Later"),
        )
    )

    assert (message(3, "The right price"),) == reread(
        letter(messages=written), now
    ).messages


def test_a_letter_of_nothing_is_not_sent():
    """If everything was taken back, there is no letter."""
    assert reread(letter(messages=(message(1),)), ticket(messages=())) is None


def test_a_letter_outlives_its_ticket():
    """The ticket went away after staff had answered: the answer is owed."""
    assert letter() == reread(letter(), None)


def test_a_completion_stays_one():
    """Letters without messages are not looked into."""
    one = letter(kind=Kind.COMPLETED, messages=())

    assert one == reread(one, ticket())
