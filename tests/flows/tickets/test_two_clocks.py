"""Dates of rows run ahead of answers' `time`, or behind: age is what we saw."""

import pytest
from desk import until

from bitrix24_sandbox.account import tasks
from ticket24.cli.doctor.clocks import clocks
from ticket24.flows.accounts.knowing import known

# All rows, or messages alone, where PHP and the database live in different zones.
SKEWS = [
    (
        "chat",
        {"rows_ahead_seconds": -14 * 3600},
        1.0,
        "those of chat messages are 14 h behind it; those of tasks are 14 h behind it",
    ),
    (
        "forum",
        {"rows_ahead_seconds": 14 * 3600, "messages_ahead_seconds": -3600},
        0.0,
        "those of comments are 13 h ahead of it; those of tasks are 14 h ahead of it",
    ),
]


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def told(desk, *texts):
    """Return in how many mails each of these is news, not repeated at the end."""
    bodies = [
        body
        for mail, body in desk.mailbox.read()
        if mail["X-Ticket24-Kind"] != "completed"
    ]
    return [sum(text in body for body in bodies) for text in texts]


def kinds(desk):
    return sorted(mail["X-Ticket24-Kind"] for mail in desk.mailbox.mails)


def turn(desk, switches):
    for name, value in switches.items():
        setattr(desk.world.switches, name, value)


def new_ticket(desk, model, title):
    return tasks.add_task(
        desk.world,
        1,
        title,
        responsible_id=desk.staff(model),
        group_id=model.group_id,
        contact_ids=tuple(model.contact_ids),
    )


@pytest.mark.parametrize(
    ("card", "switches", "lost", "apart"), SKEWS, ids=["behind", "ahead"]
)
async def test_news_is_told_once_and_history_never(desk, card, switches, lost, apart):
    """Whatever the dates say, and though every event is lost; the doctor tells."""
    turn(desk, switches)
    ticket, done = desk.tickets(card)[:2]
    desk.comment(ticket, "T24 written before.")
    desk.act(done, "complete")
    account = await desk.connect()
    desk.world.faults.event_drop = lost
    async with desk.worker():
        await desk.quiet(account)
        assert [] == desk.mailbox.mails

        desk.comment(ticket, "T24 written after.")
        await until(lambda: told(desk, "T24 written after.") == [1])
        desk.act(ticket, "complete")
        made = new_ticket(desk, ticket, "T24 made after.")
        desk.comment(made, "T24 answered at once.")
        await until(lambda: len(desk.mailbox.mails) >= 4)
        await desk.quiet(account)

    assert ["completed", "created", "replied", "replied"] == kinds(desk)
    assert [0, 1, 1] == told(
        desk, "T24 written before.", "T24 written after.", "T24 answered at once."
    )
    finding = clocks(await known(account, desk.stores))
    assert f"clocks of {account.slug}" == finding.subject
    assert apart in finding.fault


async def test_what_happens_after_the_clocks_were_put_back_is_found(desk):
    """A comment, a completion and a new ticket are found though events are lost."""
    turn(desk, {"rows_ahead_seconds": 14 * 3600})
    account = await desk.connect()
    ticket, other = desk.tickets("forum")[:2]
    desk.world.faults.event_drop = 1.0
    async with desk.worker():
        desk.comment(ticket, "T24 before.")
        await until(lambda: told(desk, "T24 before.") == [1])
        turn(desk, {"rows_ahead_seconds": -14 * 3600})
        desk.comment(ticket, "T24 after.")
        desk.act(other, "complete")
        new_ticket(desk, ticket, "T24 made after.")
        await until(lambda: len(desk.mailbox.mails) >= 4)
        await desk.quiet(account)

    assert ["completed", "created", "replied", "replied"] == kinds(desk)
    assert [1, 1] == told(desk, "T24 before.", "T24 after.")
