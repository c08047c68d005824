"""Long lists are kept in memory, and are as true as if they were read each time."""

import asyncio
import gc
import random
import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from examples import NOON, message, ticket

from ticket24.domain.portal.pages import Seen
from ticket24.domain.portal.rows import to_row
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.lists import RedisLists
from ticket24.store.tickets.long_lists import LongList, LongLists
from ticket24.store.tickets.pages import RedisPages
from ticket24.store.tickets.pictures import ROW, TICKET, RedisTickets
from ticket24.store.tickets.shared_pages import RedisSharedPages
from ticket24.store.versions import LONG

ANNA, BEN = 43, 44
GROUPS = {7}
MANY = range(1, LONG + 20)


@pytest.fixture
def lists(redis):
    return RedisLists(redis)


def numbered(number, **fields):
    at = NOON + timedelta(minutes=number)
    return replace(ticket(ref=TicketRef("acme", number), active_at=at), **fields)


async def put(redis, *tickets, contact_ids=(ANNA,)):
    """Put tickets where a commit puts them."""
    async with redis.pipeline() as pipe:
        for one in tickets:
            number, row = str(one.ref.task_id), ROW.dump(to_row(one))
            pipe.hset(keys.ticket(one.ref), "picture", TICKET.dump(one))
            for contact_id in contact_ids:
                pipe.hset(keys.rows("acme", contact_id), number, row)
        await pipe.execute()


async def questions(redis):
    """Count how often anybody asked Redis for whole hashes."""
    stats = await redis.info("commandstats")
    return stats.get("cmdstat_hgetall", {}).get("calls", 0)


async def scripts(redis):
    """Count how often scripts ran."""
    stats = await redis.info("commandstats")
    return stats.get("cmdstat_evalsha", {}).get("calls", 0)


async def test_an_unchanged_list_is_not_read_again(redis, lists):
    """The version of its owners' pages says that it is unchanged."""
    await put(redis, *map(numbered, MANY))
    first = await lists.listing("acme", [ANNA], GROUPS, "1")
    before = await questions(redis)

    again = await lists.listing("acme", [ANNA], GROUPS, "1")

    assert first == again
    assert before == await questions(redis)


async def test_a_kept_list_is_that_of_one_login(redis, lists):
    """Others with the same version, and other workgroups, have lists of their own."""
    await put(redis, *map(numbered, MANY))
    await put(redis, *map(numbered, range(200, 210)), contact_ids=(BEN,))

    anna = await lists.listing("acme", [ANNA], GROUPS, "1")
    ben = await lists.listing("acme", [BEN], GROUPS, "1")
    both = await lists.listing("acme", [ANNA, BEN], GROUPS, "1")
    nobody = await lists.listing("other", [ANNA], GROUPS, "1")
    elsewhere = await lists.listing("acme", [ANNA], {8}, "1")

    assert [len(MANY), 10, len(MANY) + 10, 0, 0] == [
        len(one.rows) for one in (anna, ben, both, nobody, elsewhere)
    ]


async def test_a_companys_list_is_kept_and_what_was_read_is_not(redis, lists):
    """It is that of all its readers; each sees the others' tickets alone."""
    shared = RedisSharedPages(redis, lists)
    await put(redis, *map(numbered, MANY))
    await put(redis, numbered(5), contact_ids=(BEN,))
    await shared.listing("acme", [ANNA], GROUPS, [BEN], "1")
    before = await questions(redis)

    await redis.hset(keys.seen("acme", BEN), "6", '{"forum":0,"chat":9}')
    found = await shared.listing("acme", [ANNA], GROUPS, [BEN], "1")

    assert before + 1 == await questions(redis)
    assert {*MANY} - {5} == {row.task_id for row in found.listing.rows}
    assert {ANNA} == {*found.owners.values()}
    assert {6: Seen(chat=9)} == found.listing.seen


@pytest.mark.usefixtures("accounts_there")
async def test_many_contacts_with_few_tickets_are_not_read_each_time(
    redis, lists, keep
):
    """Of a large company only those are read again whose pages have changed."""
    people = range(1_000, 1_000 + 2 * LONG)
    for number in range(1, 6):
        await keep(number, numbered(number, contact_ids=(people[number],)))
    await lists.listing("acme", people, GROUPS, await versions(redis, people))
    before = await questions(redis)

    await lists.listing("acme", people, GROUPS, await versions(redis, people))
    assert before == await questions(redis)
    moved = numbered(3, contact_ids=(people[3],), subject="Moved")
    await keep(3, moved)
    found = await lists.listing("acme", people, GROUPS, await versions(redis, people))

    assert {1, 2, 3, 4, 5} == {row.task_id for row in found.rows}
    assert "Moved" in {row.subject for row in found.rows}
    assert await questions(redis) <= before + 2


@pytest.fixture
def keep(redis):
    """Commit a picture after the one that is there, as a worker does; None drops it."""
    tickets = RedisTickets(redis)

    async def keep(number, after):
        ref = TicketRef("acme", number)
        (kept,) = await tickets.get_all([ref])
        args = kept.revision, ClaimedRef(ref, 0)
        if after is None:
            assert await tickets.drop(ref, *args, None, before=kept.ticket)
        else:
            assert await tickets.commit(after, *args, (), before=kept.ticket)

    return keep


async def versions(redis, contact_ids):
    return str(await redis.hmget(keys.versions("acme"), map(str, contact_ids)))


@pytest.mark.usefixtures("accounts_there")
async def test_a_kept_list_is_as_true_as_a_new_one(redis, lists, keep):
    """Whatever changes: rows, their order, what was read, owners, what goes away.

    Now and then a process of an earlier version writes, which notes no moves.
    """
    pages, chance = RedisPages(redis), random.Random(7)
    await put(redis, *map(numbered, MANY))
    await put(redis, *map(numbered, range(90, 130)), contact_ids=(BEN,))
    for turn in range(42):
        number = chance.choice(MANY)
        changed = numbered(
            number,
            active_at=NOON + timedelta(days=1, minutes=chance.randrange(1_000)),
            messages=(message(1), message(2, text=f"Word{turn} and more")),
        )
        match turn % 7:
            case 0 | 1:
                await keep(number, changed)
            case 2:
                await pages.note_seen("acme", [ANNA], number, Seen(chat=turn))
            case 3:
                await keep(number, None)
            case 4:
                await keep(500 + turn, numbered(500 + turn, contact_ids=(BEN,)))
                await keep(number, replace(changed, contact_ids=(BEN, ANNA)))
            case 5:
                await put(redis, changed)
                await redis.hincrby(keys.versions("acme"), str(ANNA), 1)
            case 6:
                await keep(number, replace(changed, contact_ids=(BEN,)))
                await keep(90 + turn % 9, numbered(90 + turn % 9))

        for contact_ids in ([ANNA], [ANNA, BEN]):
            version = await versions(redis, contact_ids)
            kept = await lists.listing("acme", contact_ids, GROUPS, version)
            new = await RedisLists(redis).listing("acme", contact_ids, GROUPS)
            assert (new.rows, new.seen) == (kept.rows, kept.seen)
            assert new.owners == kept.owners
            assert new.all_unread == kept.all_unread
            words = f"word{turn}"
            assert await RedisLists(redis).search(
                "acme", contact_ids, GROUPS, words
            ) == await lists.search("acme", contact_ids, GROUPS, words, version)


@pytest.mark.usefixtures("accounts_there")
async def test_a_change_of_one_ticket_reads_one_row(redis, lists, keep):
    """However long the list is; after a gap in what was noted, all is read again."""
    await put(redis, *map(numbered, MANY))
    await keep(5, numbered(5, subject="First"))
    await lists.listing("acme", [ANNA], GROUPS, await versions(redis, [ANNA]))
    before = await questions(redis)

    for number in (5, 6, 600):
        await keep(number, numbered(number, subject="Anew"))
    listing = await lists.listing("acme", [ANNA], GROUPS, await versions(redis, [ANNA]))

    assert before == await questions(redis)
    assert {5, 6, 600} == {row.task_id for row in listing.rows if row.subject == "Anew"}

    await put(redis, numbered(7, subject="By an earlier version"))
    await redis.hincrby(keys.versions("acme"), str(ANNA), 1)
    await keep(8, numbered(8, subject="Anew"))
    listing = await lists.listing("acme", [ANNA], GROUPS, await versions(redis, [ANNA]))

    assert before + 2 == await questions(redis)
    assert "By an earlier version" in {row.subject for row in listing.rows}


@pytest.mark.usefixtures("accounts_there")
async def test_of_a_list_that_changes_often_the_earlier_ones_are_gone(
    redis, lists, keep
):
    """However much was made of them; or each change would take a process megabytes."""
    await put(redis, *map(numbered, MANY))
    seen = set()
    for turn in range(6):
        await keep(5, numbered(5, subject=f"Turn {turn}"))
        version = await versions(redis, [ANNA])
        seen.add(version)
        listing = await lists.listing("acme", [ANNA], GROUPS, version)
        assert listing.all_unread
        listing.noted("tab", tuple, lambda *_: ())
        await lists.search("acme", [ANNA], GROUPS, "turn", version)

    gc.collect()

    there = [one for one in gc.get_objects() if type(one) is LongList]
    assert {version} == {one.version for one in there} & seen


async def test_searches_of_an_unchanged_list_read_nothing(redis, lists):
    """However many there are, and whatever else is asked of the list."""
    await put(redis, *map(numbered, MANY))
    await lists.search("acme", [ANNA], GROUPS, "first", "1")
    before = (await redis.info("stats"))["total_commands_processed"]
    for number in range(60):
        await lists.search("acme", [ANNA], GROUPS, f"word{number}", "1")

    after = (await redis.info("stats"))["total_commands_processed"]
    assert 1 == after - before


async def test_a_new_process_does_not_read_a_very_long_list_again(redis, lists):
    """Only what was edited meanwhile; and whoever lost tickets does not find them.

    Nothing is kept of an account that is gone.
    """
    many = range(1, 1_051)
    await put(redis, *(numbered(number, subject=f"Wort{number}") for number in many))
    assert {7} == await lists.search("acme", [ANNA], GROUPS, "wort7", "0") - {*many[9:]}
    assert [] == await redis.keys("*:searched:*")
    await redis.hset(keys.account("acme"), "account", "{}")
    lists = RedisLists(redis)
    assert {7} == await lists.search("acme", [ANNA], GROUPS, "wort7", "1") - {
        number for number in many if number > 9
    }
    same = RedisLists(redis)
    await same.search("acme", [ANNA], GROUPS, "wort7", "1")
    # Where they come from, texts take room.
    kept = (await same.listing("acme", [ANNA], GROUPS, "1")).kept
    assert len(many) * len("wort") < kept.letters
    await put(redis, numbered(7, subject="Edited"))
    await redis.hdel(keys.rows("acme", ANNA), "70")
    asked, new = await scripts(redis), RedisLists(redis)

    found = await new.search("acme", [ANNA], GROUPS, "wort7", "2")
    edited = await new.search("acme", [ANNA], GROUPS, "edited", "2")

    assert {71, 700} == found & {7, 70, 71, 700}
    assert {7} == edited
    assert asked + 1 == await scripts(redis)
    (name,) = await redis.keys("*:searched:*")
    assert 0 < await redis.ttl(name) <= 86_400
    assert set() == await new.search("acme", [BEN], GROUPS, "wort71", "2")


@pytest.fixture
def no_collections():
    """Keep the collector of garbage from being taken for a search."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collections")
async def test_a_first_search_lets_others_have_their_turn(redis, lists):
    """However long the tickets are; who searches meanwhile does not read them again."""
    said = tuple(message(number, text="Many words " * 5) for number in range(250))
    await put(redis, *(numbered(number, messages=said) for number in MANY))
    await lists.listing("acme", [ANNA], GROUPS, "1")
    asked, turns = await scripts(redis), [time.process_time()]

    async def others():
        while True:
            turns.append(time.process_time())
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    searches = (
        lists.search("acme", [ANNA], GROUPS, words, "1") for words in ("many", "word")
    )
    found = await asyncio.gather(*searches)
    other.cancel()

    assert [{*MANY}] * 2 == found
    assert len(MANY) > await scripts(redis) - asked
    longest = max(after - before for before, after in pairwise(turns))
    assert longest < (turns[-1] - turns[0]) / 5


async def test_a_search_reads_what_was_edited(redis, lists):
    """A word that was taken back is not found, and its successor is."""
    await put(redis, *map(numbered, MANY))
    search = lists.search
    await put(redis, numbered(7, messages=(message(1, text="The toner leaks"),)))
    assert {7} == await search("acme", [ANNA], GROUPS, "toner", "1")

    await put(redis, numbered(7, messages=(message(1, text="The drum leaks"),)))

    assert set() == await search("acme", [ANNA], GROUPS, "toner", "2")
    assert {7} == await search("acme", [ANNA], GROUPS, "drum", "2")


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(
    "words", ["Müller", "muller", "MUELLER", "mul", "Größe", "grosse", "groesse"]
)
async def test_umlauts_are_found_however_they_are_typed(redis, lists, words, many):
    """With dots, without, or in two letters, in a long list and in a short one."""
    await put(redis, *map(numbered, MANY if many else [1]))
    text = "Herr Müller fragt nach der Größe"
    await put(redis, numbered(7, messages=(message(1, text=text),)))

    assert {7} == await lists.search("acme", [ANNA], GROUPS, words, "1")


@pytest.mark.parametrize("words", ["Müller", "mueller", "MU\u0308LLER", "muel"])
async def test_names_without_umlauts_are_found_however_they_are_typed(
    redis, lists, words
):
    """Who writes two letters is found by one with dots, and the other way round."""
    text = "Herr Mueller fragt nach der Groesse"
    await put(redis, numbered(7, messages=(message(1, text=text),)))

    assert {7} == await lists.search("acme", [ANNA], GROUPS, words, "1")


@pytest.mark.parametrize("words", ["element", "neueröff", "estion"])
async def test_letters_that_only_look_like_umlauts_stay_themselves(redis, lists, words):
    """A part of a word is found, wherever an "ue" stands in it."""
    text = "Das Bauelement: eine Frage zur Neueröffnung, a question"
    await put(redis, numbered(7, messages=(message(1, text=text),)))

    assert {7} == await lists.search("acme", [ANNA], GROUPS, words, "1")


async def test_people_are_found_by_name(redis, lists):
    """Who wrote, who opened the ticket, and who is responsible."""
    await put(redis, numbered(7, responsible="Zoë Quiroga"))

    assert {7} == await lists.search("acme", [ANNA], GROUPS, "zoe quir")


def test_lists_stay_within_their_room():
    """Those that nobody asked for the longest are forgotten; one may be larger."""
    lists = LongLists(most_rows=250)
    for name in "abc":
        lists.put(name, LongList(raw={b"%d" % row: b"" for row in range(100)}))

    assert [False, True, True] == [lists.get(name) is not None for name in "abc"]

    lists.put("d", LongList(raw={b"%d" % row: b"" for row in range(300)}))

    assert [False] * 3 + [True] == [lists.get(name) is not None for name in "abcd"]
