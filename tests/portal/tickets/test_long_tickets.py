"""Tickets of many messages: what is folded, and how people get at it."""

import re
from dataclasses import replace

import pytest
from examples import NOON, message, ticket
from formfilling import Visitor
from showroom import Showroom

from ticket24.domain.commands.model import PostReply
from ticket24.domain.tickets.model import File, MessageKey, Source, TicketRef, Voice

ANNA, BEN = 43, 44
PATH = "tickets/51"


@pytest.fixture
async def room(redis, redis_url):
    async with Showroom(redis, redis_url) as room:
        yield room


@pytest.fixture
async def anna(room):
    return Visitor(room, await room.visitor(ANNA))


@pytest.fixture
def keep(room):
    async def keep(messages, **fields):
        after = ticket(ref=TicketRef(room.account.id, 51), messages=messages, **fields)
        await room.keep(after)
        return after

    return keep


def talk(count, **fields):
    return tuple(message(n, f"Words {n}.", **fields) for n in range(1, count + 1))


async def shown(visitor, path=PATH):
    status, page = await visitor.get(path)
    assert status == 200
    return page


def brief(page):
    """Return what the conversation shows: numbers of messages, and what folds say."""
    talk = re.search(r'<ol class="talk" id="talk".*?</ol>', page, re.DOTALL)[0]
    said = re.findall(r'<li [^>]*id="m-chat-(\d+)"|<a [^>]*\?at=[^>]*>\s*(.*?)<', talk)
    return [int(number) if number else words.strip() for number, words in said]


def folds(page):
    found = re.findall(r'href="/p/acme/(tickets/51\?at=[^#"]*)#(m-[^"]*)"', page)
    return [(path, anchor) for path, anchor in found]


async def test_the_middle_of_a_long_ticket_is_folded(keep, anna):
    """The opening and the latest are shown; the fold counts the others."""
    await keep(talk(50))
    await shown(anna)

    page = await shown(anna)

    assert 'id="opening"' in page
    assert ["34 earlier messages", *range(35, 51)] == brief(page)
    assert [("tickets/51?at=chat-34", "m-chat-34")] == folds(page)


async def test_a_fold_is_a_link_that_shows_the_next_part(keep, anna):
    """Without scripts each part is a page, whose fold leads to the one before."""
    await keep(talk(300))
    page, seen, asked = await shown(anna), set(), 0
    while "earlier message" in page:
        path, anchor = folds(page)[0]
        page = await shown(anna, path)
        assert f'id="{anchor}"' in page
        seen |= {n for n in brief(page) if isinstance(n, int)}
        asked += 1

    assert set(range(1, 301)) == seen
    assert 4 == asked


async def test_a_message_in_the_middle_has_folds_on_both_sides(keep, anna):
    """What is asked for comes with its neighbours, and the latest are there too."""
    await keep(talk(300))
    await shown(anna)

    page = await shown(anna, "tickets/51?at=chat-150")

    assert [
        "85 earlier messages",
        *range(86, 214),
        "71 more messages",
        *range(285, 301),
    ] == brief(page)
    assert ["m-chat-85", "m-chat-214"] == [anchor for _, anchor in folds(page)]
    # A page that stays open asks for this part again, and not for the plain one.
    assert 'data-page="/p/acme/tickets/51?at=chat-150"' in page


async def test_an_open_page_unfolds_without_reading_on(room, keep, anna):
    """It gets what it lacks, up to what it shows; what came meanwhile stays unread."""
    await keep(talk(100))
    await shown(anna)
    await keep(talk(101))
    glance = {"X-Ticket24-Glance": "1"}
    address = room.address("tickets/51?at=chat-84&until=chat-85")

    async with anna.session.get(address, headers=glance) as response:
        part = brief(await response.text())
    assert ["19 earlier messages", *range(20, 86)] == part

    # Whoever looks at such an address reads all of the page.
    page = await shown(anna, "tickets/51?at=chat-84&until=chat-85")
    assert 'id="fresh"' in page
    assert ["19 earlier messages", *range(20, 102)] == brief(page)


NONSENSE = (
    *("at=", "at=chat-301", "at=forum-150", "at=chat-0x", "at=opening", "at"),
    *("at=chat-\u0661", "at=chat--1", "at=CHAT-1", "at=" + "9" * 4_000, "from=1"),
    *("at=chat-1%00", "at=chat-1%0A", "at[]=chat-1", "at=%FF", "at=;at=chat-1"),
)


async def test_nonsense_asks_for_nothing(room, keep, anna):
    """What names no message of the ticket shows the page as it is."""
    await keep(talk(300))
    await shown(anna)

    for query in NONSENSE:
        page = await shown(anna, f"tickets/51?{query}")
        assert ["284 earlier messages", *range(285, 301)] == brief(page), query
    glance = {"X-Ticket24-Glance": "1"}
    for query in NONSENSE:
        until = query.replace("at", "until", 1)
        asked = room.address(f"tickets/51?at=chat-284&{until}")
        async with anna.session.get(asked, headers=glance) as response:
            assert [*range(220, 301)] == brief(await response.text())[1:], query


async def test_nobody_unfolds_what_is_not_theirs(room, keep):
    """Who does not own a ticket sees no part of it; what is internal is in none."""
    secret = replace(message(400, "Secret", voice=Voice.INTERNAL), at=NOON)
    await keep((*talk(150), secret, *talk(300)[150:]))
    ben = Visitor(room, await room.visitor(BEN))
    anna = Visitor(room, await room.visitor(ANNA))

    assert 404 == (await ben.get("tickets/51?at=chat-150"))[0]
    page = await shown(anna, "tickets/51?at=chat-150")
    assert "Secret" not in page
    nothing = await shown(anna, "tickets/51?at=chat-400")
    assert "Words 150." not in nothing


async def test_all_that_is_new_is_shown_under_its_mark(room, keep, anna):
    """It begins where people stopped to read, and what came before is folded."""
    await keep(talk(100))
    await shown(anna)
    await keep(talk(140))

    page = await shown(anna)

    assert ["100 earlier messages", *range(101, 141)] == brief(page)
    fold, fresh = page.index('id="fold-0"'), page.index('id="fresh"')
    assert fold < fresh < page.index('id="m-chat-101"')
    assert ["124 earlier messages", *range(125, 141)] == brief(await shown(anna))


async def test_a_fold_with_something_new_stands_under_the_mark(keep, anna):
    """Of more than a page can show, the mark precedes the fold, once."""
    await keep(talk(3000))

    page = await shown(anna)

    assert ["2936 earlier messages", *range(2937, 3001)] == brief(page)
    assert 1 == page.count('id="fresh"')
    assert page.index('id="fresh"') < page.index('id="fold-0"')
    assert len(page.encode()) < 60_000


async def test_a_reply_in_the_folded_part_is_not_being_sent(room, keep, anna):
    """What has arrived is shown once, or not at all, but never as on its way."""
    kept = await keep(talk(3000))
    command = PostReply("c1", kept.ref, ANNA, "Anna Smith", NOON, "Still hot")
    await room.commands.put(command)
    await room.commands.done(command, 51, MessageKey(Source.CHAT, 9))

    assert "Still hot" not in await shown(anna)


async def test_files_of_folded_messages_stay_within_reach(keep, anna):
    """A quotation shows the picture of a folded message where it names it."""
    photo = replace(message(1, "Look"), files=(File(70, "fire.png", 10),))
    quoting = message(300, "[quote]Look [DISK FILE ID=n70][/quote] I see.")
    await keep((photo, *talk(299)[1:], quoting))

    page = await shown(anna)

    assert 'id="m-chat-1"' not in page
    assert 'src="/p/acme/tickets/51/files/d70/medium"' in page


async def test_time_stamps_are_no_tab_stops(keep, anna):
    """Keyboards stop at what can be read or done, and skip to the reply at once."""
    await keep(talk(3))

    page = await shown(anna)

    stamps = re.findall(r'<a href="#m-chat-\d"([^>]*)><time', page)
    assert [' tabindex="-1"'] * 3 == stamps
    assert '<a class="skip" href="#text">Skip to your reply</a>' in page
