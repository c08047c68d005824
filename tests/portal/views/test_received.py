"""The page of a new ticket that Bitrix24 does not have yet."""

import pytest
from examples import NOON, ticket
from formfilling import Visitor
from showroom import Showroom

from ticket24.domain.commands.model import MoveTicket, OpenTicket, Upload
from ticket24.domain.tickets.model import TicketRef


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest.fixture
async def sent(room):
    command = OpenTicket(
        "c" * 32,
        room.account.id,
        43,
        "Anna Smith",
        NOON,
        7,
        "Printer <b>on fire</b>",
        "It burns.\n\n[b]Brightly[/b] & <i>hot</i>",
        ("bob@example.com",),
        ("High", "Bugs"),
        (Upload("u" * 22, "photo <1>.png", 2_400_000, "image/png"),),
    )
    await room.commands.put(command)
    return command


async def test_it_says_what_was_received(anna, sent):
    """The page shows all that was sent, says that it waits, and looks again itself."""
    status, page = await anna.get(f"received/{sent.id}")

    assert 200 == status
    assert "Received and on its way to our team" in page
    for words in (
        "Printer &lt;b&gt;on fire&lt;/b&gt;",
        "It burns.<br><br>[b]Brightly[/b] &amp; &lt;i&gt;hot&lt;/i&gt;",
        "bob@example.com",
        "High, Bugs",
        "Support",
        "photo &lt;1&gt;.png",
        "2.4 MB",
        '<noscript><meta http-equiv="refresh" content="5"></noscript>',
    ):
        assert words in page


async def test_it_turns_into_the_ticket(room, anna, sent):
    """It leads to the ticket once its page exists, and not before."""
    await room.commands.done(sent, 67)
    assert 200 == (await anna.get(f"received/{sent.id}"))[0]

    await room.keep(ticket(ref=TicketRef(room.account.id, 67)))
    async with anna.session.get(
        room.address(f"received/{sent.id}"), allow_redirects=False
    ) as response:
        assert (303, "/p/acme/tickets/67") == (
            response.status,
            response.headers["Location"],
        )


async def test_it_is_honest_when_nothing_goes_on(room, anna, sent):
    """A command set aside is told as such, and that it is not lost."""
    await room.commands.park(sent)

    status, page = await anna.get(f"received/{sent.id}")

    assert 200 == status
    assert "Received, but not with our team yet" in page
    assert "http-equiv" not in page
    assert "It burns." in page


async def test_commands_of_others_are_not_there(room, sent):
    """Somebody else's command, an unknown one, and one of another kind are 404."""
    bob = Visitor(room, await room.visitor(44, name="Bob"))
    ref = TicketRef(room.account.id, 51)
    move = MoveTicket("d" * 32, ref, 44, "Bob", NOON, "open")
    await room.commands.put(move)

    for command_id in (sent.id, "e" * 32, move.id, "nonsense"):
        assert 404 == (await bob.get(f"received/{command_id}"))[0]
