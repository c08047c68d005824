"""Guests and bots who write in a task, from Bitrix24 to the customer."""

import pytest
from desk import until
from letters import why

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import User
from ticket24.domain.tickets.model import TicketRef, Voice


def guest(desk, task, number, name, email="", **fields):
    """Let somebody into the account who is not of the staff."""
    first, _, last = name.partition(" ")
    desk.world.users[number] = User(number, first, last, email, **fields)
    task.auditors.append(number)
    return number


@pytest.mark.parametrize("card", ["chat", "forum"])
async def test_nobody_but_staff_answers_customers(desk, card):
    """Her own words as a guest are hers; other guests and bots wait for a person."""
    account = await desk.connect()
    task = desk.ticket(card)
    desk.world.skew_seconds += 2
    contact = desk.world.contacts[task.contact_ids[0]]
    address = contact.emails[0].value
    own = [
        guest(desk, task, 901, "A B", address.upper(), kind="extranet"),
        guest(desk, task, 902, contact.full_name, kind="email"),
        guest(desk, task, 903, "C D", kind="collaber", crm=f"C_{contact.id}"),
    ]
    others = [
        guest(desk, task, 904, "Sam Supplier", "sam@x.example", kind="extranet"),
        guest(desk, task, 905, "Robo", hidden=True, bot=True),
    ]
    async with desk.worker():
        for number in own:
            desk.comment(task, "My own words.", by=number)
        for number in others:
            desk.comment(task, "Secret price.", by=number)
        made = tasks.add_task(
            desk.world,
            own[0],
            "Hers",
            description="I ask.",
            responsible_id=own[0],
            group_id=task.group_id,
            contact_ids=(contact.id,),
        )
        nameless = guest(desk, task, 906, "")
        desk.comment(task, "An answer.", by=nameless)
        ref = TicketRef(account.id, task.id)
        await until(lambda: "An answer." in "".join(desk.mailbox.texts()))
        await until(lambda: f"#{made.id}." in "".join(desk.mailbox.texts()))
        await desk.quiet(account)

    mailed = "".join(desk.mailbox.texts())
    assert "\nMy own words" not in mailed.replace("\r", "")  # They may be quoted.
    assert "price" not in mailed
    assert f"We’ve received your ticket. Its number is #{made.id}." in mailed
    assert "Acme Support replied to your ticket." in mailed
    picture = await desk.stores.tickets.get(ref)
    hers = [m for m in picture.messages if m.text == "My own words."]
    assert [Voice.CUSTOMER] * 3 == [message.voice for message in hers]
    waiting = [why(one) async for one in desk.stores.parked.all(account.id)]
    assert any("Nobody on your team" in reason for reason in waiting)
