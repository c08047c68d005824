"""The form for a new ticket, over HTTP and without JavaScript."""

import asyncio
from dataclasses import replace

import pytest
from desk import until
from examples import ticket
from formfilling import NEW, Visitor, hidden_fields
from showroom import IMPATIENT, SETTINGS, Showroom

from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.customers.budgets import TICKETS, Charge
from ticket24.domain.settings.model import Department, Tags
from ticket24.domain.tickets.model import TicketRef
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.commands.budgets import RedisBudgets
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.commands.spool import RedisSpool


@pytest.fixture
def pace():
    return IMPATIENT


@pytest.fixture
async def room(redis, redis_url, pace):
    async with Showroom(redis, redis_url, pace=pace) as room:
        yield room


async def commands(room, *contact_ids):
    waiting = await room.commands.waiting(room.account.id, contact_ids or (43,))
    return [one.command for one in waiting]


async def content(room, upload):
    spool = RedisSpool(room.redis, most_bytes=1)
    return b"".join([part async for part in spool.read(room.account.id, upload.id)])


async def test_everything_that_was_filled_in_is_kept_as_a_command(room, anna):
    """A good form becomes one command that holds all of it, files included."""
    answer = await anna.open([("a.png", b"picture"), ("b.txt", b"x" * 600_000)])

    (command,) = await commands(room)
    assert (303, f"/p/acme/received/{command.id}") == (answer.status, answer.location)
    assert isinstance(command, OpenTicket)
    assert (43, "Anna Smith", 7) == (command.contact_id, command.name, command.group_id)
    assert "Printer is on fire" == command.subject
    assert "It burns.\n\nBrightly." == command.text
    assert ("bob@example.com", "eve@example.com") == command.cc
    assert ("High", "Bugs") == command.tags
    assert [("a.png", 7), ("b.txt", 600_000)] == [
        (upload.name, upload.size) for upload in command.uploads
    ]
    assert b"picture" == await content(room, command.uploads[0])


async def test_scripts_may_post_plain_forms(room, anna):
    """A form without files may come as application/x-www-form-urlencoded."""
    answer = await anna.open(plain=True, subject="Plain")

    assert 303 == answer.status
    assert ["Plain"] == [command.subject for command in await commands(room)]


async def test_half_a_double_click_is_not_asked_about(room, anna, monkeypatch):
    """The other half is stored just while this one is looked at."""
    fields, looked, answers = await anna.hidden() | NEW, RedisCommands.waiting, []

    async def look(*arguments):
        if not answers:
            answers.append(None)
            answers[0] = await anna.post("tickets/new", fields)
        return await looked(*arguments)

    monkeypatch.setattr(RedisCommands, "waiting", look)
    answer = await anna.post("tickets/new", fields)

    assert (303, answers[0].location) == (answer.status, answer.location)
    assert 1 == len(await commands(room))


async def test_a_form_sent_twice_is_one_ticket(room, anna):
    """A double click and a reload give the same ticket, and leave no second file."""
    fields = await anna.hidden() | NEW
    files = [("a.txt", b"hello")]

    first, second = await asyncio.gather(
        anna.post("tickets/new", fields, files), anna.post("tickets/new", fields, files)
    )
    third = await anna.post("tickets/new", fields, files)

    assert 1 == len(await commands(room))
    assert {first.location} == {second.location, third.location}
    assert 1 == len([k async for k in room.redis.scan_iter("*:upload:*:chunks")])


async def test_half_a_double_click_beyond_a_budget_lets_no_file_go(
    room, anna, monkeypatch
):
    """The other half is counted by then, and not stored yet."""
    account, put, answers = room.account.id, RedisCommands.put, []
    spent = [Charge(budget, "43", budget.most - 1) for budget in TICKETS[:1]]
    await RedisBudgets(room.redis).spend(account, spent)
    refused = await anna.open([("a.txt", b"hello")], subject="")
    fields = hidden_fields(refused.page) | NEW

    async def late(*arguments):
        if not answers:
            answers.append(await anna.post("tickets/new", fields))
        return await put(*arguments)

    monkeypatch.setattr(RedisCommands, "put", late)
    taken = await anna.post("tickets/new", fields)

    (command,) = await commands(room)
    assert [429, 303] == [answers[0].status, taken.status]
    assert ["a.txt"] == [one.name for one in command.uploads]
    seconds = await room.redis.ttl(keys.upload(account, command.uploads[0].id))
    assert seconds > 86_400


async def test_a_form_that_was_changed_is_another_ticket(room, anna):
    """A customer who goes back, changes the words and sends again loses nothing."""
    fields = await anna.hidden() | NEW

    await anna.post("tickets/new", fields)
    await anna.post("tickets/new", fields | {"text": "Something else burns."})

    assert 2 == len(await commands(room))


@pytest.mark.parametrize("pace", [Pace(ticket_patience_seconds=60.0)])
async def test_the_ticket_is_shown_as_soon_as_it_is_there(room, anna):
    """The answer waits until the ticket's page exists, and leads there."""

    async def work():
        (command,) = await until(lambda: commands(room))
        await room.commands.done(command, 67)
        await room.keep(ticket(ref=TicketRef(room.account.id, 67)))

    work = asyncio.create_task(work())
    answer = await anna.open()
    await work

    assert (303, "/p/acme/tickets/67") == (answer.status, answer.location)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"department": ""}, [("department", "Choose a department")]),
        ({"department": "99"}, [("department", "Choose a department")]),
        ({"priority": "Evil"}, [("priority", "Choose an option")]),
        ({"subject": "  "}, [("subject", "Enter a subject")]),
        ({"text": "\r\n"}, [("text", "Tell us what you need help with")]),
        (
            {"cc": "bob@example.com, nobody"},
            [("cc", "We can’t send to “nobody”. Check the email address.")],
        ),
        (
            {"cc": "bob@example.com\r\nBcc: eve@example.com"},
            [
                (
                    "cc",
                    "We can’t send to “Bcc: eve@example.com”. Check the email address.",
                )
            ],
        ),
    ],
)
async def test_what_is_wrong_stands_at_its_field(room, anna, fields, expected):
    """A bad form comes back with a summary, a message at the field, and all values."""
    answer = await anna.open(**fields)

    assert (422, expected) == (answer.status, answer.errors)
    assert [] == await commands(room)
    assert "<title>Error: New ticket" in answer.page
    field = expected[0][0]
    assert f'id="{field}-error"' in answer.page
    assert f'aria-describedby="{field}' in answer.page
    for name in ("subject", "cc", "text"):
        typed = (NEW | fields)[name].replace("\r\n", "\n")
        assert typed == answer.value(name).replace("\r\n", "\n")
    if "department" not in fields:
        assert 'value="7" id="department" checked' in answer.page
    if "priority" not in fields:
        assert '<option value="High" selected>' in answer.page


async def test_very_long_texts_are_refused_and_kept(room, anna):
    """100,000 characters are too many, said with the number, and nothing is lost."""
    answer = await anna.open(text="ß" * 100_000)

    assert 422 == answer.status
    assert "100000 characters. Shorten it to 20000" in answer.errors[0][1]
    assert "ß" * 100_000 == answer.value("text")
    assert [] == await commands(room)


async def test_hostile_words_stay_words(anna):
    """What was typed comes back as text, whatever it is."""
    evil = '"><script>alert(1)</script>'
    answer = await anna.open(subject=evil, cc=evil, text=f"</textarea>{evil}")

    assert 422 == answer.status
    assert "<script>alert" not in answer.page
    assert evil == answer.value("subject")
    assert f"</textarea>{evil}" == answer.value("text")


async def test_too_many_waiting_commands_are_told(room, anna):
    """From 30 waiting ones on a customer is asked to wait, and keeps the text."""
    for number in range(30):
        await room.commands.put(_command(room, f"{number:032x}"))

    answer = await anna.open()

    assert 429 == answer.status
    assert "Too many of your messages" in answer.page
    assert "It burns.\n\nBrightly." == answer.value("text").replace("\r", "")
    assert 30 == len(await commands(room))


async def test_forged_forms_leave_nothing(room, anna):
    """Without the token neither a command nor a file is stored."""
    for token in ({}, {"csrf_token": "0" * 64}):
        for path in ("tickets/new", "tickets/51/replies", "uploads", "drafts/new"):
            answer = await anna.post(path, token | NEW, [("a.txt", b"hello")])
            assert 403 == answer.status

    assert [] == await commands(room)
    assert [] == [k async for k in room.redis.scan_iter("*:upload:*")]


async def test_a_token_after_the_files_is_none(room, anna):
    """The token counts only in front: nothing is stored before it is checked."""
    hidden = await anna.hidden()
    token = hidden.pop("csrf_token")

    answer = await anna.post("tickets/new", hidden | NEW | {"csrf_token": token})

    assert "/received/" not in answer.location
    assert [] == await commands(room)


async def test_departments_are_asked_for_as_few_or_many(room, redis, redis_url):
    """Four departments are buttons, five a list, and a single one is not asked for."""
    for count, sign in ((4, 'type="radio"'), (5, "<select"), (1, 'type="hidden"')):
        settings = replace(
            SETTINGS,
            departments=tuple(Department(n + 7, f"No {n}") for n in range(count)),
        )
        slug = f"acme{count}"
        async with Showroom(redis, redis_url, slug, settings) as other:
            visitor = Visitor(other, await other.visitor(43))
            _, page = await visitor.get("tickets/new")
            assert sign in page[page.index('name="form_id"') : page.index("<textarea")]
            assert count == page.count('name="department"') or count == 5


async def test_without_departments_there_is_no_form(redis, redis_url):
    """An account that is not set up says so instead of a form that cannot be sent."""
    settings = replace(SETTINGS, departments=())
    async with Showroom(redis, redis_url, settings=settings) as room:
        visitor = Visitor(room, await room.visitor(43))
        status, page = await visitor.get("tickets/new")

    assert 200 == status
    assert "You can’t create tickets here yet" in page
    assert "<textarea" not in page


async def test_sections_without_words_are_not_asked_for(redis, redis_url):
    """Priority, message type and sector appear only where the company has words."""
    settings = replace(SETTINGS, tags=Tags(sector=("USA",)))
    async with Showroom(redis, redis_url, settings=settings) as room:
        visitor = Visitor(room, await room.visitor(43))
        _, page = await visitor.get("tickets/new")

    names = ("priority", "message_type", "sector")
    assert [False, False, True] == [f'name="{name}"' in page for name in names]


async def test_limits_are_told_before(anna):
    """The page says beside the button how many files may be sent, and how large."""
    _, page = await anna.get("tickets/new")

    assert "Up to 10 files, 25 MB each" in page


def _command(room, command_id):
    return OpenTicket(
        command_id, room.account.id, 43, "Anna", ticket().created_at, 7, "S", "T"
    )
