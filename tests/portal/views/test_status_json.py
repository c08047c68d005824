"""status.json: what scripts and open pages ask again and again."""

from datetime import timedelta

import pytest
from examples import NOON, message, ticket
from redis.asyncio import Redis
from showroom import Showroom

from ticket24.domain.commands.model import PostReply
from ticket24.domain.tickets.model import Status, TicketRef, Voice

ANNA, BEN = 43, 44


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest.fixture
async def anna(room):
    return await room.visitor(ANNA)


@pytest.fixture
def keep(room):
    async def keep(number=51, **fields):
        await room.keep(ticket(ref=TicketRef(room.account.id, number), **fields))

    return keep


async def poll(room, visitor, etag=None):
    headers = {"If-None-Match": etag} if etag else {}
    async with visitor.get(room.address("status.json"), headers=headers) as answer:
        body = await answer.json() if answer.status == 200 else await answer.text()
        return answer, body


async def test_tickets_stand_as_promised(room, keep, anna):
    """Each ticket, open or closed, has exactly the promised fields."""
    mine = message(2, voice=Voice.CUSTOMER)
    hidden = message(3, voice=Voice.INTERNAL)
    later = NOON + timedelta(hours=4, microseconds=7)
    await keep(51, messages=(message(1), mine, hidden), active_at=later)
    await keep(52, status=Status.COMPLETED, messages=(), subject="Größe")
    await keep(53, contact_ids=(BEN,))

    answer, body = await poll(room, anna)

    assert "application/json; charset=utf-8" == answer.headers["Content-Type"]
    assert "private, no-store" == answer.headers["Cache-Control"]
    assert {
        "tickets": [
            {
                "id": 51,
                "subject": "Printer is on fire",
                "status": "new",
                "turn": "ours",
                "updated": "2026-11-21T16:00:00Z",
                "messages": 2,
                "unread": 1,
            },
            {
                "id": 52,
                "subject": "Größe",
                "status": "completed",
                "turn": "solved",
                "updated": "2026-11-21T12:00:00Z",
                "messages": 0,
                "unread": 0,
            },
        ]
    } == body


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
async def test_nothing_new_is_said_in_a_header(room, keep, anna, form):
    """The same tickets have the same tag: 304, without a body, also when weak."""
    await keep()
    first, _ = await poll(room, anna)
    etag = first.headers["ETag"]

    answer, body = await poll(room, anna, form.format(etag))

    assert (304, "") == (answer.status, body)
    assert etag == answer.headers["ETag"]
    assert "private, no-store" == answer.headers["Cache-Control"]
    assert not etag.startswith("W/")


async def test_a_304_costs_one_question_to_redis(room, keep, anna, monkeypatch):
    """Without news only the session is asked for, in a single command."""
    await keep()
    first, _ = await poll(room, anna)
    asked = []
    execute = Redis.execute_command

    async def noted(self, *args, **options):
        asked.append(args[0])
        return await execute(self, *args, **options)

    monkeypatch.setattr(Redis, "execute_command", noted)
    answer, _ = await poll(room, anna, first.headers["ETag"])

    assert 304 == answer.status
    assert ["EVALSHA"] == asked


async def test_every_change_that_shows_changes_the_tag(room, keep, anna):
    """A new message, its reading, and another customer's ticket: only theirs count."""
    await keep(messages=())
    tags = [(await poll(room, anna))[0].headers["ETag"]]
    await keep(messages=(message(1),))
    tags.append((await poll(room, anna, tags[-1]))[0].headers["ETag"])
    async with anna.get(room.address("tickets/51")):
        pass
    answer, body = await poll(room, anna, tags[-1])
    tags.append(answer.headers["ETag"])
    await keep(53, contact_ids=(BEN,))

    assert 3 == len(set(tags))
    assert 0 == body["tickets"][0]["unread"]
    assert 304 == (await poll(room, anna, tags[-1]))[0].status


async def test_the_turn_follows_what_is_said(room, keep, anna):
    """Staff's answer makes it the customer's; a reply that we have makes it ours."""
    turns = []

    async def turn():
        answer, body = await poll(room, anna)
        turns.append((body["tickets"][0]["turn"], answer.headers["ETag"]))

    await keep(messages=())
    await turn()
    await keep()
    await turn()
    ref = TicketRef(room.account.id, 51)
    await room.commands.put(PostReply("c1", ref, ANNA, "Anna", NOON, "Still burns."))
    await turn()

    assert ["new", "yours", "ours"] == [one for one, _ in turns]
    assert 3 == len({tag for _, tag in turns})


async def test_customers_have_tags_of_their_own(room, keep, anna):
    """One customer's tag means nothing to another."""
    await keep(contact_ids=(ANNA, BEN))
    first, _ = await poll(room, anna)

    answer, _ = await poll(room, await room.visitor(BEN), first.headers["ETag"])

    assert 200 == answer.status


async def test_strangers_are_told_to_sign_in(room, keep, anna):
    """Without a session the answer is a 401 that a script can read."""
    await keep()
    headers = {"Cookie": "ticket24_session=stolen", "If-None-Match": "*"}
    async with anna.get(room.address("status.json"), headers=headers) as answer:
        body = await answer.json()

    assert (401, {"error": "sign in"}) == (answer.status, body)
