"""What customers were not told is listed for staff, with what to do."""

import html
import re
from dataclasses import replace

import pytest
from desk import Desk, until
from mailbox_server import Mailbox
from opening import stores_at

from bitrix24_sandbox.account import people
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import MultiField
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.domain.tickets.model import TicketRef

TAB = "CRM_CONTACT_DETAIL_TAB"
SETTINGS = AccountSettings(
    "Acme Support",
    departments=(Department(7, "Support", 3, 2), Department(12, "Sales", 5, 4)),
)
REPAIRED = "The printer is repaired."
OVERDUE = "Task is overdue."
GONE = "Someone has already taken care of this."


@pytest.fixture
async def app_desk(redis_url, tmp_path, pace):
    """A desk for each test alone."""
    async with stores_at(redis_url) as stores:
        await stores.redis.flushall()
    async with (
        Mailbox() as mailbox,
        Desk(redis_url, mailbox, tmp_path, app=True, pace=pace) as desk,
    ):
        yield desk


@pytest.fixture
async def desk(app_desk):
    """An account with a ticket on the old card that has one customer."""
    account = await app_desk.install()
    app_desk.account = await app_desk.stores.accounts.update(
        account.id,
        lambda known: known.with_settings(
            replace(SETTINGS, password_field=known.settings.password_field),
            known.connected_at,
        ),
    )
    return app_desk


@pytest.fixture
async def ticket(desk):
    """One on the old card, and a worker that has seen it."""
    async with desk.worker():
        await until(lambda: desk.stores.tickets.count(desk.account.id))
        await desk.quiet(desk.account)
        yield desk.ticket("forum")


async def open_tab(desk, contact_id):
    return await desk.frame(placement=TAB, options={"ID": str(contact_id)})


def said(page):
    """Return the words of a page, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", page)).split())


def told(desk, words):
    return [text for text in desk.mailbox.texts() if words in text]


async def listed(desk):
    return [one.id async for one in desk.stores.parked.all(desk.account.id)]


async def parked(desk, count):
    async def there():
        found = await listed(desk)
        return found if len(found) == count else None

    return await until(there)


async def test_what_a_contact_was_not_told_stands_on_its_card(desk, ticket):
    """The card gives the reason and what to do, an address or a click."""
    (contact_id,) = ticket.contact_ids
    email = desk.world.contacts[contact_id].emails[0].value
    desk.mailbox.refuse[email] = "550 5.1.1 no such <mailbox> here"
    desk.comment(ticket, "The wire is new.")
    await parked(desk, 1)
    newsletter = MultiField(0, "list@example.com", "MAILING")
    people.update_contact(desk.world, 1, contact_id, emails=[newsletter])
    desk.comment(ticket, f"[B]{REPAIRED}[/B]")
    await parked(desk, 2)
    frame = await open_tab(desk, contact_id)
    words = said(frame.page)
    company = await desk.frame()
    await company.submit("/app/untold")
    card = f"/crm/contact/details/{contact_id}/"
    desk.mailbox.refuse.clear()
    people.update_contact(desk.world, 1, contact_id, emails=[email])
    await until(lambda: told(desk, REPAIRED))
    await frame.submit("/untold", "Send again")
    await until(lambda: told(desk, "The wire is new."))

    assert f"#{ticket.id} {ticket.title}" in words
    assert f"{REPAIRED} The contact has no email address" in words
    assert "Add one, and the email goes out automatically." in words
    assert f"The email to {email} was rejected." in words
    assert "The mail server says: 550 5.1.1 no such <mailbox> here" in words
    assert "This contact gets no emails about tickets" in words
    assert 2 == company.page.count(card) != frame.page.count(card) == 0
    assert "Sending the email again…" in said(frame.page)
    assert "reached the customer" not in said((await open_tab(desk, contact_id)).page)


async def test_a_held_message_is_decided_by_one_click(desk, ticket):
    """One click decides it, on the contact's card or on the company's list."""
    (contact_id,) = ticket.contact_ids
    other = people.add_contact(desk.world, 1, "Else", emails=["else@example.com"])
    desk.comment(ticket, OVERDUE)
    (name,) = await parked(desk, 1)

    # Whoever sees another contact decides nothing about this one.
    frame = await open_tab(desk, other.id)
    assert OVERDUE not in frame.page
    for deed in ("tell", "drop"):
        fields = {"csrf_token": frame.token, deed: name}
        await frame.post("/bitrix24/contact-tab/untold", fields)
        assert GONE in said(frame.page)
    assert [name] == await listed(desk)

    # Two people decide, and the first one's click counts.
    first, second = await open_tab(desk, contact_id), await desk.frame()
    assert "1 message hasn’t reached a customer." in said(second.page)
    await second.submit("/app/untold")
    assert OVERDUE in said(second.page)
    await first.submit("/untold", "Send to the customer")
    assert "Sending to the customer…" in said(first.page)
    await second.submit("/app/untold", "Don’t send")
    assert f"{GONE} Back" in said(second.page)
    await until(lambda: told(desk, OVERDUE))

    # And another one is kept back, where administrators look.
    desk.comment(ticket, "Task is almost overdue.")
    await parked(desk, 1)
    await second.submit("/app/untold")
    await second.submit("/app/untold", "Don’t send")
    assert "It won’t be sent." in said(second.page)
    await second.submit("/app")
    assert "Settings" == second.title
    assert "reached a customer" not in said(second.page)
    desk.comment(ticket, REPAIRED)
    await until(lambda: told(desk, REPAIRED))
    assert ([], 1) == (told(desk, "almost"), len(told(desk, OVERDUE)))


@pytest.mark.parametrize(
    "quote",
    [
        "[QUOTE]// It was Bob.[/QUOTE]\n",
        ">>// It was Bob.\n",
        "[QUOTE]It was Bob.[/QUOTE]",
    ],
)
async def test_who_quotes_an_internal_message_decides_by_a_click(desk, ticket, quote):
    """Having read all of it; the rest is sent then, and never the quote."""
    (contact_id,) = ticket.contact_ids
    desk.comment(ticket, "[USER=13]Anna[/USER], // It was Bob.")
    desk.comment(ticket, f"{quote}{REPAIRED}\n{'Much is to say. ' * 300}\nThe end.")
    await parked(desk, 1)
    assert [] == told(desk, REPAIRED)
    frame = await open_tab(desk, contact_id)
    assert "It was Bob" in frame.page
    assert "to say.\nThe end.</blockquote>" in frame.page
    await frame.submit("/untold", "Send to the customer")
    await until(lambda: told(desk, REPAIRED))

    assert [] == told(desk, "Bob")


async def test_a_reply_in_a_chat_to_an_internal_message_waits(desk):
    """Reply on the new card puts nothing in front, and may be meant for staff."""
    async with desk.worker():
        await until(lambda: desk.stores.tickets.count(desk.account.id))
        await desk.quiet(desk.account)
        task = desk.ticket("chat")
        chat = desk.world.chats[task.chat_id]
        secret = desk.comment(task, "// It was Bob.")
        talk.send_message(
            desk.world, 3, chat, "Bob again.", params={"REPLY_ID": secret.id}
        )
        marked = talk.send_message(desk.world, 3, chat, f"Wait{' so' * 200}.\n// Bob.")
        await parked(desk, 2)
        (contact_id,) = task.contact_ids
        assert "// Bob." in (await open_tab(desk, contact_id)).page
        talk.edit_message(desk.world, 3, "chat", marked.id, "// Bob.")
        await desk.stores.due.mark(TicketRef(desk.account.id, task.id))
        await parked(desk, 1)
        talk.send_message(desk.world, 3, chat, REPAIRED)
        await until(lambda: told(desk, REPAIRED))
        frame = await open_tab(desk, contact_id)
        assert [] == told(desk, "Bob")
        await frame.submit("/untold", "Send to the customer")
        await until(lambda: told(desk, "Bob again."))

    assert [] == told(desk, "It was Bob")
