"""A ticket and its two buttons, over HTTP and without JavaScript."""

import asyncio
import html
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import until
from examples import NOON, SIGNATURE, message, ticket
from formfilling import Visitor, hidden_fields
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.model import MoveTicket, PostReply, Upload
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import (
    File,
    MessageKey,
    Move,
    Source,
    Status,
    TicketRef,
    Voice,
)
from ticket24.store import keys
from ticket24.store.tickets.pages import RedisPages

ANNA, BEN = 43, 44
PATH = "tickets/51"


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest.fixture
async def anna(room):
    return Visitor(room, await room.visitor(ANNA))


@pytest.fixture
def keep(room):
    async def keep(number=51, **fields):
        after = ticket(ref=TicketRef(room.account.id, number), **fields)
        await room.keep(after)
        return after

    return keep


async def shown(visitor, path=PATH):
    status, page = await visitor.get(path)
    assert status == 200
    return page


def facts(page):
    pairs = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", page)
    return {name: html.unescape(re.sub(r"<[^>]*>", "", said)) for name, said in pairs}


def entries(page):
    """Return the conversation: id, classes and words of each entry."""
    talk = re.search(r'<ol class="talk" id="talk"[^>]*>(.*?)</ol>', page, re.DOTALL)[1]
    items = (
        re.match(r'(.*?)" id="(.*?)".*?>(.*)', item, re.DOTALL).groups()
        for item in talk.split('<li class="')[1:]
    )
    return {
        name: (classes, " ".join(re.sub(r"<[^>]*>", " ", body).split()))
        for classes, name, body in items
    }


def buttons(page):
    return re.findall(r'action="/p/acme/tickets/51/(complete|reopen)"', page)


async def press(visitor, action, fields=None):
    page = await shown(visitor)
    assert action in buttons(page)
    sent = fields or hidden_fields(page)
    answer = await visitor.post(f"{PATH}/{action}", sent, plain=True)
    return answer, sent


async def moves(room):
    waiting = await room.commands.waiting(room.account.id, [ANNA])
    return [one.command for one in waiting if isinstance(one.command, MoveTicket)]


async def test_the_page_tells_what_there_is_to_know(keep, anna):
    """Subject, number, status, who answers, until when, and what it is about."""
    await keep(
        subject="Printer <is> on fire",
        description=compose("Anna Smith", "It burns.", ("bob@example.com",), SIGNATURE),
        status=Status.IN_PROGRESS,
        messages=(),
        tags=("bugs", "high", "usa"),
        created_at=datetime.now(UTC) - timedelta(days=2, hours=1),
        deadline=NOON,
    )

    page = await shown(anna)

    assert "<h1>Printer &lt;is&gt; on fire</h1>" in page
    assert '<span class="number">#51</span>' in page
    assert "We are on it</span>" in page
    assert "<title>We are on it: Printer &lt;is&gt; on fire · #51" in page
    assert "We’re working on it." in page
    assert {
        "Assignee": "Klaus Weber",
        "Deadline": "21 November 2026, 12:00 UTC",
        "Progress": "In progress",
        "Created": "2 days ago",
        "Department": "Support",
        "Priority": "High",
        "Message type": "Bugs",
        "Sector": "USA",
        "CC": "bob@example.com",
    } == facts(page)
    assert "Anna Smith you 2 days ago It burns." == entries(page)["opening"][1]


@pytest.mark.parametrize("language", ["en", "de", "pt"])
async def test_each_turn_says_what_happens_next(redis, redis_url, language):
    """Every turn has one sentence of its own, in every language; so has a check."""
    settings = replace(SETTINGS, language=language)
    said = set()
    async with Showroom(redis, redis_url, settings=settings) as room:
        visitor = Visitor(room, await room.visitor(ANNA))
        cases = [*((status, ()) for status in Status), (Status.NEW, (message(),))]
        for number, (status, messages) in enumerate(cases, 51):
            ref = TicketRef(room.account.id, number)
            await room.keep(ticket(ref=ref, status=status, messages=messages))
            page = await shown(visitor, f"tickets/{number}")
            said.add(re.search(r'class="state">.*?<p>(.*?)</p>', page, re.DOTALL)[1])

    assert len(cases) == len(said - {""})


async def test_the_conversation_shows_who_said_what(keep, anna):
    """Staff and customers are told apart, and internal messages are not there."""
    await keep(
        messages=(
            message(1, "[b]Which[/b] one?"),
            message(2, "This one", voice=Voice.CUSTOMER, author="Anna Smith"),
            message(3, "Mine too", voice=Voice.CUSTOMER, author="Ben"),
            message(4, "He is lying", voice=Voice.INTERNAL),
        )
    )

    page = await shown(anna)
    talk = entries(page)

    assert ["opening", "m-chat-1", "m-chat-2", "m-chat-3"] == [
        name for name in talk if name != "fresh"
    ]
    assert "theirs" == talk["m-chat-1"][0]
    assert talk["m-chat-1"][1].startswith("Klaus Weber Acme Support ")
    assert "<strong>Which</strong> one?" in page
    assert "ours" == talk["m-chat-2"][0] == talk["m-chat-3"][0]
    assert talk["m-chat-2"][1].startswith("Anna Smith you ")
    assert talk["m-chat-3"][1].startswith("Ben ")
    assert "you" not in talk["m-chat-3"][1]
    assert "lying" not in page
    assert 'title="21 November 2026, 12:00 UTC"' in page


async def test_hostile_words_are_only_words(keep, anna):
    """Nothing that anybody wrote becomes markup: subject, names, text, files."""
    bad = '"><script>alert(1)</script>'
    files = (File(1, f"{bad}.png", 10), File(2, f"{bad}.pdf", 10))
    said = message(1, f"{bad} [url=javascript:alert(1)]x[/url]", author=bad)
    await keep(
        subject=bad,
        description=bad,
        responsible=bad,
        messages=(replace(said, files=files),),
    )

    page = await shown(anna)

    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert 4 <= page.count("&lt;script&gt;alert(1)")


async def test_small_pictures_are_shown_and_other_files_listed(keep, anna):
    """Pictures come lazily through us; the rest is a list with sizes."""
    files = (
        File(7, "smoke.PNG", 12_000),
        File(8, "log.pdf", 4_300_000),
        File(9, "huge.jpg", 20_000_000),
    )
    await keep(files=(File(5, "first.webp", 1),), messages=(message(1, files=files),))

    page = await shown(anna)

    def picture(file_id, name, size):
        path = f"/p/acme/tickets/51/files/{file_id}"
        about = f'alt="{name}" data-size="{size}"'
        return f'<a href="{path}"><img src="{path}/small" {about} loading="lazy"></a>'

    assert picture("a5", "first.webp", "1 kB") in page
    assert picture("d7", "smoke.PNG", "12 kB") in page
    assert 2 == page.count("<img src=")
    assert '/files/d8">log.pdf</a> <small>4.3 MB</small>' in page
    assert '/files/d9">huge.jpg</a> <small>20 MB</small>' in page


async def test_replies_on_their_way_are_shown_honestly(room, keep, anna):
    """A reply is being sent, then sent, then part of the conversation: once."""
    kept = await keep(messages=())
    upload = Upload("u1", "video.mp4", 4_000_000, "video/mp4")
    command = PostReply(
        "c1", kept.ref, ANNA, "Anna Smith", NOON, "<b>Still</b>\nhot", (upload,)
    )
    await room.commands.put(command)

    page = await shown(anna)

    assert "ours waiting" == entries(page)["c-c1"][0]
    assert "Sending" in entries(page)["c-c1"][1]
    assert "&lt;b&gt;Still&lt;/b&gt;<br>hot" in page
    assert "video.mp4 4 MB" in entries(page)["c-c1"][1]

    await room.commands.done(command, 51, MessageKey(Source.CHAT, 9))
    classes, words = entries(await shown(anna))["m-chat-9"]
    assert "ours done" == classes
    assert " Sent " in words

    said = message(9, "Still hot", voice=Voice.CUSTOMER, author="Anna Smith")
    await keep(messages=(said,))
    assert "ours" == entries(await shown(anna))["m-chat-9"][0]
    assert 1 == (await shown(anna)).count('id="m-chat-9"')


async def test_parked_replies_are_not_hidden(room, keep, anna):
    """A reply that was set aside takes longer, and is shown to be kept."""
    kept = await keep()
    command = PostReply("c1", kept.ref, ANNA, "Anna Smith", NOON, "Hello?")
    await room.commands.put(command)
    await room.commands.park(command)

    assert "Taking longer than usual" in entries(await shown(anna))["c-c1"][1]


async def test_a_reply_on_its_way_makes_it_our_turn(room, keep, anna):
    """Who has replied is not waited for, whether Bitrix24 knows it or not."""
    kept = await keep()
    before = await shown(anna)
    command = PostReply("c1", kept.ref, ANNA, "Anna Smith", NOON, "Hello?")
    await room.commands.put(command)
    after = await shown(anna)

    assert "<title>Waiting for you: " in before
    assert "it’s your turn" in before
    assert "<title>We are on it: " in after
    assert "it’s your turn" not in after


def lines(page):
    """Return the conversation in short: who speaks, and what became of the ticket."""
    found = re.findall(r'<li class="(theirs|ours|moved \w+)" id="[^"]*"', page)
    return [one.removeprefix("moved ") for one in found][1:]


async def test_changes_of_status_leave_lines_between_messages(keep, anna):
    """What became of the ticket stands where it happened, with her own deeds."""
    steps = [
        (Status.NEW, Status.IN_PROGRESS, None, ""),
        (Status.IN_PROGRESS, Status.NEW, None, ""),
        (Status.NEW, Status.IN_REVIEW, message(1).key, ""),
        (Status.IN_REVIEW, Status.NEW, message(1).key, "Anna Smith"),
        (Status.NEW, Status.COMPLETED, message(1).key, "Ben <b>Jones"),
        (Status.COMPLETED, Status.NEW, message(2).key, "?"),
        (Status.NEW, Status.DEFERRED, message(2).key, ""),
        (Status.DEFERRED, Status.NEW, message(2).key, ""),
        (Status.NEW, Status.DECLINED, message(2).key, ""),
        (Status.DECLINED, Status.COMPLETED, message(2).key, ""),
    ]
    moves = tuple(
        Move(old, new, NOON + timedelta(minutes=number), after, by)
        for number, (old, new, after, by) in enumerate(steps)
    )
    hers = message(2, voice=Voice.CUSTOMER)
    await keep(status=Status.COMPLETED, messages=(message(1), hers), moves=moves)

    page = await shown(anna)

    assert [
        *("started", "paused", "theirs", "checked", "reopened", "solved", "ours"),
        *("reopened", "on_hold", "resumed", "declined", "solved"),
    ] == lines(page)
    assert "You reopened this ticket." in page
    assert "Ben &lt;b&gt;Jones marked this ticket as solved." in page
    assert "This ticket was reopened." in page
    assert "This ticket was marked as solved." in page


async def test_replies_stay_in_their_ticket(room, keep, anna):
    """What is on its way to one ticket is not shown in another."""
    await keep()
    other = await keep(52)
    await room.commands.put(PostReply("c1", other.ref, ANNA, "Anna", NOON, "Hello?"))

    assert "c-c1" not in entries(await shown(anna))


async def test_the_first_unread_reply_is_marked_once(room, keep, anna):
    """A mark precedes what is new until the page was opened."""
    mine = message(2, voice=Voice.CUSTOMER)
    await keep(messages=(message(1), mine))
    await shown(anna)
    await keep(messages=(message(1), mine, message(3), message(4)))

    page = await shown(anna)

    names = list(entries(page))
    assert "m-chat-3" == names[names.index("fresh") + 1]
    assert "fresh" not in entries(await shown(anna))


async def test_a_page_that_nobody_looks_at_reads_nothing(room, keep, anna):
    """What the script fetches in a hidden tab stays unread."""
    await keep()
    headers = {"X-Ticket24-Glance": "1"}
    async with anna.session.get(room.address(PATH), headers=headers) as answer:
        assert 'id="fresh"' in await answer.text()

    assert "fresh" in entries(await shown(anna))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.NEW, ["complete"]),
        (Status.IN_PROGRESS, ["complete"]),
        (Status.IN_REVIEW, ["complete", "reopen"]),
        (Status.COMPLETED, ["reopen"]),
        (Status.DEFERRED, ["complete", "reopen"]),
        (Status.DECLINED, []),
    ],
)
async def test_buttons_fit_the_status(keep, anna, status, expected):
    """Customers complete what is open, and reopen what staff are done with."""
    await keep(status=status)

    assert expected == buttons(await shown(anna))


@pytest.mark.parametrize(
    ("action", "status", "to"),
    [("complete", Status.NEW, "completed"), ("reopen", Status.COMPLETED, "open")],
)
async def test_a_button_pressed_twice_moves_once(room, keep, anna, action, status, to):
    """A double click is one command, and the page says that it is on its way."""
    kept = await keep(status=status)

    answer, sent = await press(anna, action)
    await anna.post(f"{PATH}/{action}", sent, plain=True)

    (command,) = await moves(room)
    assert (303, f"/p/acme/{PATH}") == (answer.status, answer.location)
    assert (kept.ref, ANNA, "Anna Smith", to) == (
        command.ref,
        command.contact_id,
        command.name,
        command.to,
    )
    page = await shown(anna)
    assert [] == buttons(page)
    assert "We’re telling our team." in page


async def test_the_answer_waits_until_the_page_shows_it(room, keep, anna):
    """If Bitrix24 is quick, the next page shows the ticket completed."""
    kept = await keep()

    async def work():
        (command,) = await until(lambda: moves(room))
        await room.commands.done(command, 51)
        await room.keep(replace(kept, status=Status.COMPLETED))

    work = asyncio.create_task(work())
    await press(anna, "complete")
    await work

    page = await shown(anna)
    assert ["reopen"] == buttons(page)
    assert 'id="moving"' not in page


async def test_a_button_that_is_out_of_date_does_nothing(room, keep, anna):
    """Completing what staff have already completed just shows the ticket."""
    await keep()
    _, page = await anna.get(PATH)
    token = re.search(r'name="csrf_token" value="(\w+)"', page)[1]
    await keep(status=Status.COMPLETED)

    fields = {"csrf_token": token, "form_id": "f" * 32}
    answer = await anna.post(f"{PATH}/complete", fields, plain=True)

    assert (303, f"/p/acme/{PATH}") == (answer.status, answer.location)
    assert [] == await moves(room)


@pytest.mark.parametrize("hours", [0, -14])
async def test_a_ticket_that_staff_moved_on_has_its_buttons(room, keep, anna, hours):
    """A wish that was carried out hides nothing later, by whatever clock."""
    theirs = datetime.now(UTC) + timedelta(hours=hours)
    clocks = {"asked_at": theirs.timestamp(), "seen_at": time.time()}
    await room.redis.hset(keys.state(room.account.id), mapping=clocks)
    await keep(looked_at=NOON - timedelta(days=1))
    await press(anna, "complete")
    (command,) = await moves(room)
    await room.commands.done(command, 51)
    await keep(looked_at=theirs + timedelta(seconds=5))

    assert ["complete"] == buttons(await shown(anna))


async def test_a_wish_that_was_set_aside_is_not_hidden(room, keep, anna):
    """A move that could not be carried out is shown to be kept."""
    await keep()
    await press(anna, "complete")
    (command,) = await moves(room)
    await room.commands.park(command)

    assert "Taking longer than usual" in await shown(anna)


async def test_what_is_not_theirs_is_not_there(room, keep, anna):
    """Others' tickets, and tasks that are none, are 404 for pages and buttons."""
    await keep(51)
    await keep(52, contact_ids=(BEN,))
    await keep(53, group_id=99)
    _, page = await anna.get(PATH)
    token = re.search(r'name="csrf_token" value="(\w+)"', page)[1]
    fields = {"csrf_token": token, "form_id": "f" * 32}
    for number in ("52", "53", "54", "x", "-1"):
        path = f"tickets/{number}"
        seen = [await anna.get(path)]
        for action in ("complete", "reopen"):
            answer = await anna.post(f"{path}/{action}", fields, plain=True)
            seen.append((answer.status, answer.page))

        assert [404, 404, 404] == [status for status, _ in seen], path
        assert "Printer" not in "".join(page for _, page in seen), path
        assert [] == await room.commands.waiting(room.account.id, [ANNA, BEN]), path


async def test_buttons_need_the_pages_token(room, keep, anna):
    """A form that is not from our page moves nothing."""
    await keep()

    answer = await anna.post(f"{PATH}/complete", {"form_id": "f" * 32}, plain=True)

    assert 403 == answer.status
    assert [] == await moves(room)


async def test_a_long_conversation_is_small_and_is_read_at_once(
    keep, anna, monkeypatch
):
    """A ticket of 50 messages has at most 33 kB, and its picture is read once."""
    words = "Thank you for your message. We have found the cause, and will tell you. "
    voices = (Voice.STAFF, Voice.CUSTOMER)
    said = tuple(
        message(number, words * 2, voice=voices[number % 2]) for number in range(50)
    )
    await keep(messages=said)
    reads = []
    ask = RedisPages.ticket

    async def counted(self, *args, **more):
        reads.append(args)
        return await ask(self, *args, **more)

    monkeypatch.setattr(RedisPages, "ticket", counted)
    page = await shown(anna)

    assert 51 == len([name for name in entries(page) if name != "fresh"])
    assert len(page.encode()) <= 35_000
    assert 1 == len(reads)
