"""Messages in which there is nothing to read, from look to look."""

from dataclasses import replace

import pytest
from examples import NOON, ticket

from ticket24.domain.messages.voices import Rules, customer_line
from ticket24.domain.portal.pages import to_page
from ticket24.domain.portal.rows import to_row
from ticket24.domain.tickets.changes import MessageAdded, diff
from ticket24.domain.tickets.model import (
    File,
    Look,
    Matter,
    MessageKey,
    Source,
    Voice,
    Written,
)
from ticket24.domain.tickets.pictures import all_told, to_picture
from ticket24.markup import says_something

RULES = Rules({1}, says=says_something)


def look(text, **fields):
    key = MessageKey(Source.CHAT, 7)
    written = Written(key, 3, "Klaus", text, NOON)
    return Look(ticket(messages=()), chat=(replace(written, **fields),))


def after(*looks):
    """Return the last picture, and what each look announced."""
    before, news = None, []
    for one in looks:
        now = to_picture(one, before, RULES)
        added = [c for c in diff(before, now) if isinstance(c, MessageAdded)]
        news.append([change.message.text for change in added])
        before = all_told(now)
    return before, news


@pytest.mark.parametrize("text", ["", " ", "[B][/B]", "[DISK FILE ID=n5]", "#public "])
def test_nothing_to_read_is_no_news(text):
    """It is not announced, shown or counted, but what becomes of it is."""
    empty, _ = after(look(text))
    full, news = after(look(text), look("Words"))

    assert ((), 0, ()) == (
        to_page(empty).messages,
        to_row(empty).messages,
        to_row(empty).chat,
    )
    assert ([[], ["Words"]], 1) == (news, to_row(full).messages)


def test_what_was_told_is_not_told_again():
    """A message that was emptied for a while is not news when its words are back."""
    picture, news = after(look("Words"), look("[B][/B]"), look("Words again"))

    assert [["Words"], [], []] == news
    assert "Words again" == to_page(picture).messages[0].text


@pytest.mark.parametrize(
    "more", [{"files": (File(5, "a.png", 1),)}, {"matter": Matter.POLL}]
)
def test_a_file_or_a_poll_is_something(more):
    """What is not words may be worth a mail all the same."""
    picture, news = after(look("", **more))

    assert ([[""]], 1) == (news, len(to_page(picture).messages))


def test_a_customer_sees_her_own_message_whatever_is_in_it():
    """What she sent stays on her page, even if its file is gone."""
    picture, news = after(look(customer_line("Anna"), author_id=1))

    assert ([[]], 1) == (news, len(to_page(picture).messages))


def test_a_customers_words_that_staff_pass_on_are_hers():
    """A customer never gets her own words as an answer, whoever repeats them."""
    words = customer_line("Anna") + "It burns."
    picture, news = after(look(words, forwarded=True))

    assert ([[]], Voice.CUSTOMER) == (news, picture.messages[0].voice)
    assert "Anna" == picture.messages[0].author
