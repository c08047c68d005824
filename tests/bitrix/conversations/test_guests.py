"""People who write in a task and are not of the staff."""

from dataclasses import replace

import pytest
from examples import NOON, ticket

from ticket24.bitrix.conversations import authors
from ticket24.domain.looks.ages import Age
from ticket24.domain.messages.voices import Rules, customer_line
from ticket24.domain.news.addressing import address
from ticket24.domain.news.letters import Kind, Notice
from ticket24.domain.portal.pages import to_page
from ticket24.domain.tickets.changes import MessageAdded, MessageDoubted, diff
from ticket24.domain.tickets.model import (
    Author,
    ContactRef,
    Customer,
    Look,
    MessageKey,
    Source,
    Standing,
    Voice,
    Written,
)
from ticket24.domain.tickets.pictures import all_told, to_picture

RULES = Rules(
    {1},
    addresses=frozenset({"anna@example.com"}),
    names=frozenset({"anna smith"}),
    contacts=(43,),
)
DOUBTFUL_REMARK = "Deadline changed to: as soon as the part arrives"
HISTORY = replace(RULES, age=Age(whole=True))


def wrote(text="Words", source=Source.CHAT, **fields):
    base = Written(MessageKey(source, 7), 9, "Somebody", text, NOON)
    return replace(base, **fields)


def after(*written, rules=RULES):
    """Return the picture after looks that found this message, and the news of each."""
    before, news = None, []
    for one in written:
        forum = one.key.source is Source.FORUM
        look = Look(
            ticket(messages=()),
            forum=(one,) if forum else None,
            chat=None if forum else (one,),
        )
        now = to_picture(look, before, rules)
        news.append(
            [
                type(c)
                for c in diff(before, now)
                if isinstance(c, MessageAdded | MessageDoubted)
            ]
        )
        before = all_told(now)
    (message,) = before.messages or (None,)
    return message and message.voice, news


def voice_of(*written, rules=RULES):
    return after(*written, rules=rules)[0]


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize(
    "fields",
    [
        {"standing": Standing.GUEST, "email": "ANNA@example.com"},
        {"standing": Standing.GUEST, "contacts": (43,)},
        {"standing": Standing.GUEST, "author": "Anna  SMITH"},
        {"standing": Standing.STRANGER, "author": "Anna Smith"},
        {"standing": Standing.STRANGER, "author": "Anna@Example.com"},
        {"standing": Standing.UNKNOWN, "email": "anna@example.com"},
    ],
)
def test_a_customers_own_words_are_hers(source, fields):
    """A guest with her address, contact or name is the customer, on both cards."""
    assert (Voice.CUSTOMER, [[]]) == after(wrote(source=source, **fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"standing": Standing.STAFF, "email": "anna@example.com"},
        {"standing": Standing.STAFF, "author": "Anna Smith"},
        {"author_id": 1, "email": "anna@example.com"},
        {"author_id": 1, "author": "Anna Smith"},
        {"standing": Standing.UNKNOWN},
    ],
)
def test_staff_who_try_the_portal_stay_staff(fields):
    """An employee with a customer's address or name answers as an employee."""
    assert (Voice.STAFF, [[MessageAdded]]) == after(wrote(**fields))


def opened(*openings, rules=RULES):
    """Return the picture after looks that found who made the task."""
    now = None
    for one in openings:
        now = to_picture(Look(ticket(messages=()), opening=one), now, rules)
    return now


def letter_about(picture):
    """Return the author that the mail about a new ticket names."""
    anna = Customer(ContactRef("acme", 43), "Anna Smith", ("anna@example.com",))
    notice = Notice(Kind.CREATED, "ticket")
    (letter,) = address(notice, picture, {43: anna}, decided_at=NOON)
    return letter.opened_by, letter.by_guest


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"author": "Anna Smith"}, "Anna Smith"),
        ({"author": "ANNA@example.com"}, "ANNA@example.com"),
        ({"author": "", "email": "anna@example.com"}, "?"),
        ({"author": "A", "contacts": (43,)}, "A"),
    ],
)
def test_a_ticket_that_a_customer_makes_as_a_guest_is_hers(fields, name):
    """Its words are hers on the page and in the mail, also once less is known."""
    hers = wrote(standing=Standing.GUEST, **fields)
    for picture in (opened(hers), opened(hers, wrote()), opened(hers, None)):
        assert name == to_page(picture).opened_by
        assert (name, True) == letter_about(picture)


@pytest.mark.parametrize(
    ("opening", "by_guest"),
    [
        (wrote(standing=Standing.GUEST), True),
        (wrote(standing=Standing.STRANGER), True),
        (wrote(standing=Standing.STAFF, email="anna@example.com"), False),
        (wrote(author_id=1, email="anna@example.com"), False),
        (wrote(author="Anna Smith"), False),
        (None, False),
    ],
)
def test_a_ticket_that_others_make_is_not_hers(opening, by_guest):
    """A ticket made by staff is the company's; one made by other guests is nobody's."""
    picture = opened(opening)

    assert not to_page(picture).opened_by
    assert ("", by_guest) == letter_about(picture)


@pytest.mark.parametrize("source", Source)
@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.STRANGER])
def test_other_guests_wait_for_a_person(source, standing):
    """An author who is neither staff nor customer does not answer for the company."""
    guest = wrote(source=source, standing=standing)
    ruled = replace(RULES, rulings={guest.key: "staff"})

    assert (Voice.DOUBTFUL, [[MessageDoubted]]) == after(guest)
    assert Voice.STAFF is voice_of(guest, rules=ruled)
    assert Voice.INTERNAL is voice_of(replace(guest, text="// Words"))


def test_who_only_has_a_customers_name_waits_for_a_person():
    """If nobody says who is who, the author may be the customer, who is not told."""
    namesake = wrote(author="Anna Smith")

    assert (Voice.DOUBTFUL, [[MessageDoubted]]) == after(namesake)
    assert Voice.STAFF is voice_of(namesake, rules=HISTORY)


def test_in_history_only_who_may_have_been_staff_is_shown():
    """Guests' old words stay inside; those of users who were deleted do not vanish."""
    deleted = voice_of(wrote(standing=Standing.STRANGER), rules=HISTORY)
    remark = wrote(
        source=Source.FORUM, standing=Standing.STRANGER, text=DOUBTFUL_REMARK
    )
    guest = voice_of(wrote(standing=Standing.GUEST), rules=HISTORY)

    assert (Voice.STAFF, Voice.REMARK) == (deleted, guest)
    assert Voice.REMARK is voice_of(remark, rules=HISTORY)


@pytest.mark.parametrize(
    ("known", "less"),
    [
        ({"standing": Standing.GUEST, "email": "anna@example.com"}, {}),
        ({"standing": Standing.GUEST, "contacts": (43,)}, {"standing": Standing.GUEST}),
        (
            {"author_id": 1, "text": customer_line("Anna") + "Hi"},
            {"author_id": 0, "by_system": True, "text": customer_line("Anna") + "Hi"},
        ),
        (
            {"author_id": 1, "text": customer_line("Anna") + "Hi"},
            {"author_id": 2, "text": customer_line("Anna") + "Hi"},
        ),
    ],
)
def test_a_customer_stays_one_when_less_is_known(known, less):
    """A later answer that does not tell who wrote makes nobody else of her."""
    voice, news = after(wrote(**known), wrote(author="", **less))

    assert (Voice.CUSTOMER, [[], []]) == (voice, news)


@pytest.mark.parametrize(
    "less",
    [
        {"author_id": 0, "by_system": True},
        {"standing": Standing.STRANGER, "author": ""},
        {"standing": Standing.GUEST},
    ],
)
def test_an_answer_stays_one_when_its_author_is_gone(less):
    """What staff wrote and customers were told does not vanish with a user."""
    voice, news = after(wrote(standing=Standing.STAFF), wrote(**less))
    hidden = voice_of(wrote(standing=Standing.STAFF), wrote(text="// no", **less))

    assert (Voice.STAFF, [[MessageAdded], []]) == (voice, news)
    assert Voice.INTERNAL is hidden


def test_a_bot_stays_one_when_its_row_is_missing():
    """A bot's words are no answer, even if a later look does not call it a bot."""
    voice, news = after(wrote(by_system=True), wrote(author=""))

    assert (Voice.REMARK, [[], []]) == (voice, news)


def test_a_guest_stays_held_when_less_is_known():
    """A former guest is not staff just because nobody says guest any more."""
    voice, news = after(wrote(standing=Standing.GUEST), wrote())

    assert (Voice.DOUBTFUL, [[MessageDoubted], []]) == (voice, news)


def test_a_guest_who_turns_out_to_be_the_customer_is_held_no_longer():
    """Once her address is in the CRM, the held message becomes her own."""
    held = wrote(standing=Standing.GUEST)

    assert Voice.CUSTOMER is voice_of(held, replace(held, email="anna@example.com"))


def test_a_name_that_was_known_stays():
    """An answer keeps its author's name when an account forgets it."""
    first = to_picture(Look(ticket(messages=()), chat=(wrote(),)), None, RULES)
    later = to_picture(
        Look(ticket(messages=()), chat=(wrote(author=""),)), all_told(first), RULES
    )

    assert "Somebody" == to_page(later).messages[0].author


@pytest.mark.parametrize(
    ("row", "standing"),
    [
        ({"type": "user", "extranet": False}, Standing.STAFF),
        ({"extranet": False}, Standing.STAFF),
        ({"type": "extranet"}, Standing.GUEST),
        ({"type": "collaber", "extranet": False}, Standing.GUEST),
        ({"type": "user", "extranet": True}, Standing.GUEST),
        ({"type": "user", "externalAuthId": "email"}, Standing.GUEST),
        ({"external_auth_id": "email", "extranet": False}, Standing.GUEST),
        ({}, Standing.UNKNOWN),
        ({"name": "Klaus"}, Standing.UNKNOWN),
    ],
)
def test_the_chat_tells_guests_from_staff(row, standing):
    """Every mark of a guest in a chat counts; without a mark nobody is a guest."""
    assert standing is authors.of_chat(row).standing


@pytest.mark.parametrize(
    "row",
    [
        *({"bot": True}, {"connector": "Y"}, {"network": True}, {"type": "bot"}),
        *({"external_auth_id": "imconnector"}, {"externalAuthId": "bot"}),
    ],
)
def test_the_chat_tells_bots_from_people(row):
    """Bots, and people of open channels, are not staff."""
    assert authors.is_bot(row)
    assert not authors.is_bot({"type": "user", "bot": False})


def test_the_list_of_people_tells_who_is_what():
    """Employees are staff, others are guests, and a missing person is a stranger."""
    rows = [
        {"ID": "1", "USER_TYPE": "employee"},
        {"ID": "3", "USER_TYPE": "employee", "NAME": "Ida", "ACTIVE": False},
        {"ID": "8", "USER_TYPE": "extranet", "EMAIL": "a@x.example"},
        {"ID": "9", "USER_TYPE": "email", "UF_USER_CRM_ENTITY": "C_43"},
        {"ID": "10", "USER_TYPE": "extranet", "UF_USER_CRM_ENTITY": ["CO_1", "C_44"]},
        {"ID": "11"},
    ]

    assert {
        3: Author(Standing.STAFF, "Ida"),
        7: Author(Standing.STRANGER),
        8: Author(Standing.GUEST, email="a@x.example"),
        9: Author(Standing.GUEST, contacts=(43,)),
        10: Author(Standing.GUEST, contacts=(44,)),
        11: Author(),
    } == authors.read(rows, [3, 7, 8, 9, 10, 11], 1)
    assert {} == authors.read([], [3], 1)
    assert {} == authors.read(None, [3], 1)


def test_authors_whom_a_chat_does_not_show_are_who_the_list_says():
    """Only its guests are sure to be in the list: others answer for the company."""
    unseen = wrote(author="")
    guest = Author(Standing.GUEST, "Ida", "anna@example.com")
    staff = Author(Standing.STAFF, "Ida")
    nobody = Author(Standing.STRANGER)

    assert Voice.CUSTOMER is voice_of(authors.introduced(unseen, {9: guest}, ()))
    assert "Ida" == authors.introduced(unseen, {9: staff}, ()).author
    assert Voice.STAFF is voice_of(authors.introduced(unseen, {9: nobody}, ()))


def test_who_works_on_a_task_is_no_guest():
    """A freelancer of an extranet who is responsible answers for the company."""
    guest = wrote(standing=Standing.GUEST)

    assert Voice.STAFF is voice_of(authors.introduced(guest, {}, (9,)))
    assert Voice.DOUBTFUL is voice_of(authors.introduced(guest, {}, (8,)))
