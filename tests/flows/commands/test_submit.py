"""From a customer's form to Bitrix24 and back, on both cards."""

import re
from dataclasses import replace

import pytest
import pytest_asyncio
from desk import until
from orders import Customer, said

from bitrix24_sandbox.account.conversations import reading, talk
from bitrix24_sandbox.rest import catalogue as methods
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.domain.commands.model import Progress
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.portal.pages import to_page
from ticket24.domain.settings.model import Department
from ticket24.domain.tickets.descriptions import parse_bbcode, restored
from ticket24.domain.tickets.model import Source, TicketRef
from ticket24.domain.tickets.reasons import Cause
from ticket24.flows.commands.post_reply import LONGEST
from ticket24.markup import to_html
from ticket24.pace import PACE, Pace

CARDS = pytest.mark.parametrize("card", ["chat", "forum"])


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def pace():
    return Pace(turn_seconds=0.02, command_again_seconds=(0.01,))


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    """A connected account, and a worker in a hurry."""
    account = await desk.connect()
    async with desk.worker():
        yield account


@pytest.fixture
def customer(desk, account):
    return Customer(desk, account, desk.ticket().contact_ids[0])


def of(desk, account, ticket):
    return Customer(desk, account, ticket.contact_ids[0])


def newest(desk):
    return max(desk.world.tasks.values(), key=lambda task: task.id)


def group(desk, card):
    return next(g for g in desk.groups if desk.world.workgroups[g].card == card)


async def spool_is_empty(desk):
    async def empty():
        return not await desk.stores.redis.keys("*upload*")

    await until(empty)


@CARDS
async def test_an_opened_ticket_is_a_whole_task(desk, account, customer, card):
    """Group, people, tags, contact, words, copies and files, as configured."""
    chosen = group(desk, card)
    departments = tuple(
        replace(one, responsible_id=3, creator_id=2) if one.group_id == chosen else one
        for one in account.settings.departments
    )
    settings = replace(account.settings, departments=departments, language="de")
    await desk.stores.accounts.update(
        account.id, lambda now: now.with_settings(settings, desk.world.now())
    )
    command = customer.opening(
        group_id=chosen,
        text="See [b]page 2[/b] and #billing.",
        cc=("carl@example.com",),
        tags=("type:incident", "high"),
        uploads=(
            await customer.file(),
            await customer.file("Foto: \u201ea\u201c.png", b"\x89PNG"),
        ),
    )
    outcome = await customer.done(command)
    task = newest(desk)

    assert outcome.task_id == task.id
    assert "The printer burns" == task.title
    assert (chosen, 3, 2) == (task.group_id, task.responsible_id, task.created_by)
    assert {"type:incident", "high"} == set(task.tags)
    assert [customer.contact_id] == task.contact_ids
    opened = parse_bbcode(task.description)
    assert (customer.name, "See [b]page 2[/b] and #billing.") == (
        opened.name,
        restored(opened.text),
    )
    assert ("carl@example.com",) == opened.cc
    link = f"[URL={desk.portal('go/')}{opened.mark}]In Ticket24 öffnen[/URL]"
    assert task.description.endswith(f"\nCc: carl@example.com\n{link}")
    objects = [desk.world.attachments[number].object_id for number in task.files]
    kept = [desk.world.files[number] for number in objects]
    assert [("notes.txt", b"Look here."), ("Foto_ \u201ea\u201c.png", b"\x89PNG")] == [
        (file.name, file.content) for file in kept
    ]
    await spool_is_empty(desk)
    assert card == task.card


async def test_without_people_of_its_own_a_department_is_ours(desk, account, customer):
    """The integration user creates and answers; also if the department vanished."""
    for settings in (
        account.settings,
        replace(account.settings, departments=(Department(999),)),
    ):
        chosen = account.with_settings(settings, desk.world.now())
        await desk.stores.accounts.update(account.id, lambda _, chosen=chosen: chosen)
        await customer.done(customer.opening())
        task = newest(desk)

        assert (1, 1, []) == (task.responsible_id, task.created_by, task.auditors)
        assert desk.groups[0] == task.group_id


async def test_the_same_form_twice_is_one_task(desk, customer):
    """A double click, before it is done and after."""
    before = len(desk.world.tasks)
    command = customer.opening()
    await customer.put(command)
    assert not await desk.stores.commands.put(command)
    await customer.finished(command)
    assert not await desk.stores.commands.put(command)
    await customer.done(customer.opening())

    assert before + 2 == len(desk.world.tasks)


async def test_an_opened_ticket_is_seen_at_once(desk, account, customer):
    """The worker looks at it without waiting for an event."""
    desk.world.outgoing.clear()
    outcome = await customer.done(customer.opening())
    ref = TicketRef(account.id, outcome.task_id)

    ticket = await until(lambda: desk.stores.tickets.get(ref))
    assert (customer.contact_id,) == ticket.contact_ids


@CARDS
async def test_a_reply_stands_in_the_task(desk, account, card):
    """Under the customer's name, its words harmless, and one link below them."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    words = "It is [USER=1]fixed[/USER] $result[a][b]\n\n100 % & #done <b>"
    outcome = await customer.done(customer.reply(task, words))
    text, files = said(desk.world, task)[-1]

    assert restored(customer_line(customer.name)) + words == restored(text)
    whole = reading.conversation(desk.world, task)[-1].text
    link = f"[URL={desk.portal('go/')}MARK]Open in Ticket24[/URL]"
    assert f"{text}\n{link}" == re.sub("[0-9a-f]{16}", "MARK", whole)
    assert "[USER" not in text
    assert [] == files
    source = Source.CHAT if card == "chat" else Source.FORUM
    assert (source, task.id) == (outcome.key.source, outcome.task_id)
    ref = TicketRef(account.id, task.id)

    async def shown():
        ticket = await desk.stores.tickets.get(ref)
        return outcome.key in {message.key for message in ticket.messages}

    await until(shown)


@CARDS
async def test_files_of_a_reply_are_one_message(desk, account, card):
    """This holds even without words, and however many files there are."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    line = customer_line(customer.name)
    expected = said(desk.world, task)
    for text, names in (
        ("See both.", ["one.txt", "two.bin"]),
        ("See one.", ["one.txt"]),
        ("", ["one.txt", "two.bin"]),
        ("", ["two.bin"]),
    ):
        files = [(name, name.encode() * 9) for name in names]
        uploads = [await customer.file(*file) for file in files]
        outcome = await customer.done(
            customer.reply(task, text, uploads=tuple(uploads))
        )
        expected.append(((line + text).strip(), files))

        assert outcome.key is not None
        said_now = [
            (words, [(_numberless(name), content) for name, content in kept])
            for words, kept in said(desk.world, task)
        ]
        assert expected == said_now
    await spool_is_empty(desk)


def _numberless(name):
    """Take back the number that a folder gives to a name it has already."""
    return re.sub(r" \(\d+\)", "", name)


async def test_a_large_file_goes_in_parts(desk, account):
    """It goes to the address that Bitrix24 names for it, on both cards."""
    content = bytes(range(256)) * 5000
    for card in ("chat", "forum"):
        task = desk.ticket(card)
        customer = of(desk, account, task)
        file = await customer.file("large.bin", content, "application/octet-stream")
        await customer.done(customer.reply(task, uploads=(file,)))

        assert [("large.bin", content)] == said(desk.world, task)[-1][1]


@CARDS
async def test_replies_keep_their_order(desk, account, card):
    """What comes after them waits: the ticket is completed last."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    before = len(said(desk.world, task))
    replies = [customer.reply(task, f"Number {n}.") for n in range(5)]
    for command in replies:
        await customer.put(command)
    await customer.done(customer.move(task, "completed"))

    line = customer_line(customer.name)
    ours = [
        text for text, _ in said(desk.world, task)[before:] if text.startswith(line)
    ]
    assert [f"{line}Number {n}." for n in range(5)] == ours
    assert 5 == task.status


@CARDS
async def test_code_is_code_in_the_task_and_comes_back_as_code(desk, account, card):
    """What a customer types between back-ticks, whatever the task card."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    typed = "Run `ls`:\n```\n[B]not bold[/B]\n```"
    outcome = await customer.done(customer.reply(task, typed))

    text, _ = said(desk.world, task)[-1]
    line = customer_line(customer.name)
    assert "Run [CODE]ls[/CODE]:\n[CODE][B]not bold[/B][/CODE]" == restored(
        text.removeprefix(line)
    )
    ref = TicketRef(account.id, task.id)
    picture = await until(lambda: with_message(desk, ref, outcome.key))
    shown = restored(to_html(to_page(picture).messages[-1].text))
    assert "Run <code>ls</code>:<pre><code>[B]not bold[/B]</code></pre>" == shown


async def with_message(desk, ref, key):
    """Return a ticket's picture once it holds a message."""
    picture = await desk.stores.tickets.get(ref)
    keys = [one.key for one in picture.messages] if picture else []
    return picture if key in keys else None


async def test_code_never_makes_a_reply_too_long(desk, account):
    """Where tags of code would not fit into a message, it is words."""
    task = desk.ticket("chat")
    customer = of(desk, account, task)
    words = "`a` " * 4_400
    await customer.done(customer.reply(task, words))

    text, _ = said(desk.world, task)[-1]
    assert words.strip() == text.removeprefix(customer_line(customer.name))


@CARDS
async def test_a_long_reply_is_several_messages(desk, account, card):
    """Nothing of it is cut; files hang on the last."""
    task = desk.ticket(card)
    customer = of(desk, account, task)
    words = " ".join(f"word{n}" for n in range(6_000))
    before = len(said(desk.world, task))
    await customer.done(customer.reply(task, words, uploads=(await customer.file(),)))
    parts = said(desk.world, task)[before:]
    line = customer_line(customer.name)

    assert words == " ".join(text.removeprefix(line) for text, _ in parts)
    assert all(text.startswith(line) and len(text) < LONGEST + 100 for text, _ in parts)
    assert [0] * (len(parts) - 1) + [1] == [len(files) for _, files in parts]


async def test_a_chat_that_came_since_the_last_look_is_used(desk, account):
    """An old task gets its chat when somebody opens its new card."""
    task = desk.ticket("forum")
    customer = of(desk, account, task)
    ref = TicketRef(account.id, task.id)
    await until(lambda: desk.stores.tickets.get(ref))
    talk.open_chat(desk.world, task)
    outcome = await customer.done(customer.reply(task, "In the chat."))

    assert Source.CHAT is outcome.key.source


@pytest.mark.parametrize("with_file", [False, True])
async def test_a_chat_that_is_closed_to_us_is_joined(desk, account, with_file):
    """We join as an observer, beside those who were there."""
    task = desk.ticket()
    customer = of(desk, account, task)
    await until(lambda: desk.stores.tickets.get(TicketRef(account.id, task.id)))
    task.created_by, task.auditors = 2, [4]
    desk.world.chats[task.chat_id].members.discard(1)
    uploads = (await customer.file(),) * with_file
    await customer.done(customer.reply(task, "Let me in.", uploads=uploads))

    assert {4, 1} == set(task.auditors)
    assert said(desk.world, task)[-1][0].endswith("Let me in.")


async def test_older_builds_take_files_by_their_folder(desk, account, monkeypatch):
    """These do not know im.v2.File.upload."""
    monkeypatch.delitem(methods.CLASSIC, "im.v2.file.upload")
    task = desk.ticket()
    customer = of(desk, account, task)
    await customer.done(customer.reply(task, uploads=(await customer.file(),)))

    assert [("notes.txt", b"Look here.")] == said(desk.world, task)[-1][1]


MOVES = (
    (2, False, "completed", 5),
    (3, False, "completed", 5),
    (6, False, "completed", 5),
    (3, True, "completed", 5),
    (4, True, "completed", 5),
    (5, False, "completed", 5),
    (4, True, "open", 2),
    (5, False, "open", 2),
    (6, False, "open", 2),
    (2, False, "open", 2),
    (3, False, "open", 3),
)


async def test_a_ticket_moves_from_every_status(desk, account):
    """It also does so under control, whoever moved it, and if it is there already."""
    for card, creator in (("chat", 1), ("forum", 2)):
        task = desk.ticket(card)
        task.created_by = creator
        customer = of(desk, account, task)
        for before, control, to, after in MOVES:
            task.status, task.task_control = before, control
            await customer.done(customer.move(task, to))

            assert (before, control, to, after) == (before, control, to, task.status)


@CARDS
async def test_who_moved_a_ticket_stands_in_its_lines(desk, account, card):
    """Customers' deeds bear their names; of others only what happened is said."""
    task = desk.ticket(card)
    task.status = 2
    customer, ref = of(desk, account, task), TicketRef(account.id, task.id)
    await desk.quiet(account)

    async def moved(status):
        """Wait until a look has seen the move, and return it."""

        async def seen():
            ticket = await desk.stores.tickets.get(ref)
            return ticket.status == status and ticket.moves[-1]

        move = await until(seen)
        return str(move.new), move.by

    await customer.done(customer.move(task, "completed"))
    assert ("completed", customer.name) == await moved("completed")
    await customer.done(customer.move(task, "open"))
    assert ("new", customer.name) == await moved("new")
    desk.act(task, "start", desk.staff(task))
    assert ("in_progress", "") == await moved("in_progress")


async def test_what_cannot_be_reopened_is_set_aside(desk, account):
    """A declined task stays declined; the customer reads that it is set aside."""
    task = desk.ticket()
    task.status = 7
    customer = of(desk, account, task)
    command = await customer.put(customer.move(task, "open"))
    outcome = await customer.finished(command)
    (parked,) = [one async for one in desk.stores.parked.all(account.id)]

    assert Progress.PARKED is outcome.progress
    assert f"command-{command.id}" == parked.id
    assert Cause.NOT_REOPENED is parked.why.cause


async def test_a_reply_in_a_task_that_is_gone_is_set_aside(desk, account):
    """The operator gets it with its words."""
    task = desk.ticket("forum")
    customer = of(desk, account, task)
    del desk.world.tasks[task.id]
    command = await customer.put(customer.reply(task, "Are you there?"))
    outcome = await customer.finished(command)
    (parked,) = [one async for one in desk.stores.parked.all(account.id)]

    assert Progress.PARKED is outcome.progress
    assert "Are you there?" in parked.content
    assert customer.name in parked.about


@pytest.mark.parametrize("pace", [PACE])
async def test_an_idle_system_answers_soon(desk, account):
    """From put to done in half a second, if Bitrix24 takes 100 ms for a request."""
    task, stats = desk.ticket(), desk.sandbox.app[SERVER].stats
    customer = of(desk, account, task)
    await until(lambda: desk.stores.tickets.get(TicketRef(account.id, task.id)))

    async def requests(number):
        await desk.rested(account)
        before = stats.http
        await customer.done(customer.reply(task, f"Number {number}."))
        return stats.http - before

    # Looks and sweeps that come between are no part of it.
    fewest = min([await requests(number) for number in range(6)])
    assert PACE.turn_seconds + 0.1 * fewest < 0.5
