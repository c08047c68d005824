"""A ticket as its customers may see it."""

from dataclasses import replace
from datetime import timedelta

from examples import NOON, SIGNATURE, message, ticket

from ticket24.domain.messages.voices import customer_line
from ticket24.domain.portal.pages import PageFile, Seen, same_page, to_page
from ticket24.domain.portal.rows import to_row
from ticket24.domain.tickets.descriptions import compose, harmless
from ticket24.domain.tickets.model import File, MessageKey, Source, Voice

HIDDEN = (
    message(8, "// secret", voice=Voice.INTERNAL),
    message(9, "Task started.", voice=Voice.DOUBTFUL),
    message(10, "Task closed.", voice=Voice.REMARK),
)


def test_a_page_holds_nothing_internal():
    """Neither the page nor its row contains what staff keep to themselves."""
    page = to_page(ticket(messages=(message(1), *HIDDEN)))

    assert ["Hello"] == [one.text for one in page.messages]
    assert 1 == to_row(ticket(messages=(message(1), *HIDDEN))).messages


def test_a_customers_reply_is_shown_without_its_customer_line():
    """The name is shown beside the reply, and only the words in it."""
    text = customer_line("Anna Smith") + harmless("It [B]still[/B] burns.")
    reply = message(2, text, voice=Voice.CUSTOMER, author="Anna Smith")

    (shown,) = to_page(ticket(messages=(reply,))).messages

    assert ("Anna Smith", True) == (shown.author, shown.by_customer)
    assert harmless("It [B]still[/B] burns.") == shown.text


def test_what_looks_like_a_customer_line_is_shown_of_staff():
    """Staff may quote one."""
    text = customer_line("Anna Smith") + "wrote this"

    (shown,) = to_page(ticket(messages=(message(1, text),))).messages

    assert text == shown.text


def test_a_ticket_from_the_portal_shows_the_words_alone():
    """Who opened it and who is in copy is shown beside the words."""
    description = compose("Anna Smith", "It burns.", ["carl@example.com"], SIGNATURE)

    page = to_page(ticket(description=description))

    assert ("It burns.", "Anna Smith", ("carl@example.com",)) == (
        page.text,
        page.opened_by,
        page.cc,
    )


def test_a_ticket_of_staff_shows_its_description():
    """It is shown unchanged, opened by nobody we know."""
    page = to_page(ticket(description="[B]It burns.[/B]"))

    assert ("[B]It burns.[/B]", "", ()) == (page.text, page.opened_by, page.cc)


def test_files_are_named_by_what_their_number_means():
    """The two kinds of ids overlap: the letter tells them apart."""
    forum = message(1, key=MessageKey(Source.FORUM, 1), files=(File(5, "a.png", 1),))
    chat = message(2, files=(File(5, "b.png", 2),))

    page = to_page(ticket(files=(File(4, "c.png", 3),), messages=(forum, chat)))

    assert (PageFile("a4", "c.png", 3),) == page.files
    assert [(PageFile("a5", "a.png", 1),), (PageFile("d5", "b.png", 2),)] == [
        one.files for one in page.messages
    ]


def test_a_row_counts_what_is_new():
    """It counts staff messages after the last one seen, on each card separately."""
    messages = (
        message(1),
        message(4),
        message(5, voice=Voice.CUSTOMER),
        message(9, key=MessageKey(Source.FORUM, 9)),
    )
    row = to_row(ticket(messages=messages, active_at=NOON + timedelta(hours=1)))

    assert (4, (9,), (1, 4)) == (row.messages, row.forum, row.chat)
    assert NOON + timedelta(hours=1) == row.updated_at
    assert [3, 2, 1, 0] == [
        row.unread(seen) for seen in (Seen(), Seen(9, 0), Seen(9, 1), Seen(9, 4))
    ]


def test_looking_again_changes_no_page():
    """Only what a customer can see makes another page."""
    later = replace(ticket(), looked_at=NOON + timedelta(hours=1), chat_id=9)

    assert same_page(ticket(), later)
    assert same_page(ticket(), replace(ticket(), messages=(message(), *HIDDEN)))
    assert not same_page(ticket(), replace(ticket(), files=(File(4, "c.png", 3),)))
