"""From what a look brought home to the next picture."""

from dataclasses import replace
from datetime import timedelta

import pytest
from examples import NOON, ticket

from ticket24.domain.looks.ages import Age
from ticket24.domain.looks.chat_windows import chat_window
from ticket24.domain.messages.voices import Rules, customer_line
from ticket24.domain.tickets.model import File, Look, MessageKey, Source, Voice, Written
from ticket24.domain.tickets.pictures import all_told, to_picture

US = 1
RULES = Rules({US})
FILE = File(973, "photo.png", 1_495_700)


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def written(source, number, text=None, **fields):
    """A message; higher ids are later, forum before chat."""
    minutes = number + (100 if source is Source.CHAT else 0)
    base = Written(MessageKey(source, number), 3, "Klaus", "", at(minutes))
    return replace(base, text=f"Message {number}" if text is None else text, **fields)


def forum(number, text=None, **fields):
    return written(Source.FORUM, number, text, **fields)


def chat(number, text=None, **fields):
    return written(Source.CHAT, number, text, **fields)


def look(*, service=None, forum=None, chat=None, chat_from=0, **fields):
    shown = ticket(messages=(), service_comments=service, **fields)
    return Look(shown, forum, chat, chat_from)


def after(*looks, rules=RULES):
    """Return the picture after these looks, each told before the next."""
    before = None
    for one in looks:
        before = all_told(to_picture(one, before, rules))
    return before


def seen(picture):
    return {str(message.key): message.voice.value for message in picture.messages}


def texts(picture):
    return [message.text for message in picture.messages]


def told(picture):
    return {str(message.key): message.told for message in picture.messages}


def test_a_first_look_shows_every_message_in_order():
    """Forum and chat become one conversation, by time, with overlapping ids."""
    picture = after(look(forum=(forum(2), forum(1)), chat=(chat(2), chat(1))))

    assert ["forum-1", "forum-2", "chat-1", "chat-2"] == list(seen(picture))


def test_messages_of_one_second_keep_their_order():
    """Bitrix24's times have whole seconds: within one, ids decide."""
    same = (chat(2, at=NOON), chat(10, at=NOON), chat(9, at=NOON))

    assert ["chat-2", "chat-9", "chat-10"] == list(seen(after(look(chat=same))))


def test_who_speaks_is_told_apart():
    """Staff, customer, internal and doubtful stay; Bitrix24's own words do not."""
    reply = customer_line("Anna") + "Thanks"
    picture = after(
        look(
            forum=(
                forum(1),
                forum(2, reply, author_id=US, author="Portal"),
                forum(3, "// he has not paid"),
                forum(4, "Task started."),
                forum(5, "Task closed."),
                forum(6, by_system=True),
            )
        )
    )

    assert {
        "forum-1": "staff",
        "forum-2": "customer",
        "forum-3": "internal",
        "forum-4": "doubtful",
    } == seen(picture)
    assert ["Klaus", "Anna"] == [message.author for message in picture.messages][:2]


def test_nothing_but_the_messages_is_taken_from_before():
    """Status, people and times are those of the look."""
    before = after(look(chat=(chat(1),), subject="Old", contact_ids=(1, 2)))
    now = look(chat=(), chat_from=1, subject="New", contact_ids=(2,))

    picture = to_picture(now, before, RULES)

    assert ("New", (2,)) == (picture.subject, picture.contact_ids)
    assert replace(picture, messages=()) == now.ticket


@pytest.mark.parametrize("source", ["forum", "chat"])
def test_what_was_not_read_stays(source):
    """A source that a look left out keeps its messages."""
    both = {"forum": (forum(1),), "chat": (chat(1),)}
    before = after(look(**both))
    now = look(**{name: () for name in both if name != source})

    assert [f"{source}-1"] == list(seen(to_picture(now, before, RULES)))


def test_messages_before_the_window_stay():
    """Only the messages of a chat after the window's start are read again."""
    before = after(look(chat=(chat(1), chat(2), chat(3))))
    now = look(chat=(chat(3), chat(4)), chat_from=2)

    assert ["chat-1", "chat-2", "chat-3", "chat-4"] == list(
        seen(to_picture(now, before, RULES))
    )


def test_messages_deleted_inside_the_window_are_gone():
    """Deletions on the new card raise no event, and are seen all the same."""
    before = after(look(chat=(chat(1), chat(2), chat(3))))
    now = look(chat=(chat(3),), chat_from=1)

    assert ["chat-1", "chat-3"] == list(seen(to_picture(now, before, RULES)))


def test_deleted_comments_are_gone():
    """The forum is read whole: what is missing from it was deleted."""
    before = after(look(forum=(forum(1), forum(2))))

    assert ["forum-2"] == list(seen(to_picture(look(forum=(forum(2),)), before, RULES)))


@pytest.mark.parametrize("make", [forum, chat])
def test_an_edit_is_seen_and_not_told_again(make):
    """An edited message has its new words and keeps that it was told."""
    name = make(1).key.source.value
    before = after(look(**{name: (make(1, "Teh printer"),)}))
    picture = to_picture(look(**{name: (make(1, "The printer"),)}), before, RULES)

    assert ["The printer"] == texts(picture)
    assert {f"{name}-1": True} == told(picture)


def test_new_messages_are_not_told_yet():
    """Only what is in a committed picture has been decided."""
    before = after(look(chat=(chat(1),)))
    picture = to_picture(look(chat=(chat(1), chat(2))), before, RULES)

    assert {"chat-1": True, "chat-2": False} == told(picture)


def test_all_told_leaves_what_nobody_may_read():
    """An internal or doubtful message may become public and is then news."""
    picture = after(
        look(forum=(forum(1), forum(2, "// no"), forum(3, "Task started.")))
    )

    assert {"forum-1": True, "forum-2": False, "forum-3": False} == told(picture)


def test_an_internal_message_can_be_released():
    """Without its mark a message is staff's, and not told yet."""
    before = after(look(chat=(chat(1, "// We pay."),)))
    picture = to_picture(look(chat=(chat(1, "We pay."),)), before, RULES)

    assert {"chat-1": "staff"} == seen(picture)
    assert {"chat-1": False} == told(picture)


def test_a_message_can_be_taken_back_and_released_again():
    """A told message that goes internal and comes back stays told."""
    picture = after(
        look(chat=(chat(1, "We pay."),)),
        look(chat=(chat(1, "// We pay."),)),
        look(chat=(chat(1, "We pay."),)),
    )

    assert ({"chat-1": "staff"}, {"chat-1": True}) == (seen(picture), told(picture))


def test_files_come_with_their_message():
    """A message of nothing but a file is a message."""
    picture = after(look(chat=(chat(1, "", files=(FILE,)),)))

    assert [(FILE,)] == [message.files for message in picture.messages]


def test_a_ticket_that_moves_to_a_chat_keeps_its_history():
    """Forum comments stay when the old card becomes a new one, and stay told."""
    old = (forum(1), forum(2, "// no"))
    picture = after(
        look(forum=old, service=2),
        look(chat=(chat(1),), chat_id=58),
        look(chat=(chat(2),), chat_id=58, chat_from=1),
    )

    assert ["forum-1", "forum-2", "chat-1", "chat-2"] == list(seen(picture))
    assert {True} == {m.told for m in picture.messages if m.public}


def test_comments_read_beside_a_chat_are_told_once():
    """A first look reads both sources; the next reads the chat alone."""
    picture = after(
        look(forum=(forum(1),), chat=(chat(1),), chat_id=58),
        look(chat=(chat(1), chat(2)), chat_id=58),
    )

    assert ["forum-1", "chat-1", "chat-2"] == list(seen(picture))


def test_a_doubtful_message_waits_for_a_person():
    """New words make a doubtful message no less doubtful; a ruling does."""
    before = after(look(forum=(forum(1, "Task started."),)))
    now = look(forum=(forum(1, "The task was started by Klaus himself, for you."),))

    def voices(**rulings):
        key = MessageKey(Source.FORUM, 1)
        rules = Rules({US}, rulings={key: rulings["as_"]} if rulings else {})
        return seen(to_picture(now, before, rules))

    assert {"forum-1": "doubtful"} == voices()
    assert {"forum-1": "staff"} == voices(as_="staff")
    assert {} == voices(as_="remark")


@pytest.mark.parametrize(("ruling", "expected"), [("staff", "staff"), ("remark", None)])
def test_a_ruling_reaches_comments_that_are_not_read_again(ruling, expected):
    """A doubtful comment is settled even after the ticket moved to a chat."""
    before = after(
        look(forum=(forum(1, "Task started."), forum(2))),
        look(chat=(), chat_id=58),
    )
    rules = Rules({US}, rulings={MessageKey(Source.FORUM, 1): ruling})
    picture = to_picture(look(chat=(), chat_id=58), before, rules)

    assert expected == seen(picture).get("forum-1")
    assert {"forum-1": False, "forum-2": True}.items() >= told(picture).items()


UNKNOWN = "Aufgabe ganz neu sortiert"  # A remark in words that we do not know.


def test_a_remark_that_we_know_raises_no_doubt():
    """When Bitrix24 counts as many new remarks as we do, messages go through."""
    before = after(look(forum=(forum(1), forum(2, "Task closed.")), service=1))
    now = look(
        forum=(forum(1), forum(2, "Task closed."), forum(3, "Task resumed."), forum(4)),
        service=2,
    )

    assert "staff" == seen(to_picture(now, before, RULES))["forum-4"]


def test_a_remark_that_we_do_not_know_raises_doubt():
    """When Bitrix24 counts more remarks than we do, new messages wait."""
    before = after(look(forum=(forum(1),), service=1))
    now = look(forum=(forum(1), forum(2, UNKNOWN), forum(3)), service=2)

    assert {"forum-1": "staff", "forum-2": "doubtful", "forum-3": "doubtful"} == seen(
        to_picture(now, before, RULES)
    )


def test_doubt_ends_with_the_look_that_raised_it():
    """The next messages pass again; those in doubt stay in doubt."""
    old = (forum(1), forum(2, UNKNOWN))
    picture = after(
        look(forum=old[:1], service=1),
        look(forum=old, service=2),
        look(forum=(*old, forum(3)), service=2),
    )

    assert {"forum-1": "staff", "forum-2": "doubtful", "forum-3": "staff"} == seen(
        picture
    )


def test_what_is_surely_a_persons_is_not_doubted():
    """Remarks have no files and no marks, and are not ours."""
    reply = customer_line("Anna") + "Thanks"
    before = after(look(forum=(), service=1))
    now = look(
        forum=(
            forum(1, "See", files=(FILE,)),
            forum(2, "// no"),
            forum(3, reply, author_id=US),
        ),
        service=2,
    )

    assert ["staff", "internal", "customer"] == list(
        seen(to_picture(now, before, RULES)).values()
    )


def test_a_ruling_is_stronger_than_the_count():
    """What a person has settled is not doubted for a number."""
    rules = Rules({US}, rulings={MessageKey(Source.FORUM, 2): "staff"})
    before = after(look(forum=(), service=1))
    now = look(forum=(forum(2),), service=2)

    assert {"forum-2": "staff"} == seen(to_picture(now, before, rules))


DOUBTS = (forum(1, "Task started."), forum(2, "Task is overdue."))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, {"forum-1": "doubtful", "forum-2": "doubtful", "forum-3": "staff"}),
        (2, {"forum-1": "doubtful", "forum-2": "doubtful", "forum-3": "staff"}),
        (3, {"forum-1": "doubtful", "forum-2": "doubtful", "forum-3": "staff"}),
        (4, {"forum-1": "doubtful", "forum-2": "doubtful", "forum-3": "doubtful"}),
    ],
)
def test_beside_a_person_the_count_does_not_tell_which(count, expected):
    """Doubtful messages stay so; a person's are doubted only if there are too few."""
    before = after(look(forum=(), service=1))
    now = look(forum=(*DOUBTS, forum(3)), service=count)

    assert expected == seen(to_picture(now, before, RULES))


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (2, {"forum-1": "doubtful", "forum-2": "doubtful"}),
        (3, {"forum-1": "remark", "forum-2": "remark"}),
    ],
)
def test_the_count_vouches_for_doubtful_remarks(count, expected):
    """When all that is new is counted as remarks, nobody has to rule."""
    before = after(look(forum=(), service=1))

    assert expected == seen(
        to_picture(look(forum=DOUBTS, service=count), before, RULES)
    )


def test_doubts_about_history_are_nobodys_work():
    """What may be a remark, and was there before us, is hidden and not held."""
    rules = Rules({US}, age=Age(whole=True))

    assert {"forum-1": "remark", "forum-2": "remark", "forum-3": "staff"} == seen(
        to_picture(look(forum=(*DOUBTS, forum(3)), service=9), None, rules)
    )


def test_a_remark_stays_one_until_a_person_says_otherwise():
    """What the count vouched for is not doubted later, and a ruling wins."""
    before = after(look(forum=(), service=1), look(forum=DOUBTS[:1], service=2))
    now = look(forum=(*DOUBTS[:1], forum(3)), service=2)
    rules = Rules({US}, rulings={MessageKey(Source.FORUM, 1): "staff"})

    assert {"forum-1": "remark", "forum-3": "staff"} == seen(
        to_picture(now, before, RULES)
    )
    assert {"forum-1": "staff"} == seen(
        to_picture(look(forum=DOUBTS[:1], service=2), before, rules)
    )
    assert not [message for message in before.messages if message.public]


@pytest.mark.parametrize(("before", "now"), [(None, 3), (3, None), (None, None)])
def test_without_a_count_nothing_is_doubted(before, now):
    """A portal that does not count its remarks holds no message back."""
    first = after(look(forum=(forum(1),), service=before))
    second = look(forum=(forum(1), forum(2)), service=now)

    assert "staff" == seen(to_picture(second, first, RULES))["forum-2"]


@pytest.mark.parametrize(
    ("service", "voice"), [(None, "staff"), (0, "staff"), (1, "staff"), (2, "doubtful")]
)
def test_one_remark_is_never_listed(service, voice):
    """The remark that opens a topic may be counted and is never shown."""
    assert {"forum-1": voice} == seen(after(look(forum=(forum(1),), service=service)))


def test_deleted_remarks_raise_no_doubt():
    """Fewer remarks than before are no reason to hold a message back."""
    before = after(look(forum=(forum(1, "Task closed."),), service=2))
    now = look(forum=(forum(2),), service=1)

    assert {"forum-2": "staff"} == seen(to_picture(now, before, RULES))


def test_counts_go_on_after_a_look_without_the_forum():
    """Remarks counted before a look that left the forum out are not new."""
    old = (forum(1, "Task closed."), forum(2, "Task resumed."))
    picture = after(
        look(forum=old, service=2),
        look(service=2),
        look(forum=(*old, forum(3)), service=2),
    )

    assert {"forum-3": "staff"} == seen(picture)


def test_a_chat_is_never_doubted_for_the_forums_count():
    """The count is about forum comments; a chat marks its own."""
    picture = after(look(forum=(), chat=(chat(1),), service=9))

    assert {"chat-1": "staff"} == seen(picture)


def test_the_window_holds_the_newest_messages():
    """The last messages of a chat are read again, all of it the first time."""
    ten = after(look(forum=(forum(500),), chat=tuple(map(chat, range(1, 11)))))
    ten = replace(ten, looked_at=at(60 * 24 * 9))  # Too old to be edited.

    assert 0 == chat_window(None, 3)
    assert 7 == chat_window(ten, 3)
    assert 1 == chat_window(ten, 9)
    assert 0 == chat_window(ten, 10)
    assert 0 == chat_window(after(look(forum=(forum(5),))), 1)


def test_the_window_holds_what_may_still_be_edited():
    """It holds the last three days, by clocks that differ, but at most a page."""
    long = after(look(chat=tuple(map(chat, range(1, 401)))))
    days = {at(0): 250, at(60 * 24 * 3): 250, at(60 * 24 * 4): 390}

    for looked_at, start in days.items():
        assert start == chat_window(replace(long, looked_at=looked_at), 10)

    soon = replace(long, looked_at=at(60 * 24 * 3 + 60 * 14 + 100 + 380))

    assert 380 == chat_window(soon, 10)


def test_windows_follow_each_other():
    """Look after look through its own window: nothing is missed or doubled."""
    before, world = None, []
    for number in range(1, 40):
        world.append(chat(number))
        start = chat_window(before, 3)
        shown = tuple(one for one in world if one.key.id > start)
        before = all_told(to_picture(look(chat=shown, chat_from=start), before, RULES))

    assert [f"chat-{n}" for n in range(1, 40)] == list(seen(before))


def test_public_is_what_customers_may_read():
    """Only staff may read internal and doubtful messages."""
    public = {Voice.STAFF, Voice.CUSTOMER}
    picture = after(
        look(forum=(forum(1), forum(2, "// no"), forum(3, "Task started.")))
    )

    assert {message.voice in public for message in picture.messages if message.public}
    assert ["forum-1"] == [str(m.key) for m in picture.messages if m.public]


def test_a_mark_that_the_settings_forget_publishes_nothing_old():
    """Old internal messages stay internal; an edited one becomes public, and news."""
    before = after(look(chat=(chat(1, "// quiet"), chat(2, "// loud"))))
    now = look(chat=(chat(1, "// quiet"), chat(2, "loud")))

    picture = to_picture(now, before, Rules({US}, internal_marks=()))

    assert {"chat-1": "internal", "chat-2": "staff"} == seen(picture)
    assert {"chat-1": False, "chat-2": False} == told(picture)
