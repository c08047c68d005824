"""One bad thing never holds up the good ones: it is parked with its reason."""

import pytest
from desk import EVENTS, TOKEN, Desk, event_body, until
from letters import why

from bitrix24_sandbox.account import people
from handlers import router
from ticket24.bitrix.conversations import messages
from ticket24.bitrix.rest.batch import Call
from ticket24.pace import Pace
from ticket24.routing import Router
from ticket24.store.letters.parked import Sort


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def told(desk):
    return "".join(desk.mailbox.texts())


async def parked(desk, account):
    return [one async for one in desk.stores.parked.all(account.id)]


async def test_an_event_whose_handler_fails_is_parked(desk):
    """The others are handled; the failure is listed with its reason."""
    poison = Router()

    @poison.register("ONTASKUPDATE")
    async def fail(event, due):
        raise RuntimeError("a company's own handler is broken")

    account = await desk.connect()
    async with desk.worker(router=Router(router, poison)):
        body = event_body(desk.world.member_id)
        assert (
            200 == (await desk.http.post(desk.web.make_url(EVENTS), data=body)).status
        )
        desk.comment(desk.ticket(), "This still works.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    (one,) = await parked(desk, account)
    assert (Sort.EVENT, "ONTASKUPDATE") == (one.sort, one.about)
    assert "a company's own handler is broken" in why(one)
    assert TOKEN not in one.content


async def test_a_ticket_that_cannot_be_seen_is_parked(desk, monkeypatch):
    """After bounded tries; the other ticket of the same looks is told."""
    desk.pace = Pace(look_again_seconds=0.05)
    account = await desk.connect()
    bad, good = desk.tickets("forum")[:2]
    read = messages.forum_call

    def refuse(task_id):
        return Call("no.such.method") if task_id == bad.id else read(task_id)

    monkeypatch.setattr(messages, "forum_call", refuse)
    async with desk.worker():
        desk.comment(bad, "To the bad one.")
        desk.comment(good, "To the good one.")
        await desk.quiet(account)

    (one,) = await parked(desk, account)
    assert (Sort.TICKET, f"ticket-{bad.id}") == (one.sort, one.id)
    assert "no.such.method" in why(one)
    assert ["To the good one." in text for text in desk.mailbox.texts()] == [True]


async def test_one_account_away_does_not_slow_another(
    redis_url, redis, mailbox, tmp_path
):
    """An account that answers nothing backs off alone."""
    (tmp_path / "other").mkdir()
    async with (
        Desk(redis_url, mailbox, tmp_path) as away,
        Desk(redis_url, mailbox, tmp_path / "other") as other,
    ):
        other.world.member_id = "b" * 32
        await away.connect()
        account = await other.connect(slug="other", token="another-token")
        away.world.faults.rest = "503"
        async with other.worker():
            for ticket in away.tickets():
                away.comment(ticket, "Nobody can read this yet.")
            other.comment(other.ticket(), "Here all is well.")
            await until(lambda: mailbox.mails)
            await other.quiet(account)

    assert ["Here all is well." in text for text in mailbox.texts()] == [True]


async def test_half_a_character_poisons_nothing(desk):
    """A lone surrogate in a message is mailed without it."""
    await desk.connect()
    async with desk.worker():
        desk.comment(desk.ticket(), "Half \ud83d a character.")
        desk.comment(desk.tickets("chat")[1], "Whole.")
        await until(lambda: "Whole." in told(desk))
        await until(lambda: "a character." in told(desk))


async def test_half_a_character_in_a_name_blocks_no_account(desk):
    """A lone surrogate in a customer's name: the other tickets are told."""
    await desk.connect()
    ticket, other = desk.tickets("chat")[:2]
    async with desk.worker():
        people.update_contact(desk.world, 1, ticket.contact_ids[0], name="Ann\ud83d")
        desk.comment(other, "Whole.")
        await until(lambda: "Whole." in told(desk))
