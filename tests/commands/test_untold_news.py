"""A customer who could not be told is told later; until then staff can see it."""

import pytest
from desk import until

from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.records import MultiField
from ticket24.cli import failed as failing
from ticket24.cli.doctor import doctor as doctoring
from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef
from ticket24.store import keys

TYPED = "call him; Anna <anna@example.com>, anna@example.net"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def contact_of(desk, ticket):
    return desk.world.contacts[ticket.contact_ids[0]]


def told(desk, words):
    """Return who got a mail with these words."""
    return [
        mail["X-Envelope-To"].lower()
        for mail in desk.mailbox.mails
        if words in mail.get_body(("plain",)).get_content()
    ]


async def listed(desk, said):
    said()
    await failing.show_all(desk.settings)
    return [line for line in said() if line != "Nothing has failed."]


async def listed_to(desk, account, email):
    return [
        one async for one in desk.stores.parked.all(account.id) if email in one.about
    ]


async def untold(desk, account):
    return await desk.stores.parked.count(account.id)


@pytest.mark.parametrize(("card", "events"), [("chat", False), ("forum", True)])
async def test_who_gets_an_address_later_is_told_once(desk, said, card, events):
    """It is listed until then, `doctor` says so, and no event needs to come."""
    account = await desk.connect(events=events)
    ticket = desk.ticket(card)
    contact = contact_of(desk, ticket)
    email = contact.emails[0].value.lower()
    people.update_contact(desk.world, 1, contact.id, emails=[])
    async with desk.worker():
        await until(lambda: desk.stores.tickets.get(TicketRef(account.id, ticket.id)))
        await desk.quiet(account)
        desk.comment(ticket, "The printer is repaired.")
        await until(lambda: untold(desk, account))
        (line,) = await listed(desk, said)
        await doctoring.examine(desk.settings, pace=desk.pace)
        (failures,) = [one for one in said() if one.startswith("failures of acme")]
        people.update_contact(desk.world, 1, contact.id, emails=[email])
        await until(lambda: told(desk, "The printer is repaired."))
        desk.comment(ticket, "And it prints.")
        await until(lambda: told(desk, "And it prints."))
        await desk.quiet(account)

    assert f"about ticket {ticket.id} to contact {contact.id}" in line
    assert "Add one in the CRM" in line
    assert "1 wait for you" in failures
    assert [email] == told(desk, "The printer is repaired.")
    assert [email] == told(desk, "And it prints.")
    assert [] == await listed(desk, said)


async def test_who_may_be_read_again_is_told_once(desk, said):
    """A contact hidden from us for a while: no event tells that it is back."""
    account = await desk.connect()
    ticket = desk.ticket()
    contact = contact_of(desk, ticket)
    async with desk.worker():
        await until(lambda: desk.stores.tickets.get(TicketRef(account.id, ticket.id)))
        await desk.quiet(account)
        del desk.world.contacts[contact.id]
        await desk.stores.customers.remove(ContactRef(account.id, contact.id))
        desk.comment(ticket, "The printer is repaired.")
        await until(lambda: untold(desk, account))
        (line,) = await listed(desk, said)
        desk.world.contacts[contact.id] = contact
        await until(lambda: told(desk, "The printer is repaired."))
        await desk.quiet(account)

    assert f"The contact ({contact.id}) was deleted or merged, or" in line
    assert [contact.emails[0].value.lower()] == told(desk, "The printer is repaired.")
    assert [] == await listed(desk, said)


async def test_who_is_bound_instead_is_told(desk, said):
    """If staff give the ticket another contact, that contact is told what was said."""
    account = await desk.connect()
    ticket = desk.ticket()
    contact = contact_of(desk, ticket)
    heir = next(
        c
        for c in desk.world.contacts.values()
        if c.emails and c.id not in ticket.contact_ids
    )
    people.update_contact(desk.world, 1, contact.id, emails=[])
    async with desk.worker():
        await until(lambda: desk.stores.tickets.get(TicketRef(account.id, ticket.id)))
        await desk.quiet(account)
        desk.comment(ticket, "The printer is repaired.")
        await until(lambda: untold(desk, account))
        tasks.bind_contact(desk.world, 1, ticket.id, heir.id)
        tasks.unbind_contact(desk.world, 1, ticket.id, contact.id)
        await until(lambda: told(desk, "The printer is repaired."))
        await desk.quiet(account)

    assert [heir.emails[0].value.lower()] == told(desk, "The printer is repaired.")
    assert [] == await listed(desk, said)


async def test_what_an_old_address_refused_goes_to_the_new_one(desk, said):
    """It goes there by itself, once, as soon as the contact has a working address."""
    account = await desk.connect()
    ticket = desk.ticket()
    contact = contact_of(desk, ticket)
    desk.mailbox.refuse[contact.emails[0].value] = "550 5.1.1 no such mailbox"
    desk.mailbox.refuse["typo@example.com"] = "550 5.1.1 no such mailbox"
    async with desk.worker():
        await until(lambda: desk.stores.tickets.get(TicketRef(account.id, ticket.id)))
        await desk.quiet(account)
        desk.comment(ticket, "The printer is repaired.")
        await until(lambda: untold(desk, account))
        for email in ("typo@example.com", "new@example.com"):
            people.update_contact(desk.world, 1, contact.id, emails=[email])
            await desk.quiet(account)
            if email.startswith("typo"):
                await until(lambda: listed_to(desk, account, "typo@example.com"))
        await until(lambda: told(desk, "The printer is repaired."))
        await desk.quiet(account)

    assert ["new@example.com"] == told(desk, "The printer is repaired.")
    assert [] == await listed(desk, said)
    assert 0 == await desk.stores.redis.exists(keys.untold(account.id))


async def test_mail_goes_to_the_address_for_work_among_what_people_typed(desk):
    """Mail never goes to a newsletter's address, or to none, even after an update."""
    account = await desk.connect(events=False)
    ticket = desk.ticket()
    contact = contact_of(desk, ticket)
    kinds = ("MAILING", "list@example.com"), ("HOME", "h@example.com"), ("WORK", TYPED)
    emails = [MultiField(0, value, kind) for kind, value in kinds]
    people.update_contact(desk.world, 1, contact.id, emails=emails)
    async with desk.worker():
        await until(lambda: desk.stores.tickets.get(TicketRef(account.id, ticket.id)))
        desk.comment(ticket, "The printer is repaired.")
        await until(lambda: told(desk, "The printer is repaired."))

    assert ["anna@example.com"] == told(desk, "The printer is repaired.")


async def test_contacts_are_read_anew_after_an_update(desk):
    """What an earlier version made of their fields is forgotten."""
    account = await desk.connect(events=False)
    contact = contact_of(desk, desk.ticket())
    ref = ContactRef(account.id, contact.id)
    before = Customer(ref, contact.name, ("list@example.com", TYPED))
    async with desk.worker():
        await until(lambda: desk.stores.tickets.count(account.id))
        await desk.quiet(account)
    await desk.stores.customers.put_all(account.id, [before])
    await desk.stores.redis.hset(keys.state(account.id), "addresses", "2")
    async with desk.worker():
        await until(lambda: _anew(desk, ref, before))


async def _anew(desk, ref, before):
    known = await desk.stores.customers.get_all(ref.account, [ref.contact_id])
    return known[ref.contact_id].emails != before.emails


async def test_who_took_over_from_a_merged_contact_is_told(desk, said):
    """A merge leaves the task bound to a contact that is gone."""
    account = await desk.connect()
    ticket = desk.ticket()
    contact = contact_of(desk, ticket)
    email = contact.emails[0].value
    heir = people.add_contact(desk.world, 1, "Anna", "New", emails=[email.upper()])
    async with desk.worker():
        await until(lambda: desk.stores.tickets.get(TicketRef(account.id, ticket.id)))
        await desk.quiet(account)
        people.merge_contacts(desk.world, 1, heir.id, [contact.id])
        desk.comment(ticket, "The printer is repaired.")
        await until(lambda: told(desk, "The printer is repaired."))

        async def handed_over():
            now = await desk.stores.tickets.get(TicketRef(account.id, ticket.id))
            return now.contact_ids == (heir.id,)

        await until(handed_over)
        desk.comment(ticket, "And it prints.")
        await until(lambda: told(desk, "And it prints."))
        await desk.quiet(account)

    assert [contact.id] == ticket.contact_ids
    assert [email.lower()] == told(desk, "The printer is repaired.")
    assert [email.lower()] == told(desk, "And it prints.")
    assert [] == await listed(desk, said)


async def test_whom_nobody_surely_took_over_from_is_shown(desk, said):
    """Two contacts have the address of one that is gone: nobody guesses."""
    account = await desk.connect()
    ticket = desk.ticket()
    contact = contact_of(desk, ticket)
    for name in ("Anna", "Bob"):
        people.add_contact(desk.world, 1, name, emails=[contact.emails[0].value])
    async with desk.worker():
        await until(lambda: desk.stores.tickets.get(TicketRef(account.id, ticket.id)))
        await desk.quiet(account)
        people.delete_contact(desk.world, 1, contact.id)
        await until(lambda: _forgotten(desk, account, contact))
        desk.comment(ticket, "The printer is repaired.")
        await until(lambda: untold(desk, account))
        await desk.quiet(account)

    (line,) = await listed(desk, said)
    assert f"The contact ({contact.id}) was deleted or merged, or" in line
    assert [] == told(desk, "The printer is repaired.")


async def _forgotten(desk, account, contact):
    known = await desk.stores.customers.get_all(account.id, [contact.id])
    return not known and not await desk.stores.remains.lost(account.id)
