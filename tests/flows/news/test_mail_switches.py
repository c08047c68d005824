"""Each switch silences exactly its kind of mail, and says so in the log."""

import pytest
from desk import until
from savings import save
from structlog.testing import capture_logs

from bitrix24_sandbox.account import tasks
from ticket24.domain.news.letters import Kind
from ticket24.domain.tickets.model import TicketRef

CARDS = ("chat", "forum")
SWITCHES = {
    Kind.CREATED: "created_mails",
    Kind.REPLIED: "reply_mails",
    Kind.STATUS: "status_mails",
    Kind.COMPLETED: "completed_mails",
}


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def opened(desk, card):
    model = desk.ticket(card)
    return tasks.add_task(
        *(desk.world, 1, f"The {card} printer is on fire"),
        responsible_id=desk.staff(model),
        group_id=model.group_id,
        contact_ids=tuple(model.contact_ids),
    )


async def lived(desk, account):
    """Let a ticket on each card be opened, begun, answered and completed."""

    async def known(made):
        return await desk.stores.tickets.get(TicketRef(account.id, made.id))

    async def done(made):
        return (await known(made)).status == "completed"

    lives = [opened(desk, card) for card in CARDS]
    for made in lives:
        await until(lambda made=made: known(made))
    for step in (
        lambda made: desk.act(made, "start"),
        lambda made: desk.comment(made, "We are on our way.", by=made.responsible_id),
        lambda made: desk.act(made, "complete"),
    ):
        await desk.quiet(account)
        for made in lives:
            step(made)
    for made in lives:
        await until(lambda made=made: done(made))
    await desk.quiet(account)
    return lives


@pytest.mark.parametrize("off", [None, *SWITCHES])
async def test_a_switch_silences_exactly_its_kind(desk, off):
    """On both cards all others are told, each once, and the log has the reason."""
    switches = {name: kind is not off for kind, name in SWITCHES.items()}
    extra = "".join(f"{name} = {on}\n".lower() for name, on in switches.items())
    account = await desk.connect(extra=extra)
    desk.world.skew_seconds += 2
    with capture_logs() as logs:
        async with desk.worker():
            lives = await lived(desk, account)

    told = sorted((m["X-Ticket24-Ticket"], m["X-Ticket24-Kind"]) for m in mails(desk))
    wanted = SWITCHES.keys() - {off}
    assert told == sorted((f"acme/{made.id}", k) for made in lives for k in wanted)
    silent = {key for one in logs for key in one if key.endswith("-not-wanted")}
    assert silent == ({f"{off}-not-wanted"} if off else set())


def mails(desk):
    return desk.mailbox.mails


@pytest.mark.parametrize("card", CARDS)
async def test_switching_mails_on_again_tells_nothing_old(desk, card):
    """What was not mailed then is not mailed now."""
    account = await desk.connect(extra="reply_mails = false\n")
    task = desk.ticket(card)
    desk.world.skew_seconds += 2
    async with desk.worker():
        desk.comment(task, "Nobody hears of this.")
        await desk.quiet(account)
        account = await save(desk, account, reply_mails=True)
        desk.comment(task, "But of this.")
        await until(lambda: mails(desk))
        await desk.quiet(account)

    (text,) = desk.mailbox.texts()
    assert "But of this." in text
    assert "Nobody hears" not in text
