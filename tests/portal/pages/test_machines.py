"""What programs fetch changes nothing; only a person's visit does."""

import pytest
from aiohttp.test_utils import make_mocked_request
from examples import ticket
from showroom import Showroom

from ticket24.domain.tickets.model import TicketRef
from ticket24.site.machines import by_machine
from ticket24.store.customers.drafts import RedisDrafts
from ticket24.store.tickets.lists import RedisLists

AHEAD = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Sec-Purpose": "prefetch; anonymous-client-ip"},
    {"Purpose": "prefetch"},
    {"X-Purpose": "preview"},
    {"X-Moz": "prefetch"},
    {"Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Dest": "iframe"},
]


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


async def unread(room):
    lists = RedisLists(room.redis)
    listed = await lists.listing(room.account.id, [43], [7])
    return [listed.unread(row) for row in listed.rows]


async def look(room, anna, headers, method="GET"):
    url = room.address("tickets/51")
    async with anna.session.request(method, url, headers=headers) as answer:
        assert 200 == answer.status
        return answer


async def test_only_a_person_reads(room, anna):
    """What browsers fetch ahead, show small or ask the head of stays unread."""
    await look(room, anna, {}, "HEAD")
    for headers in AHEAD:
        await look(room, anna, headers)
        assert [1] == await unread(room), headers

    await look(room, anna, {"Sec-Fetch-Dest": "document"})

    assert [0] == await unread(room)


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Dest": "empty"}])
def test_browsers_and_our_scripts_are_persons(headers):
    """A browser that says nothing, and the script of an open page, read."""
    assert not by_machine(make_mocked_request("GET", "/", headers=headers))


async def test_no_language_is_chosen_ahead(room, anna):
    """A link to another language that is fetched ahead does not change the language."""
    url, headers = room.address("language?to=de"), {"Sec-Purpose": "prefetch"}
    async with anna.session.get(url, headers=headers, allow_redirects=False) as answer:
        assert "ticket24_language" not in answer.cookies


async def test_what_was_kept_waits_for_a_person(room, anna):
    """Words that were kept while the session had ended are claimed by a visit only."""
    drafts_of = room.redis.keys
    fields = {"text": "Half a thought"}
    token = await RedisDrafts(room.redis).keep(room.account.id, "51", fields)
    cookie = f"{anna.session.headers['Cookie']}; ticket24_kept={token}"
    await look(room, anna, {"Cookie": cookie}, "HEAD")
    await look(room, anna, {"Cookie": cookie, "Sec-Purpose": "prefetch"})
    assert [] == await drafts_of("*:draft:*")

    await look(room, anna, {"Cookie": cookie})

    assert 1 == len(await drafts_of("*:draft:*"))
