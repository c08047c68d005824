"""A person with an application's token costs us little, and others nothing."""

import asyncio
import time
from dataclasses import replace

import pytest
import pytest_asyncio
from desk import EVENTS, TOKEN, event_body, until

import handlers
from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.account.conversations import talk
from ticket24.bitrix.events.event import (
    MOST_KEPT_BYTES,
    BitrixEvent,
    from_json,
    to_json,
)
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.tickets.dispatch import MOST_DUE, MOST_PARKED
from ticket24.pace import PACE, Pace
from ticket24.routing import Router
from ticket24.store import keys
from ticket24.web.keys import STORES
from ticket24.worker.dispatch import Dispatching
from ticket24.worker.loops import Bell
from ticket24.worker.parts import open_parts

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LONGEST = "9" * 18
IDS = {"ID": LONGEST, "TASK_ID": LONGEST, "MESSAGE_ID": LONGEST}
ALL_IDS = {"FIELDS": IDS, "FIELDS_BEFORE": IDS, "FIELDS_AFTER": IDS}


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    account = await desk.connect(events=False)
    # Tells the member_id.
    assert 200 == await post(desk, event_body(desk.world.member_id))
    return account


# The budget is 20 events, and a note lasts only for a moment.
NARROW = Pace(events_at_once=20, events_per_second=0.01, overflow_seconds=0.2)
narrow = pytest.mark.parametrize("pace", [NARROW])


async def post(desk, body):
    url = desk.web.make_url(EVENTS)
    async with desk.http.post(url, data=body, headers=FORM) as answer:
        return answer.status


async def flood(desk, count, **fields):
    """Post this many different events with a good token; return the answers."""
    bodies = [
        event_body(
            desk.world.member_id,
            **{"data[FIELDS_AFTER][ID]": str(10**6 + number), **fields},
        )
        for number in range(count)
    ]
    return {status for body in bodies for status in [await post(desk, body)]}


async def entries(desk):
    rows = await desk.stores.redis.xrange(keys.JOURNAL)
    return [fields[b"e"] for _, fields in rows]


def padded(fields, name):
    """Return a body of 250 kB with everything a sender can think of."""
    pairs = {f"data[{part}][{key}]": value for part, key, value in fields}
    padding = {f"data[FIELDS_AFTER][UF_{n}]": "x" * 300 for n in range(750)}
    return {"name": name, **padding, **pairs}


HEARD = sorted(handlers.router.names - {"ONAPPUNINSTALL"})


async def test_an_event_takes_512_bytes_whatever_was_posted(desk, account):
    """The longest name, the longest ids and 250 kB of anything else."""
    fields = [(part, key, value) for part in ALL_IDS for key, value in IDS.items()]
    longest = account.id.ljust(49, "x")
    for name in (*HEARD, "ONAPPTEST", "Z" * 100):
        body = event_body(desk.world.member_id, ts=LONGEST, **padded(fields, name))

        assert 200 == await post(desk, body)

        raw = (await entries(desk))[-1]
        kept = from_json(raw)
        assert MOST_KEPT_BYTES >= len(to_json(replace(kept, account=longest)))
        assert (name, ALL_IDS if name in HEARD else {}) == (kept.name, kept.data)


async def test_a_handler_gets_the_fields_that_it_names(desk, account, monkeypatch):
    """It gets them in its order as far as they fit; ids always do."""
    own = Router()

    @own.register("ONTASKUPDATE", keep=["FIELDS_AFTER.TITLE", "MORE", "LESS", "X.Y"])
    async def read(event, due):
        """Hear it."""

    router = Router(handlers.router, own)
    monkeypatch.setattr("ticket24.web.events.router", router)
    fields = {
        "data[FIELDS_AFTER][TITLE]": "Größe",
        "data[FIELDS_AFTER][OTHER]": "no",
        "data[MORE]": "\x01" * 100,
        "data[LESS][a][b]": "c",
        "data[X][Z]": "no",
    }

    assert 200 == await post(desk, event_body(desk.world.member_id, **fields))

    kept = (await entries(desk))[-1]
    assert MOST_KEPT_BYTES >= len(kept)
    assert {
        "FIELDS_BEFORE": {"ID": "51"},
        "FIELDS_AFTER": {"ID": "51", "TITLE": "Größe"},
        "LESS": {"a": {"b": "c"}},
    } == from_json(kept).data


@narrow
async def test_a_flood_is_kept_as_far_as_its_budget(desk, account):
    """Every post is answered 200; beyond the budget nothing grows."""
    assert {200} == await flood(desk, 60)

    assert 20 == len(await entries(desk))
    text = await (await desk.http.get(desk.web.make_url("/metrics"))).text()
    assert "ticket24_events_accepted_total 20.0" in text
    assert "ticket24_events_left_out_total 41.0" in text


@narrow
async def test_what_a_flood_hides_is_found(desk, account):
    """A deleted ticket, an edited comment, a deleted contact: none of them is lost."""
    edited, deleted = desk.tickets("forum")[:2]
    ref = TicketRef(account.id, deleted.id)
    async with desk.worker():
        await desk.quiet(account)
        comment = desk.comment(edited, "Said once.")
        await until(lambda: desk.mailbox.mails)
        contact_id = next(
            iter(await desk.stores.customers.known(account.id))
        ).contact_id
        await flood(desk, 30)
        # None of this is shown by a list of what changed.
        tasks.delete_task(desk.world, 1, deleted.id)
        by = desk.staff(edited)
        talk.edit_message(desk.world, by, "forum", comment.id, "Said differently.")
        people.delete_contact(desk.world, 1, contact_id)
        await flood(desk, 3)

        await until(lambda: _is(desk.stores.tickets.get(ref), None))
        await until(lambda: _is(customer(desk, account, contact_id), None))
        await until(lambda: reads(desk, account, edited, "Said differently."))


@narrow
async def test_a_flood_costs_one_look_at_everything(desk, account):
    """During a flood and after it, everything is looked at once in five minutes."""
    async with desk.worker():
        for _ in range(8):
            await flood(desk, 30)
            await asyncio.sleep(0.1)
        memory = await made_up(desk, account)
        await flood(desk, 30)
        later = time.time() + 1
        await until(lambda: swept(desk, account, later))

        assert memory.made_up == (await made_up(desk, account)).made_up


async def test_a_flood_of_one_account_holds_up_no_other(desk, account):
    """Beside as much as an account may send at once, another's event is looked at."""
    other = await desk.connect(slug="other", token="other", events=False)
    body = event_body("e" * 32, token="other")
    append = desk.stores.journal.append
    async with desk.worker():
        await desk.quiet(account)
        flood = [
            event_of(account, 10**6 + number) for number in range(PACE.events_at_once)
        ]
        await asyncio.gather(*map(append, flood))
        assert 200 == await post(desk, body)
        await until(lambda: looked_at(desk, other))
        left = await desk.stores.due.count(account.id)

    assert left > PACE.events_at_once / 10


def event_of(account, number):
    ids = {"ID": str(number)}
    return BitrixEvent("ONTASKUPDATE", account.id, {"FIELDS_AFTER": ids})


async def test_what_a_flood_marks_is_bounded(desk, account):
    """Marks of things that do not exist end somewhere; then all is looked at."""
    refs = [TicketRef(account.id, number) for number in range(1, MOST_DUE - 99)]
    await desk.stores.due.mark_all(refs)
    await flood(desk, 300)
    async with open_parts(desk.settings, desk.pace) as parts:
        # Nobody looks meanwhile: Bitrix24 may be away.
        assert await Dispatching(parts, Bell(), Bell()).turn()

    assert MOST_DUE == await desk.stores.due.count(account.id)
    assert (await desk.stores.accounts.remembered(account.id)).overflow


def remembered(desk):
    """Return how much the doorkeeper remembers, by its places."""
    places = vars(desk.web.app[STORES].doorkeeper).items()
    return {name: len(held) for name, held in places if isinstance(held, dict)}


async def test_strangers_leave_nothing_behind(desk, account):
    """Unknown accounts and wrong tokens cost neither memory nor Redis.

    For the right token with another member_id one note is kept, in one place.
    """
    assert 403 == await post(desk, event_body("f" * 32, token=TOKEN))
    before, known = await all_keys(desk), remembered(desk)
    for number in range(60):
        token = TOKEN if number % 2 else f"{number:032}"
        body = event_body(f"{number:032x}", token=token)
        assert 403 == await post(desk, body)
    long = event_body("f" * 65), event_body(desk.world.member_id, token="t" * 513)

    assert {400} == {await post(desk, body) for body in long}
    assert (set(), known) == (await all_keys(desk) - before, remembered(desk))


async def test_a_handler_that_fails_fills_nothing(desk, account):
    """Only a limited number of events is set aside for a person."""
    shelf = {f"event-{number}": "{}" for number in range(MOST_PARKED - 5)}
    await desk.stores.redis.hset(keys.parked(account.id), mapping=shelf)
    broken = Router()

    @broken.register("ONTASKUPDATE")
    async def fail(event, due):
        raise RuntimeError("no")

    async with desk.worker(router=broken):
        await flood(desk, 30)
        await until(lambda: _is_equal(desk.stores.journal.backlog(), 0))

    assert MOST_PARKED == await desk.stores.parked.count(account.id)
    assert (await desk.stores.accounts.remembered(account.id)).overflow


@pytest.mark.parametrize("pace", [replace(NARROW, believed_seconds=0.0)])
async def test_an_account_that_is_gone_costs_nothing(desk, account):
    """Its events are neither kept nor noted, and it is not swept."""
    await desk.stores.accounts.remove(account)
    before = await all_keys(desk)

    assert {403} == await flood(desk, 40)

    assert set() == await all_keys(desk) - before


async def made_up(desk, account):
    async def done():
        memory = await desk.stores.accounts.remembered(account.id)
        return memory if memory.made_up else None

    return await until(done)


async def swept(desk, account, after):
    memory = await desk.stores.accounts.remembered(account.id)
    return memory.seen_at > after


async def looked_at(desk, account):
    memory = await desk.stores.accounts.remembered(account.id)
    return memory.last_event_at and not await desk.stores.due.count(account.id)


async def all_keys(desk):
    """Return all names but that of what processes counted, which they note anytime."""
    names = {key async for key in desk.stores.redis.scan_iter()}
    return names - {keys.COUNTED.encode()}


async def _is_equal(question, answer):
    return await question == answer


async def _is(question, answer):
    return await question is answer


async def customer(desk, account, contact_id):
    return (await desk.stores.customers.get_all(account.id, [contact_id])).get(
        contact_id
    )


async def reads(desk, account, task, text):
    ticket = await desk.stores.tickets.get(TicketRef(account.id, task.id))
    return text in [message.text for message in ticket.messages]
