"""How often a customer wants mail: the page where it is chosen."""

import re

import pytest
from examples import ticket
from formfilling import Visitor
from showroom import Showroom

from ticket24.domain.customers.preferences import Preference
from ticket24.domain.tickets.model import TicketRef
from ticket24.store.customers.preferences import RedisPreferences

ANNA = 43


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


@pytest.fixture
async def anna(room):
    return Visitor(room, await room.visitor(ANNA))


def hidden_fields(page):
    return dict(re.findall(r'name="(csrf_token)" value="(\w+)"', page))


async def chosen(room):
    found = await RedisPreferences(room.redis).of(room.account.id, [ANNA])
    return found[ANNA]


async def test_a_customer_chooses_how_often_there_is_mail(room, anna):
    """The page shows what is chosen, and says what comes at once all the same."""
    status, page = await anna.get("preferences")
    assert 200 == status
    assert 'value="instant" checked' in page
    assert "when we’ve received a ticket, when a ticket is solved." in page
    assert "One email at 08:00 with everything new" in page

    fields = hidden_fields(page)
    wrong = await anna.post("preferences", fields | {"pace": "never"}, plain=True)
    assert (422, Preference()) == (wrong.status, await chosen(room))
    sent = await anna.post("preferences", fields | {"pace": "daily"}, plain=True)
    assert 303 == sent.status
    _, page = await anna.get("preferences?saved=1")

    assert 'value="daily" checked' in page
    assert Preference("daily") == await chosen(room)


async def test_a_ticket_is_muted_and_heard_again(room, anna):
    """From its page by one link; others are never named."""
    _, page = await anna.get("tickets/51")
    assert 'href="/p/acme/preferences?ticket=51"' in page
    _, page = await anna.get("preferences?ticket=51")
    assert "You get emails about this ticket." in page
    for on, words in (("1", "You get no emails"), ("0", "You get emails")):
        fields = hidden_fields(page) | {"on": on}
        sent = await anna.post("tickets/51/mute", fields, plain=True)
        assert "/p/acme/preferences?ticket=51#muted" == sent.location
        assert frozenset({51} if on == "1" else ()) == (await chosen(room)).muted
        _, page = await anna.get("preferences?ticket=51")
        assert words in page
    _, page = await anna.get("preferences?ticket=52")
    assert "#52" not in page
