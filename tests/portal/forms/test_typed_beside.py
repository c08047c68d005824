"""What is typed into several parts of a ticket's page, without JavaScript."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from examples import NOON, ticket
from plainbrowser import PlainBrowser
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.model import MoveTicket, PostReply, RateTicket
from ticket24.domain.customers.company_view import CompanyView
from ticket24.domain.customers.followers import LastWord, Stand
from ticket24.domain.settings.model import Ratings
from ticket24.domain.tickets.model import Status, TicketRef
from ticket24.store.customers.followers import RedisFollowers
from ticket24.store.sign_in.sessions import RedisSessions

TYPED = {
    "text": "It still burns, <b>a bit</b>.",
    "rating_text": "Quick, but\nhot.",
    "copy_in": "eve@example.org",
}


@pytest.fixture
async def room(redis, redis_url):
    seen = CompanyView(default="own")
    asks = replace(SETTINGS, ratings=Ratings(ask=True), company_view=seen)
    async with Showroom(redis, redis_url, settings=asks) as room:
        ref, now = TicketRef(room.account.id, 51), datetime.now(UTC)
        await room.keep(ticket(ref=ref, status=Status.COMPLETED, changed_at=now))
        yield room


@pytest.fixture
async def reader(room):
    async with PlainBrowser() as browser:
        await sign_in(room, browser)
        yield browser


async def sign_in(room, reader):
    """Give the browser a session in place of any other; return its cookie."""
    cookie = await room.cookie(43)
    reader.take(room.address(), ticket24_session=cookie)
    return cookie


async def filled(room, reader):
    """Open the ticket, and type into all of it."""
    page = await reader.open(room.address("tickets/51"))
    page.form("/replies").fill(**TYPED)
    return page


def typed(page):
    fields = {name: text for name, text, _ in page.form("/replies").fields}
    return {name: fields[name].replace("\r\n", "\n") for name in TYPED}


async def test_a_session_that_ended_loses_none_of_it(room, reader):
    """Whoever rates then signs in, and finds the page as it was."""
    cookie = await sign_in(room, reader)
    page = await filled(room, reader)
    await RedisSessions(room.redis).end(room.account.id, cookie)
    door = await reader.press(page, "Bad")
    assert "/login?next=" in door.url
    await sign_in(room, reader)
    page = await reader.open(room.address("tickets/51"))

    assert TYPED == typed(page)
    assert [] == await commands(room)


async def commands(room):
    return [one.command for one in await room.commands.waiting(room.account.id, [43])]


async def test_another_language_keeps_all_of_it(room, reader):
    """The rating's words and the address in copy, the reply, and what it shall do."""
    page = await filled(room, reader)
    page.form("/replies").fields.append(("reopen", "1", "checkbox"))
    page = await reader.press(page, "Deutsch")

    assert '<html lang="de"' in page.html
    assert TYPED == typed(page)
    assert ("reopen", "1", "checkbox") in page.form("/replies").fields
    assert [] == await commands(room)


async def test_each_button_sends_its_own_part_and_keeps_the_others(room, reader):
    """A rating, somebody in copy, and the reply, one after the other."""
    page = await reader.press(await filled(room, reader), "Bad")
    (rated,) = await commands(room)
    assert isinstance(rated, RateTicket)
    assert ("bad", TYPED["rating_text"]) == (rated.rating.value, rated.text)
    assert TYPED | {"rating_text": ""} == typed(page)

    page = await reader.press(page, "Add")
    assert "eve@example.org</span>" in page.html
    assert TYPED | {"rating_text": "", "copy_in": ""} == typed(page)

    page.form("/replies").fill(copy_in="dora@")
    page = await reader.press(page, "Add")
    assert 422 == page.status
    assert (TYPED["text"], "dora@") == (typed(page)["text"], typed(page)["copy_in"])

    page = await reader.send(page, page.form("/replies"), "Send reply")
    reply = (await commands(room))[-1]
    assert isinstance(reply, PostReply)
    assert TYPED["text"] == reply.text
    assert {"text": "", "rating_text": "", "copy_in": "dora@"} == typed(page)
    assert "This is your draft" not in page.words


async def test_to_reopen_it_keeps_what_was_typed(room, reader):
    """So does to complete it: not everybody finds the button that sends."""
    page = await reader.press(await filled(room, reader), "Reopen")
    (moved,) = await commands(room)
    assert isinstance(moved, MoveTicket)
    assert TYPED == typed(page)

    cookie = await sign_in(room, reader)
    await RedisSessions(room.redis).end(room.account.id, cookie)
    page.outside["Mark as solved"] = {
        "form": "reply",
        "formaction": "/p/acme/tickets/51/complete",
    } | dict.fromkeys(("name", "value"), "")
    door = await reader.press(page, "Mark as solved")
    assert "/login?next=" in door.url
    await sign_in(room, reader)
    assert TYPED == typed(await reader.open(room.address("tickets/51")))


async def test_small_buttons_keep_what_was_typed(room, reader):
    """Who is in copy, whom a mail proposes, and who sees the ticket: one by one."""
    followers, ref = RedisFollowers(room.redis), TicketRef(room.account.id, 51)
    words = [LastWord("carl@example.org", Stand.ADDED, NOON)]
    words += [
        LastWord(f"{name}@example.org", Stand.PROPOSED, NOON, by="Carl")
        for name in ("dora", "fred")
    ]
    await followers.say(ref, words, [43], own=True)
    page = await reader.open(room.address("tickets/51"))
    presses = ("Remove", "Yes, add", "No", "Keep private", "Show to the company")
    for button in presses:
        newer = TYPED | {"text": f"Before “{button}”"}
        page.form("/replies").fill(**newer)
        page = await reader.press(page, button)
        assert newer == typed(page)

    said = {one: word.stand for one, word in (await followers.said(ref)).items()}
    assert {
        "carl@example.org": Stand.REMOVED,
        "dora@example.org": Stand.DECLINED,
        "fred@example.org": Stand.ADDED,
    } == said
    assert "Keep private" in page.html
    assert [] == await commands(room)


async def test_a_small_button_after_the_session_keeps_what_was_typed(room, reader):
    """Whoever signs in again finds the page as it was; nothing was done."""
    cookie = await sign_in(room, reader)
    page = await filled(room, reader)
    await RedisSessions(room.redis).end(room.account.id, cookie)
    door = await reader.press(page, "Keep private")
    assert "/login?next=" in door.url
    await sign_in(room, reader)
    page = await reader.open(room.address("tickets/51"))

    assert TYPED == typed(page)
    assert "Keep private" in page.html


async def test_a_small_button_that_came_too_late_is_sent_again(room, reader):
    """The page that refuses it says for whom it was."""
    page = await filled(room, reader)
    page.form("/replies").fill(copy_in="carl@example.org")
    page = await reader.press(page, "Add")
    page.form("/replies").fill(**TYPED, csrf_token="0" * 48)
    refused = await reader.press(page, "Remove", {"Sec-Fetch-Site": "same-origin"})
    assert 403 == refused.status
    sent = await reader.send(refused, refused.form("/copies"))

    assert "carl@example.org</span>" not in sent.html
    assert "eve@example.org</span>" not in sent.html
    assert TYPED == typed(sent)


async def test_a_page_that_was_open_for_too_long_sends_it_again(room, reader):
    """In a browser as well, where a reply would go back into its form."""
    page = await filled(room, reader)
    page.form("/replies").fill(csrf_token="0" * 48)
    refused = await reader.press(page, "Bad", {"Sec-Fetch-Site": "same-origin"})
    assert 403 == refused.status
    sent = await reader.send(refused, refused.form("/rating"))

    assert TYPED | {"rating_text": ""} == typed(sent)
    assert [RateTicket] == [type(one) for one in await commands(room)]


async def test_enter_sends_the_reply(room, reader):
    """It presses the first button of the form, which nobody sees, and reopens, too."""
    page = await filled(room, reader)
    page.form("/replies").fields.append(("reopen", "1", "checkbox"))
    page = await reader.press(page, "")
    reply, moved = await commands(room)

    assert (PostReply, TYPED["text"]) == (type(reply), reply.text)
    assert (MoveTicket, "open") == (type(moved), moved.to)
    assert TYPED | {"text": ""} == typed(page)
