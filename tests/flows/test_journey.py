"""The main job: a staff comment or a completed task becomes one e-mail."""

import pytest
from desk import until
from letters import why

from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.conversations import talk
from ticket24.cli import connect as connecting
from ticket24.domain.messages.voices import customer_line

CARDS = pytest.mark.parametrize("card", ["chat", "forum"])


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def kinds(desk):
    return sorted(mail["X-Ticket24-Kind"] for mail in desk.mailbox.mails)


@CARDS
async def test_a_staff_comment_becomes_one_mail(desk, card):
    """Whatever the card: the customer reads the words, once."""
    account = await desk.connect()
    ticket = desk.ticket(card)
    async with desk.worker():
        desk.comment(ticket, "We are on our way.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    (mail,) = desk.mailbox.mails
    customer = desk.world.contacts[ticket.contact_ids[0]]
    assert "replied" == mail["X-Ticket24-Kind"]
    assert f"acme/{ticket.id}" == mail["X-Ticket24-Ticket"]
    assert customer.emails[0].value.lower() == mail["X-Envelope-To"].lower()
    assert "We are on our way." in desk.mailbox.texts()[0]
    assert "Status: Waiting for you" in desk.mailbox.texts()[0]


@CARDS
async def test_a_completed_task_becomes_one_mail(desk, card):
    """Starting tells nobody by default, completing tells the customer once."""
    account = await desk.connect()
    ticket = desk.ticket(card)
    async with desk.worker():
        if ticket.status == 2:
            desk.act(ticket, "start")
        desk.act(ticket, "complete")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert ["completed"] == kinds(desk)


@CARDS
async def test_each_step_is_told_where_the_account_wants_it(desk, card):
    """With status_mails a started task becomes a mail too."""
    account = await desk.connect(extra="status_mails = true\n")
    ticket = desk.ticket(card)
    async with desk.worker():
        desk.act(ticket, "pause" if ticket.status == 3 else "start")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert ["status"] == kinds(desk)


@CARDS
async def test_news_and_a_completion_are_two_mails(desk, card):
    """One mail contains the messages of one look, in order; kinds stay apart."""
    account = await desk.connect()
    ticket = desk.ticket(card)
    for text in ("First, the good news.", "Second, it is mended.", "// not for them"):
        desk.comment(ticket, text)
    desk.act(ticket, "complete")
    async with desk.worker():
        await until(lambda: len(desk.mailbox.mails) == 2)
        await desk.quiet(account)

    assert ["completed", "replied"] == kinds(desk)
    (replied,) = desk.mailbox.of_kind("replied")
    text = replied.get_body(("plain",)).get_content()
    assert -1 < text.find("First, the good news.") < text.find("Second, it is mended.")
    assert not any("not for them" in one for one in desk.mailbox.texts())


@CARDS
async def test_what_was_there_before_is_history(desk, card):
    """The first import of a busy account mails nothing; only what is new counts."""
    ticket = desk.ticket(card)
    desk.comment(ticket, "Written before the connection.")
    desk.world.skew_seconds = 2
    account = await desk.connect()
    async with desk.worker():
        await desk.quiet(account)
        assert 30 == await desk.stores.tickets.count(account.id)
        assert [] == desk.mailbox.mails

        desk.comment(ticket, "And this is new.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)
    assert "before the connection" not in desk.mailbox.texts()[0]


@CARDS
async def test_bitrix24s_own_remarks_reach_nobody(desk, card):
    """Deadlines, people and reminders make remarks, and no mail."""
    account = await desk.connect()
    ticket = desk.ticket(card)
    world = desk.world
    async with desk.worker():
        tasks.update_task(world, 1, ticket.id, deadline=world.now(), responsible_id=4)
        tasks.remind(world, ticket.id, "overdue")
        tasks.ping(world, 1, ticket.id)
        await desk.quiet(account)
        desk.act(ticket, "complete")
        await until(lambda: desk.mailbox.mails)
        desk.act(ticket, "renew")
        await desk.quiet(account)

    assert ["completed"] == kinds(desk)


@pytest.mark.parametrize("language", ["en", "de", "pt", "ru", "es"])
async def test_remarks_are_known_in_every_language(desk, language):
    """The old card's remarks have no mark but their words."""
    account = await desk.connect()
    desk.world.switches.language = language
    ticket = desk.ticket("forum")
    world = desk.world
    async with desk.worker():
        tasks.update_task(world, 1, ticket.id, deadline=world.now(), responsible_id=4)
        tasks.remind(world, ticket.id, "overdue")
        await desk.quiet(account)

    assert [] == desk.mailbox.mails
    assert 0 == await desk.stores.parked.count(account.id)


@CARDS
async def test_a_customers_own_reply_is_not_mailed_back(desk, card):
    """Our echo is known by author and opening line; staff under that name are not."""
    account = await desk.connect()
    ticket = desk.ticket(card)
    async with desk.worker():
        talk.add_comment(
            desk.world, 1, ticket.id, customer_line("Anna Smith") + "It still burns."
        )
        await desk.quiet(account)
        assert [] == desk.mailbox.mails

        desk.comment(ticket, "An administrator answers by hand.", by=1)
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    (text,) = desk.mailbox.texts()
    assert ["> It still burns."] == [
        line for line in text.splitlines() if "burns" in line
    ]  # It is only quoted, without the line that opens it.


@CARDS
async def test_an_internal_message_that_becomes_public_is_told_once(desk, card):
    """Removing the mark is the news; editing again is not."""
    account = await desk.connect()
    ticket = desk.ticket(card)
    by = desk.staff(ticket)
    async with desk.worker():
        made = desk.comment(ticket, "#internal She is angry.")
        await desk.quiet(account)
        assert [] == desk.mailbox.mails

        for text in ("She may know.", "She may know now."):
            talk.edit_message(desk.world, by, card, made.id, text)
            tasks.update_task(desk.world, 1, ticket.id, priority=2)  # A hint.
            await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)


async def test_a_new_ticket_of_the_staff_is_followed(desk):
    """A task made and bound after the connection is a ticket with its replies."""
    account = await desk.connect()
    world = desk.world
    model = desk.ticket("chat")
    async with desk.worker():
        made = tasks.add_task(
            world,
            2,
            "Made by staff",
            responsible_id=2,
            group_id=model.group_id,
            contact_ids=tuple(model.contact_ids),
        )
        await desk.quiet(account)
        desk.comment(made, "We noticed a problem ourselves.")
        await until(lambda: desk.mailbox.of_kind("replied"))
        await desk.quiet(account)

    assert ["created", "replied"] == kinds(desk)
    for mail in desk.mailbox.mails:
        assert f"acme/{made.id}" == mail["X-Ticket24-Ticket"]


@CARDS
async def test_a_ticket_of_the_very_second_of_the_connection_is_new(desk, card):
    """Times have whole seconds; what the import did not meet is not history."""
    model = desk.ticket(card)
    account = await desk.connect()
    desk.world.frozen_at = account.connected_at
    made = tasks.add_task(
        desk.world,
        desk.staff(model),
        "Just now",
        responsible_id=desk.staff(model),
        group_id=model.group_id,
        contact_ids=tuple(model.contact_ids),
    )
    desk.comment(made, "And answered at once.")
    desk.world.frozen_at = None
    async with desk.worker():
        await until(lambda: desk.mailbox.of_kind("replied"))
        await desk.quiet(account)

    assert ["created", "replied"] == kinds(desk)


async def test_what_was_said_before_it_was_a_ticket_stays_inside(desk):
    """Staff talk in a task; binding the customer later does not mail the talk."""
    account = await desk.connect()
    world = desk.world
    model = desk.ticket("chat")
    async with desk.worker():
        made = tasks.add_task(
            world, 2, "Unbound", responsible_id=2, group_id=model.group_id
        )
        desk.comment(made, "Between us: this customer pays late.")
        await desk.quiet(account)
        world.skew_seconds += 3
        tasks.bind_contact(world, 2, made.id, model.contact_ids[0])
        await desk.quiet(account)
        assert ["created"] == kinds(desk)

        desk.comment(made, "Hello, here is our offer.")
        await until(lambda: desk.mailbox.of_kind("replied"))
        await desk.quiet(account)

    created, replied = desk.mailbox.texts()
    assert "pays late" not in created + replied
    assert "Hello, here is our offer." in replied


async def test_a_new_address_is_used_from_then_on(desk):
    """A contact's changed e-mail reaches us by its event."""
    account = await desk.connect()
    ticket = desk.ticket("chat")
    async with desk.worker():
        for contact_id in ticket.contact_ids:
            people.update_contact(
                desk.world, 1, contact_id, emails=[f"new{contact_id}@example.com"]
            )
        await desk.quiet(account)
        desk.comment(ticket, "Hello at the new address.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    expected = {f"new{contact_id}@example.com" for contact_id in ticket.contact_ids}
    assert expected == {mail["X-Envelope-To"] for mail in desk.mailbox.mails}


async def test_two_contacts_of_one_address_get_one_mail(desk):
    """Recipients are a set, whatever the case of the letters."""
    account = await desk.connect()
    ticket = desk.ticket("chat")
    world = desk.world
    async with desk.worker():
        twin = people.add_contact(world, 1, "Twin", emails=["SHARED@Example.com"])
        for contact_id in ticket.contact_ids:
            people.update_contact(world, 1, contact_id, emails=["shared@example.com"])
        tasks.bind_contact(world, 1, ticket.id, twin.id)
        await desk.quiet(account)
        desk.comment(ticket, "To both of you.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)


async def test_a_ticket_that_moves_away_is_gone(desk):
    """Moved to another group, or deleted: no mail, no picture."""
    account = await desk.connect()
    moved, deleted = desk.tickets("chat")[:2]
    other = next(g for g in desk.world.workgroups if g not in desk.groups)
    async with desk.worker():
        tasks.move_to_group(desk.world, 1, moved.id, other)
        tasks.delete_task(desk.world, 1, deleted.id)
        await desk.quiet(account)
        desk.comment(moved, "Now this is somebody else's.", by=1)
        await desk.quiet(account)

    assert 28 == await desk.stores.tickets.count(account.id)
    assert [] == desk.mailbox.mails


@pytest.mark.parametrize("search", [True, False])
async def test_a_ticket_changes_its_card_and_keeps_its_history(desk, search):
    """Old comments stay, chat messages are told; on builds without search too."""
    desk.world.switches.has_message_search = search
    account = await desk.connect()
    ticket = desk.ticket("forum")
    async with desk.worker():
        desk.comment(ticket, "Still on the old card.")
        await until(lambda: len(desk.mailbox.mails) == 1)
        tasks.migrate_to_chat(desk.world, 1, ticket.id)
        desk.comment(ticket, "And on the new one.")
        await until(lambda: len(desk.mailbox.mails) == 2)
        await desk.quiet(account)

    old, new = desk.mailbox.texts()
    assert "Still on the old card." in old
    assert "And on the new one." in new
    assert "old card" not in new


async def test_a_doubtful_message_waits_for_a_person(desk):
    """It is held back, listed, and told once it is released."""
    account = await desk.connect()
    ticket = desk.ticket("forum")
    async with desk.worker():
        desk.comment(ticket, "Task is overdue.")
        await desk.quiet(account)
        held = [one async for one in desk.stores.parked.all(account.id)]
    assert [] == desk.mailbox.mails
    assert 1 == len(held)
    assert "may be an automatic Bitrix24 message" in why(held[0])


@pytest.mark.parametrize("skew", [-7200, 7200])
async def test_bitrix24s_clock_may_be_wrong(desk, skew):
    """Only its own clock parts history from news, and moves the cursor."""
    desk.world.skew_seconds = skew
    account = await desk.connect()
    desk.world.faults.event_drop = 1.0
    async with desk.worker():
        desk.comment(desk.ticket(), "At what time?")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)


async def test_a_full_sync_mails_nothing(desk):
    """Everything is looked at again, and nothing is news."""
    account = await desk.connect()
    await connecting.sync(desk.settings, "acme", full=True, pace=desk.pace)
    async with desk.worker():
        await desk.quiet(account)

    assert [] == desk.mailbox.mails
    assert 30 == await desk.stores.tickets.count(account.id)


async def test_redis_lost_and_connected_again_mails_nothing(desk):
    """A rebuild from Bitrix24 tells nobody what they know."""
    await desk.connect()
    ticket = desk.ticket()
    async with desk.worker():
        desk.comment(ticket, "Told once.")
        await until(lambda: desk.mailbox.mails)
    await desk.stores.redis.flushall()
    desk.world.skew_seconds += 2
    account = await desk.connect(events=False)
    async with desk.worker():
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)
