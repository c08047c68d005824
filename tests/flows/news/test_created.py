"""A new ticket is announced to its customer and to people in copy."""

from datetime import timedelta
from io import BytesIO

import pytest
from desk import until
from examples import SIGNATURE
from PIL import Image

from bitrix24_sandbox.account import files, tasks
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import TicketRef

CARDS = pytest.mark.parametrize("card", ["chat", "forum"])


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def open_ticket(desk, card, description="It burns.", **fields):
    model = desk.ticket(card)
    return tasks.add_task(
        desk.world,
        1,
        "Printer is on fire",
        description=description,
        responsible_id=desk.staff(model),
        group_id=model.group_id,
        **{"contact_ids": tuple(model.contact_ids)} | fields,
    )


def recipients(desk, kind):
    return sorted(m["X-Envelope-To"].lower() for m in desk.mailbox.of_kind(kind))


@CARDS
async def test_a_new_ticket_is_told_to_its_customer_and_copies(desk, card):
    """Words and file names go to all; pictures to the customer, answers to all."""
    account = await desk.connect()
    desk.world.skew_seconds = 2
    png = BytesIO()
    Image.new("RGB", (40, 30), "#0b6e4f").save(png, "PNG")
    photo = files.add_file(desk.world, 1, "photo.jpg", png.getvalue())
    cc = ["carl@example.com", "dora@example.com", "CARL@example.com"]
    description = compose("Anna Smith", "It [B]burns[/B].", cc, SIGNATURE)
    async with desk.worker():
        made = open_ticket(desk, card, description, files=(photo.id,))
        await until(lambda: len(desk.mailbox.of_kind("created")) >= 3)
        await desk.quiet(account)
        desk.comment(made, "We are on our way.")
        await until(lambda: len(desk.mailbox.of_kind("replied")) >= 3)
        await desk.quiet(account)

    contact = desk.world.contacts[made.contact_ids[0]]
    anna = contact.emails[0].value.lower()
    expected = sorted([anna, "carl@example.com", "dora@example.com"])
    assert expected == recipients(desk, "created")
    assert expected == recipients(desk, "replied")
    for mail in desk.mailbox.of_kind("created"):
        text = mail.get_body(("plain",)).get_content()
        copy = "copied you in" in text
        assert (desk.portal("tickets/") in text) is not copy
        # In copies what could become a link is broken up, invisibly.
        for words in ("It [B]burns[/B].", "photo.jpg"):
            assert words in text.replace("\u200b", "")
        pictures = [p for p in mail.walk() if p.get_content_maintype() == "image"]
        shown = [] if copy else [png.getvalue()]
        assert shown == [picture.get_content() for picture in pictures]
        assert copy == (anna != mail["X-Envelope-To"].lower())


@CARDS
async def test_what_hangs_on_a_task_is_in_its_picture(desk, card):
    """The files of the task are known by name, also those attached later."""
    account = await desk.connect()
    world = desk.world
    photo, plan = (files.add_file(world, 1, n, b"12345") for n in ("a.jpg", "b.pdf"))
    async with desk.worker():
        made = open_ticket(desk, card, files=(photo.id,))
        await until(lambda: desk.mailbox.of_kind("created"))
        tasks.attach_file(world, 1, made.id, plan.id)
        ref = TicketRef(account.id, made.id)

        async def seen():
            return len((await desk.stores.tickets.get(ref)).files) == 2

        await until(seen)

    picture = await desk.stores.tickets.get(ref)
    expected = [(made.files[0], "a.jpg", 5), (made.files[1], "b.pdf", 5)]
    assert expected == [(one.id, one.name, one.size) for one in picture.files]


async def test_a_ticket_from_before_is_no_news(desk):
    """A task older than the connection that becomes a ticket is not created again."""
    model = desk.ticket("chat")
    made = open_ticket(desk, "chat", contact_ids=())
    made.created_at -= timedelta(hours=1)
    account = await desk.connect()
    async with desk.worker():
        tasks.bind_contact(desk.world, 1, made.id, model.contact_ids[0])
        await desk.quiet(account)

    assert await desk.stores.tickets.get(TicketRef(account.id, made.id))
    assert [] == desk.mailbox.mails


async def test_a_restored_ticket_is_not_created_again(desk):
    """It comes back from the bin as the one it was."""
    account = await desk.connect()
    desk.world.skew_seconds = 2
    async with desk.worker():
        made = open_ticket(desk, "chat")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)
        tasks.delete_task(desk.world, 1, made.id)
        await desk.quiet(account)
        ref = TicketRef(account.id, made.id)
        assert await desk.stores.tickets.get(ref) is None
        tasks.restore_task(desk.world, 1, made.id)
        await until(lambda: desk.stores.tickets.get(ref))
        await desk.quiet(account)

    assert 1 == len(desk.mailbox.mails)
