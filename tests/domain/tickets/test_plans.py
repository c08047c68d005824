"""From a look to everything that follows from it."""

from datetime import timedelta

import pytest
from examples import NOON, ticket

from ticket24.domain.looks.ages import Age
from ticket24.domain.messages.voices import Rules, customer_line
from ticket24.domain.news.letters import Kind
from ticket24.domain.news.notices import Skipped, Wishes, wanted
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.tickets.changes import MessageAdded, StatusChanged
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    Look,
    MessageKey,
    Source,
    Status,
    Written,
)
from ticket24.domain.tickets.plans import plan

US = 1
ANNA = {43: Customer(ContactRef("acme", 43), "Anna Smith", ("anna@example.com",))}
NEW, IMPORTED = Age(), Age(whole=True)
DOUBTFUL = "Task started."


def written(number, text=None, source=Source.CHAT, author_id=3, minutes=None):
    at = NOON + timedelta(minutes=number if minutes is None else minutes)
    key = MessageKey(source, number)
    return Written(key, author_id, "Klaus", text or f"Message {number}", at)


def comment(number, text=None, **fields):
    return written(number, text, Source.FORUM, **fields)


def look(*chat, forum=None, **fields):
    return Look(ticket(messages=(), **fields), forum, chat)


class Desk:
    """One ticket over several looks, each committed."""

    def __init__(self, age=NEW, *, created=False, status_mails=False):
        self.age = age
        every = wanted(AccountSettings(status_mails=status_mails))
        self.kinds = every - (set() if created else {Kind.CREATED})
        self.picture = None
        self.customers = ANNA
        self.rulings = {}

    def see(self, one):
        age = self.age if self.picture is None else NEW
        rules = Rules({US}, ("//",), self.rulings, age)
        wishes = Wishes(age, self.kinds)
        made = plan(one, self.picture, rules, self.customers, wishes)
        self.picture = made.after
        return made

    def told(self, one):
        """What is told of a look: the kind of each mail, and its messages."""
        return [
            (letter.kind.value, [str(m.key) for m in letter.messages])
            for letter in self.see(one).letters
        ]


def test_a_staff_message_becomes_a_letter():
    """A message is told to the customer of its ticket."""
    made = Desk().see(look(written(1)))

    assert [("anna@example.com", Kind.REPLIED)] == [
        (letter.recipient, letter.kind) for letter in made.letters
    ]
    assert made.after.looked_at == made.letters[0].decided_at


def test_the_same_look_again_yields_nothing():
    """A duplicate finds nothing to say and changes nothing."""
    desk = Desk(status_mails=True)
    one = look(
        written(1),
        written(2, "// no"),
        forum=(comment(1), comment(2, DOUBTFUL)),
        status=Status.COMPLETED,
        closed_at=NOON,
    )
    first = desk.see(one)
    second = desk.see(one)

    assert 2 == len(first.letters)
    assert ((), (), (), ()) == (
        second.changes,
        second.letters,
        second.skipped,
        second.doubted,
    )
    assert first.after == second.after


@pytest.mark.parametrize(
    ("now", "doubted", "settled"),
    [
        ("Please wait.\n// no", [], []),
        ("Please wait.\n// never", ["Please wait.\n// never"], ["chat-1"]),
        ("// no", [], ["chat-1"]),
        (None, [], ["chat-1"]),
    ],
)
def test_what_is_held_follows_its_message(now, doubted, settled):
    """Edited, it is shown anew; deleted or marked, nobody is asked any more."""
    desk = Desk()
    desk.see(look(written(1, "Please wait.\n// no")))
    chat = (written(1, now),) if now else ()
    made = desk.see(look(*chat))

    assert doubted == [message.text for message in made.doubted]
    assert settled == [str(key) for key in made.settled]


def test_several_messages_of_a_look_are_one_mail():
    """All that was written since the last look is told at once, in order."""
    desk = Desk()
    desk.see(look(written(1)))

    assert [("replied", ["chat-2", "chat-3", "chat-4"])] == desk.told(
        look(written(1), written(3), written(2), written(4))
    )


def test_each_message_stands_in_one_mail():
    """Earlier messages are not told again with later ones."""
    desk = Desk()

    assert [("replied", ["chat-1"])] == desk.told(look(written(1)))
    assert [("replied", ["chat-2"])] == desk.told(look(written(1), written(2)))


def test_a_message_and_a_completion_are_two_mails():
    """A look that finds both tells the words once and the end once."""
    desk = Desk(status_mails=True)
    desk.see(look())

    told = desk.told(look(written(1), status=Status.COMPLETED, closed_at=NOON))

    assert [("completed", []), ("replied", ["chat-1"])] == sorted(told)


@pytest.mark.parametrize(
    ("wanted", "expected"), [(True, [("status", [])]), (False, [])]
)
def test_status_mails_are_a_choice(wanted, expected):
    """A step on the way is told only where the company wants it."""
    desk = Desk(status_mails=wanted)
    desk.see(look())

    assert expected == desk.told(look(status=Status.IN_PROGRESS))


def test_a_reopened_ticket_can_be_completed_again():
    """Each completion is told, the reopening between them is not."""
    desk = Desk()
    desk.see(look())
    first = look(status=Status.COMPLETED, closed_at=NOON)
    again = look(status=Status.COMPLETED, closed_at=NOON + timedelta(hours=1))

    assert [("completed", [])] == desk.told(first)
    assert [] == desk.told(look())
    assert [("completed", [])] == desk.told(again)


def test_history_is_never_told():
    """A first look imports what happened before the connection in silence."""
    desk = Desk(IMPORTED, created=True)
    old = look(written(1), written(10), status=Status.COMPLETED, closed_at=NOON)

    made = desk.see(old)

    assert () == made.letters
    assert ["first-look", *["older-than-connection"] * 3] == sorted(
        skipped.reason for skipped in made.skipped
    )
    assert [True, True] == [message.told for message in made.after.messages]
    assert [("replied", ["chat-11"])] == desk.told(
        look(written(1), written(10), written(11))
    )


def test_doubts_about_history_bother_nobody():
    """A person is asked about doubtful messages of our time only."""
    desk = Desk(IMPORTED)
    forum = (comment(1, DOUBTFUL), comment(2, DOUBTFUL))

    assert () == desk.see(look(forum=forum[:1])).doubted
    assert ["forum-2"] == [str(m.key) for m in desk.see(look(forum=forum)).doubted]


def test_an_internal_message_is_told_once_it_is_public():
    """Taking the mark away tells it, once; putting it back and away does not."""
    desk = Desk()

    assert [] == desk.told(look(written(1, "// We pay.")))
    assert [("replied", ["chat-1"])] == desk.told(look(written(1, "We pay.")))
    assert [] == desk.told(look(written(1, "// We pay.")))
    assert [] == desk.told(look(written(1, "We pay.")))


def test_internal_words_are_in_no_letter():
    """What staff keep to themselves leaves with no mail."""
    letters = Desk().see(look(written(1, "// secret"), written(2, "Hello"))).letters

    assert ["Hello"] == [m.text for letter in letters for m in letter.messages]


@pytest.mark.parametrize(
    ("ruling", "expected"), [("staff", [("replied", ["forum-1"])]), ("remark", [])]
)
def test_a_doubtful_message_waits_for_its_ruling(ruling, expected):
    """It is told once a person says that staff wrote it, and never otherwise."""
    desk = Desk()
    one = look(forum=(comment(1, DOUBTFUL),))
    made = desk.see(one)

    assert Skipped("doubtful", "forum-1") in made.skipped
    assert ["forum-1"] == [str(message.key) for message in made.doubted]
    assert [] == desk.told(one)
    desk.rulings = {MessageKey(Source.FORUM, 1): ruling}
    assert expected == desk.told(one)
    assert [] == desk.told(one)


def test_a_ruling_comes_through_after_the_move_to_a_chat():
    """A doubtful comment is told even when the forum is not read any more."""
    desk = Desk()
    desk.see(look(forum=(comment(1, DOUBTFUL),)))
    desk.see(look(chat_id=58))
    desk.rulings = {MessageKey(Source.FORUM, 1): "staff"}

    assert [("replied", ["forum-1"])] == desk.told(look(chat_id=58))
    assert [] == desk.told(look(chat_id=58))


def test_customers_hear_no_echo():
    """What we posted for a customer is not mailed to its author."""
    text = customer_line("Anna Smith") + "Thanks"
    made = Desk().see(look(written(1, text, author_id=US)))

    assert () == made.letters
    assert ["customer"] == [message.voice.value for message in made.after.messages]


def test_no_address_is_decided_too():
    """Without an address nobody is told, and what about is noted."""
    desk = Desk()
    desk.customers = {}
    made = desk.see(look(written(1)))

    assert Skipped("no-address", "contact-43") in made.skipped
    assert ["51-replied-chat-1"] == [one.id for one in made.untold]
    desk.customers = ANNA
    assert [] == desk.told(look(written(1)))
    assert [("replied", ["chat-2"])] == desk.told(look(written(1), written(2)))


def test_edits_and_deletions_tell_nothing():
    """Customers are not bothered with what changes in what they have read."""
    desk = Desk()
    desk.see(look(written(1), written(2)))

    assert [] == desk.told(look(written(1, "Other words"), written(2)))
    assert [] == desk.told(look(written(1)))


def test_a_plan_names_its_changes():
    """The log gets what was found."""
    desk = Desk()
    desk.see(look())
    made = desk.see(look(written(1), status=Status.IN_PROGRESS))

    assert [MessageAdded, StatusChanged] == [type(change) for change in made.changes]


def test_a_new_ticket_is_told_beside_its_first_answer():
    """Two mails, kinds apart; at the next look neither of them again."""
    desk = Desk(created=True)

    assert [("created", []), ("replied", ["chat-1"])] == desk.told(look(written(1)))
    assert [] == desk.told(look(written(1)))


def test_a_new_ticket_is_told_though_its_words_are_history():
    """A task that becomes a ticket later is created for its customer then."""
    desk = Desk(Age(until=NOON), created=True)

    assert [("created", [])] == desk.told(look(written(1)))
