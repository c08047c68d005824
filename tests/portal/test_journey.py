"""A customer's way with one ticket, in a browser that knows no JavaScript."""

import pytest
from desk import FULL_SETTINGS, Desk, until
from plainbrowser import PlainBrowser

from bitrix24_sandbox.account.conversations import reading


@pytest.fixture
async def portal(redis, redis_url, mailbox, tmp_path):
    """A desk whose portal asks for everything while a worker works."""
    async with Desk(redis_url, mailbox, tmp_path, sweep_seconds=60) as desk:
        await desk.connect(settings=FULL_SETTINGS)
        async with desk.worker():
            yield desk


@pytest.fixture
async def plain():
    async with PlainBrowser() as browser:
        yield browser


async def signed_in(desk, plain):
    _, email, password = desk.customer()
    page = await plain.open(desk.portal())
    form = page.form("/login").fill(email=email, password=password)
    page = await plain.send(page, form)
    assert desk.portal() == page.url
    return page


async def opened(desk, plain, page, department):
    """Fill in the form for a new ticket with all that it has; return task and page."""
    page = await plain.open(page.link("New ticket"))
    form = page.form("/tickets/new")
    form.fill(department=department, priority="High", message_type="Bugs")
    form.fill(sector="Europe", subject="Printer is on fire", text="It burns.\r\nHelp!")
    form.fill(cc="bob@example.com")
    form.attach(files=[("fire.log", b"It is hot."), ("smoke.txt", b"It is grey.")])
    page = await plain.send(page, form)
    task = desk.world.tasks[int(page.url.rpartition("/")[2])]
    assert f"#{task.id}" in page.words
    assert b"It is hot." == await plain.fetch(page.link("fire.log"))
    return task, page


async def shown(plain, page, words, link=""):
    """Load a page again until it has these words, and a link; return it then."""

    async def again():
        now = await plain.open(page.url)
        linked = any(said.startswith(link) for said in now.links)
        return now if linked and words in now.words else None

    return await until(again)


@pytest.mark.parametrize(
    ("card", "department", "responsible", "creator"),
    [("chat", "Support", 3, 2), ("forum", "Sales", 5, 4)],
    ids=["chat", "forum"],
)
async def test_all_of_it_works_without_javascript(
    portal, plain, card, department, responsible, creator
):
    """Opened with files, answered, replied to, completed, found and reopened."""
    desk, world = portal, portal.world
    contact, email, _ = desk.customer()
    page = await signed_in(desk, plain)
    task, page = await opened(desk, plain, page, department)
    assert card == task.card
    assert (responsible, creator) == (task.responsible_id, task.created_by)
    assert [f"C_{contact.id}"] == task.crm
    assert ["Bugs", "Europe", "High"] == sorted(task.tags)
    assert "[/B]\u2060\nIt burns.\nHelp!\n" in task.description
    kept = [world.attachments[number].object_id for number in task.files]
    assert ["fire.log", "smoke.txt"] == sorted(world.files[one].name for one in kept)
    await until(lambda: len(desk.mailbox.of_kind("created")) == 2)
    mails = desk.mailbox.of_kind("created")
    assert {email, "bob@example.com"} == {mail["X-Envelope-To"] for mail in mails}

    desk.comment(task, "Have you tried water?", by=responsible)
    page = await shown(plain, page, "Have you tried water?")
    form = page.form("/replies").fill(text="It helped.")
    form.attach(files=[("ash.txt", b"All gone.")])
    page = await plain.send(page, form)
    assert "It helped." in page.words
    await until(lambda: "It helped." in reading.conversation(world, task)[-1].text)
    said = reading.conversation(world, task)[-1]
    assert "[/B]\u2060\nIt helped.\n[URL=" in said.text
    assert ["ash.txt"] == [file.name for file in said.files]

    desk.act(task, "start", by=responsible)
    page = await shown(plain, page, "We’re working on it.", link="ash.txt")
    assert b"All gone." == await plain.fetch(page.link("ash.txt"))
    desk.act(task, "complete", by=responsible)
    page = await shown(plain, page, "This ticket is solved.")
    await until(lambda: desk.mailbox.of_kind("completed"))

    page = await plain.open(page.link("Your tickets"))
    assert "Printer is on fire" not in page.words
    page = await plain.open(page.link("Solved"))
    page = await plain.open(page.link("Printer is on fire"))
    page = await plain.press(page, "Reopen")
    assert "This ticket is solved." not in page.words
    assert 2 == task.status
    page = await plain.press(page, "Mark as solved")
    assert "This ticket is solved." in page.words
    assert 5 == task.status

    page = await plain.send(page, page.form("/logout"))
    assert "You’ve signed out" in page.words
    page = await plain.open(desk.portal())
    assert "/login" in page.url


async def test_a_form_sent_twice_makes_one_ticket(portal, plain):
    """A double click without JavaScript, and a reload of what was sent."""
    page = await signed_in(portal, plain)
    page = await plain.open(page.link("New ticket"))
    form = page.form("/tickets/new")
    form.fill(department="Support", subject="Only once", text="Please.")
    before = len(portal.world.tasks)

    first = await plain.send(page, form)
    second = await plain.send(page, form)

    assert first.url == second.url
    assert before + 1 == len(portal.world.tasks)
