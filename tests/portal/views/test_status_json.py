"""status.json: what scripts and open pages ask again and again."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import make_mocked_request
from desk import until
from examples import NOON, message, ticket
from redis.asyncio import Redis
from showroom import Showroom

from ticket24.domain.commands.model import PostReply
from ticket24.domain.tickets.model import Status, TicketRef, Voice
from ticket24.portal.listening import OF_ONE_SITTING, Listening, seconds_of
from ticket24.portal.parts import PORTAL
from ticket24.store import keys
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.pictures import ROW

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


@pytest.fixture
async def heard(room):
    """Wait until changes are heard; return who waits for them."""
    listening = room.server.app[PORTAL].listening
    assert await until(lambda: listening.hears)
    return listening


async def wait(room, visitor, etag, seconds="25"):
    """Ask and wait; return the answer and how long it took."""
    began = time.monotonic()
    headers, query = {"If-None-Match": etag}, {"wait": seconds}
    address = room.address("status.json")
    async with visitor.get(address, headers=headers, params=query) as answer:
        await answer.read()
    return answer, time.monotonic() - began


async def begin(room, visitor, listening, etag, count=1):
    """Have somebody wait besides those who do."""
    many = len(listening) + count
    tasks = [asyncio.create_task(wait(room, visitor, etag)) for _ in range(count)]
    assert await until(lambda: len(listening) == many)
    return tasks


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


async def test_a_change_answers_who_waits(room, keep, anna, heard):
    """What was written is there at once, for its customer; others wait on."""
    await keep()
    await keep(53, contact_ids=(BEN,))
    ben = await room.visitor(BEN)
    tags = [(await poll(room, who))[0].headers["ETag"] for who in (anna, ben)]
    (waiting,) = await begin(room, anna, heard, tags[0])
    (bens,) = await begin(room, ben, heard, tags[1])

    await keep(messages=(message(1), message(2)))
    answer, seconds = await waiting

    assert (200, 2) == (answer.status, (await answer.json())["tickets"][0]["messages"])
    assert "Retry-After" not in answer.headers
    assert seconds < 20
    assert not bens.done()
    bens.cancel()


async def test_who_waits_is_asked_anew(room, keep, anna, heard):
    """A ticket that went to somebody else, and a session that ended, are not shown."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]
    (waiting,) = await begin(room, anna, heard, tag)
    await keep(contact_ids=(BEN,))
    moved, _ = await waiting
    (waiting,) = await begin(room, anna, heard, moved.headers["ETag"])
    await RedisSessions(room.redis).end_everywhere(room.account.id, [ANNA])
    ended, _ = await waiting

    assert [] == (await moved.json())["tickets"]
    assert (401, {"error": "sign in"}) == (ended.status, await ended.json())


async def test_signing_out_answers_who_waits(room, keep, anna, heard):
    """The pages of a browser end with its session; those of another one wait on."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]
    elsewhere = await room.visitor(ANNA)
    (waiting,) = await begin(room, elsewhere, heard, tag)
    cookie = await room.cookie(ANNA)
    mine = ClientSession(cookies={"ticket24_session": cookie})
    async with mine:
        (here,) = await begin(room, mine, heard, tag)
        await RedisSessions(room.redis).end(room.account.id, cookie)
        answer, _ = await here

    assert 401 == answer.status
    assert not waiting.done()
    waiting.cancel()


async def test_nothing_new_is_said_in_time(room, keep, anna, heard):
    """After the seconds that were asked for, the answer is a 304; it says no more."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]

    answer, seconds = await wait(room, anna, tag, "1")

    assert (304, tag) == (answer.status, answer.headers["ETag"])
    assert "Retry-After" not in answer.headers
    assert 0.9 < seconds < 20


async def test_waiting_costs_one_question_to_redis(
    room, keep, anna, heard, monkeypatch
):
    """Who waits is looked up once; without news nobody looks again."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]
    asked = []
    execute = Redis.execute_command

    async def noted(self, *args, **options):
        asked.append(args[0])
        return await execute(self, *args, **options)

    monkeypatch.setattr(Redis, "execute_command", noted)
    answer, _ = await wait(room, anna, tag, "1")

    assert 304 == answer.status
    assert 1 == asked.count("EVALSHA")


async def test_what_changes_during_the_look_is_seen(
    room, keep, anna, heard, monkeypatch
):
    """A change between the look and the place answers at once."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]
    look, hear, told = RedisSessions.login, heard.hear, asyncio.Event()

    async def slow(self, *args):
        login = await look(self, *args)
        if not told.is_set():
            await keep(messages=(message(1), message(2)))
            await told.wait()
        return login

    def tell(name):
        hear(name)
        told.set()

    monkeypatch.setattr(RedisSessions, "login", slow)
    monkeypatch.setattr(heard, "hear", tell)
    answer, seconds = await wait(room, anna, tag)

    assert 200 == answer.status
    assert seconds < 20


async def test_what_is_long_forgotten_may_have_changed():
    """Whoever asked before the oldest change that is remembered looks again."""
    listening = Listening(10)
    listening.listen()
    asked_at = asyncio.get_running_loop().time()
    for number in range(10_001):
        listening.hear(f"versions {number}")
    request = make_mocked_request("GET", "/p/acme/status.json?wait=25")
    enter = partial(listening.enter, request, ["versions mine"], "cookie", "192.0.2.1")
    early = enter(asked_at=asked_at)
    late = enter(asked_at=asyncio.get_running_loop().time())

    assert early.news().done()
    assert not late.news().done()


async def test_nonsense_waits_for_nothing(room, keep, anna, heard):
    """What is no number of seconds is as good as none: the answer is a plain 304."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]

    async with asyncio.timeout(20):
        answers = [(await wait(room, anna, tag, text))[0] for text in ("-1", "soon")]

    assert [304, 304] == [answer.status for answer in answers]


NOTHING = ["", "0", "-1", "soon", "1.5", "1e3", "25s", "+25", "%2025", "٢٥", "²", "nan"]


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        *((text, 0) for text in NOTHING),
        ("x" * 3000, 0),
        ("1", 1),
        ("007", 7),
        ("25", 25),
        ("26", 25),
        ("9" * 9000, 25),
        ("3&wait=4", 3),
    ],
)
def test_nobody_waits_longer_than_proxies(asked, seconds):
    """Whole seconds are waited for, 25 at most; all else is no wait."""
    request = make_mocked_request("GET", f"/p/acme/status.json?wait={asked}")

    assert seconds == seconds_of(request)


async def test_only_news_are_waited_for(room, keep, anna, heard):
    """Without a tag, with another one, or with HEAD the answer comes at once."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]
    address = room.address("status.json?wait=25")
    async with asyncio.timeout(20):
        async with anna.get(address) as plain:
            pass
        async with anna.head(address, headers={"If-None-Match": tag}) as head:
            pass
        other, _ = await wait(room, anna, '"other"')

    assert [200, 304, 200] == [plain.status, head.status, other.status]


async def test_one_browser_has_three_places(room, keep, anna, heard):
    """The newest page gets the place of the oldest, which goes back to asking."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]
    oldest, *others = [
        (await begin(room, anna, heard, tag))[0] for _ in range(OF_ONE_SITTING)
    ]
    newest = asyncio.create_task(wait(room, anna, tag))
    answer, seconds = await oldest

    assert (304, "5") == (answer.status, answer.headers["Retry-After"])
    assert seconds < 20
    assert len(heard) == OF_ONE_SITTING
    for task in (*others, newest):
        assert not task.done()
        task.cancel()


async def test_a_closed_page_gives_its_place_up(room, keep, anna, heard):
    """Nobody waits for who has hung up."""
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]
    (waiting,) = await begin(room, anna, heard, tag)

    waiting.cancel()

    assert await until(lambda: len(heard) == 0)


async def test_a_stop_answers_everybody(room, keep, anna, heard):
    """Who waits, and who comes then, is told to come back, not all at once.

    Redis, which may be busy or gone by then, is not asked for it.
    """
    await keep()
    tag = (await poll(room, anna))[0].headers["ETag"]
    waiting = await begin(room, anna, heard, tag, 3)

    heard.stop()
    waiting += [asyncio.create_task(wait(room, anna, tag)) for _ in range(3)]
    answers = [await task for task in waiting]

    assert {304} == {answer.status for answer, _ in answers}
    again = {int(answer.headers["Retry-After"]) for answer, _ in answers}
    assert again <= set(range(1, 16))
    assert max(seconds for _, seconds in answers) < 20


async def test_the_answer_is_bounded_however_many_tickets_there_are(room, keep, anna):
    """Those that moved last stand in it, and how many others there are."""
    await keep(1)
    name = keys.rows(room.account.id, ANNA)
    row = ROW.read(await room.redis.hget(name, "1"))
    later = [
        replace(
            row, task_id=n, updated_at=NOON + timedelta(days=1, seconds=n), chat=(9,)
        )
        for n in range(2, 602)
    ]
    rows = {str(one.task_id): ROW.dump(one) for one in later}
    await room.redis.hset(name, mapping=rows)

    _, first = await poll(room, anna)
    since = first["tickets"][9]["updated"]
    async with anna.get(room.address("status.json"), params={"since": since}) as answer:
        moved = await answer.json()

    assert [*range(601, 101, -1)] == [one["id"] for one in first["tickets"]]
    assert [*range(601, 591, -1)] == [one["id"] for one in moved["tickets"]]
    assert (101, 0) == (first["more"], moved["more"])
    assert 600 <= first["unread"] == moved["unread"]


@pytest.mark.parametrize("since", ["", "yesterday", "0001-01-01", "9999-12-31T23:59Z"])
async def test_nonsense_names_no_beginning(room, keep, anna, since):
    """Nor does a time before all time; a late one lists nothing."""
    await keep(51)

    address, asked = room.address("status.json"), {"since": since}
    async with anna.get(address, params=asked) as answer:
        body = await answer.json()

    assert since.startswith("9") == (body["tickets"] == [])
