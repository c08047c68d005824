"""Who speaks in a message."""

import pytest
from examples import NOON
from hypothesis import assume, given
from hypothesis import strategies as st

from ticket24.domain.messages.perhaps import host_follows
from ticket24.domain.messages.voices import (
    Rules,
    customer_line,
    customer_name,
    internal,
    voice,
)
from ticket24.domain.tickets.model import MessageKey, Source, Voice, Written

US = 1
STAFF = 3
MARKS = ("//", "#internal")

REMARK = "Task closed."
DOUBTFUL = "Task started."


def written(text, *, source=Source.FORUM, author_id=STAFF, by_system=False):
    key = MessageKey(source, 7)
    return Written(key, author_id, "Klaus Weber", text, NOON, by_system=by_system)


def heard(text, rulings=None, **fields):
    rules = Rules(
        {US}, MARKS, {MessageKey(Source.FORUM, 7): rulings} if rulings else {}
    )
    return voice(written(text, **fields), rules)


@pytest.mark.parametrize(
    "text",
    [
        "// he has not paid",
        "//",
        "  \n\t// after white space",
        "\xa0// after a hard space",
        "[B]// bold[/B]",
        "[b] [COLOR=#ff0000]\n// red and bold[/COLOR][/b]",
        "[SIZE=10pt][QUOTE]// quoted[/QUOTE][/SIZE]",
        "[URL=https://example.com/a]// a link[/URL]",
        "[USER=3]// whom[/USER]",
        "#internal he has not paid",
        "#INTERNAL he has not paid",
        "[I]#Internal[/I] he has not paid",
        "#internal",
    ],
)
@pytest.mark.parametrize("source", Source)
def test_a_mark_at_the_start_keeps_a_message_inside(text, source):
    """A mark counts after white space and opening tags, in any case."""
    assert Voice.INTERNAL is heard(text, source=source)


@pytest.mark.parametrize(
    "text",
    [
        "See https://example.com",
        "https://example.com//x",
        "Yes // no",
        "Hello\n// not the start",
        "/ one stroke",
        "/ / two of them",
        "Read the #internal page",
        "internal",
        "[/B]// after a closing tag",
        "[]// after no tag",
        "[B// a tag without an end",
        "",
    ],
)
@pytest.mark.parametrize("source", Source)
def test_marks_elsewhere_are_ordinary_words(text, source):
    """What looks like a mark inside a text keeps nothing from the customer."""
    assert Voice.STAFF is heard(text, source=source)


def test_a_company_chooses_its_marks():
    """Other marks count instead of ours; an empty one marks nothing."""
    assert internal("INTERN: no", ["intern:", ""])
    assert not internal("// no", ["intern:", ""])
    assert not internal("anything", [])


@given(st.text(), st.sampled_from(["//", "#internal"]), st.text())
def test_no_lead_of_white_space_hides_a_mark(text, mark, rest):
    """Whatever white space precedes a mark, the message is internal.

    But `//example.com` is also an address, so a person is asked about it.
    """
    assume(not host_follows(rest, 0))
    lead = "".join(sign for sign in text if sign.isspace())

    assert internal(lead + mark + rest, MARKS)


def test_long_openings_cost_no_time():
    """A text of nothing but openings is judged at once."""
    assert not internal("[b" * 30_000, MARKS)
    assert not internal("[b]" * 30_000, MARKS)
    assert internal("[b] " * 30_000 + "//", MARKS)


@pytest.mark.parametrize("source", Source)
def test_our_own_post_is_the_customers(source):
    """The customer line and the integration user make it the customer's."""
    text = customer_line("Anna Smith") + "It still burns."

    assert Voice.CUSTOMER is heard(text, author_id=US, source=source)
    assert "Anna Smith" == customer_name(written(text, author_id=US), Rules({US}))


def test_the_line_alone_makes_no_customer():
    """Staff who quote a customer's reply speak for themselves."""
    text = customer_line("Anna Smith") + "It still burns."

    assert Voice.STAFF is heard(text, author_id=STAFF)
    assert customer_name(written(text, author_id=STAFF), Rules({US})) is None


def test_the_integration_user_alone_makes_no_customer():
    """Staff may answer through the integration user's own account."""
    assert Voice.STAFF is heard("We are on our way.", author_id=US)


def test_a_quoted_line_makes_no_customer():
    """The customer line counts at the very start only."""
    assert Voice.STAFF is heard(f"He wrote:\n{customer_line('Anna')}Hm", author_id=US)


@pytest.mark.parametrize("text", ["// ok", "#internal", REMARK, DOUBTFUL, ""])
def test_a_customer_says_what_he_likes(text):
    """A reply is the customer's, even when its words would mean something else."""
    assert Voice.CUSTOMER is heard(customer_line("Anna") + text, author_id=US)


def test_a_reply_of_nothing_but_files_is_the_customers():
    """Bitrix24 trims texts: the line may be all that is left."""
    assert Voice.CUSTOMER is heard(customer_line("Anna").strip(), author_id=US)
    assert Voice.CUSTOMER is heard(
        customer_line("Anna").strip() + "\r\nx", author_id=US
    )
    assert Voice.STAFF is heard(customer_line("Anna").strip() + " rocks", author_id=US)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Anna Smith", "Anna Smith"),
        ("  Anna\n Smith ", "Anna Smith"),
        ("Anna [B]Smith[/B]", "Anna B Smith /B"),
        ("", "?"),
        ("[]", "?"),
        ("a" * 300, "a" * 200),
        ("Grüße Ünsal", "Grüße Ünsal"),
    ],
)
def test_a_name_cannot_break_the_line(name, shown):
    """Whatever a customer is called, the line is one line and is recognised."""
    text = customer_line(name) + "Hello"

    assert shown == customer_name(written(text, author_id=US), Rules({US}))


@given(st.text(), st.text())
def test_every_name_is_recognised_again(name, text):
    """What we post for a customer is never taken for staff's."""
    assert Voice.CUSTOMER is heard(customer_line(name) + text, author_id=US)
    assert Voice.CUSTOMER is heard((customer_line(name) + text).strip(), author_id=US)


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("text", ["Klaus changed the deadline", "// x", "Hello"])
def test_what_bitrix24_marks_as_its_own_is_nobodys(source, text):
    """A system message is not a message, whatever it says."""
    assert heard(text, source=source, by_system=True) is None


def test_forum_remarks_are_nobodys():
    """On the old card only the words tell a remark; those in doubt wait."""
    assert heard(REMARK) is None
    assert Voice.DOUBTFUL is heard(DOUBTFUL)


def test_people_in_a_chat_may_sound_like_bitrix24():
    """In a chat remarks carry a mark of their own: words prove nothing."""
    assert Voice.STAFF is heard(REMARK, source=Source.CHAT)
    assert Voice.STAFF is heard(DOUBTFUL, source=Source.CHAT)


@pytest.mark.parametrize("text", [REMARK, DOUBTFUL, "We are on our way."])
def test_a_person_has_the_last_word(text):
    """A ruling settles a message, whatever its words look like."""
    assert Voice.STAFF is heard(text, "staff")
    assert heard(text, "remark") is None


def test_a_ruling_makes_nothing_internal_public():
    """A message with a mark stays inside, and a customer's stays the customer's."""
    assert Voice.INTERNAL is heard("// no", "staff")
    assert Voice.CUSTOMER is heard(customer_line("Anna") + "x", "remark", author_id=US)
    assert heard("x", "staff", by_system=True) is None


def test_a_ruling_is_about_one_message():
    """Forum and chat ids overlap, and a ruling never meets the wrong one."""
    rules = Rules({US}, MARKS, {MessageKey(Source.CHAT, 7): "staff"})

    assert Voice.DOUBTFUL is voice(written(DOUBTFUL), rules)
