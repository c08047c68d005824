"""Where somebody in copy ends the mails: a page, and one click of a mail program."""

import re
from types import SimpleNamespace

import pytest
from aiohttp import ClientSession, DummyCookieJar
from examples import NOON, SIGNATURE, letter, ticket
from showroom import SECRET, Showroom

from ticket24.domain.customers.follower_tokens import Purpose, keys_of, token
from ticket24.domain.customers.followers import LastWord, Stand
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.customers.following import still_for
from ticket24.mail.follower_links import links_of
from ticket24.store.customers.followers import RedisFollowers

CARL, DORA = "carl@example.org", "dora@example.org"
KEY = keys_of([SECRET])[0]


@pytest.fixture
async def room(redis, redis_url):
    async with (
        Showroom(redis, redis_url) as room,
        ClientSession(cookie_jar=DummyCookieJar()) as http,
    ):
        room.ref = TicketRef(room.account.id, 51)
        room.http = http
        room.followers = RedisFollowers(redis)
        await room.keep(ticket(ref=room.ref, followers=(CARL, DORA)))
        yield room


def link(room, email=CARL, ended=0, purpose=Purpose.LEAVE):
    made = token(keys_of([SECRET])[0], purpose, room.ref, email, ended)
    return room.address(f"unfollow/51-{made}")


async def ask(room, method, address, data=None):
    async with room.http.request(
        method, address, data=data, allow_redirects=False
    ) as answer:
        answer.page = await answer.text()
        return answer


async def stands(room):
    said = await room.followers.said(room.ref)
    return {email: (word.stand, word.ended) for email, word in said.items()}


async def test_looking_at_the_page_ends_nothing(room):
    """Programs that open the links in mails do not press its buttons."""
    for method in ("GET", "HEAD"):
        shown = await ask(room, method, link(room))
        assert 200 == shown.status

    assert "Stop emails about this ticket" in (await ask(room, "GET", link(room))).page
    assert CARL not in (await ask(room, "GET", link(room))).page
    assert {} == await stands(room)


async def test_one_click_of_a_mail_program_ends_the_mails(room):
    """It has no cookie and no token of a form, and may come twice."""
    for _ in range(2):
        done = await ask(room, "POST", link(room), {"List-Unsubscribe": "One-Click"})
        assert (200, "Done.\n") == (done.status, done.page)

    assert {CARL: (Stand.LEFT, 1)} == await stands(room)


async def test_a_form_that_says_nothing_ends_nothing(room):
    """Programs that look at links post, too."""
    for data in (None, {}, {"url": "x"}, {"do": "look"}):
        assert 303 == (await ask(room, "POST", link(room), data)).status

    assert {} == await stands(room)


async def test_it_can_be_taken_back_by_whoever_left(room):
    """The page says what is so, and offers the way back."""
    assert 303 == (await ask(room, "POST", link(room), {"do": "leave"})).status
    after = await ask(room, "GET", link(room))
    assert 303 == (await ask(room, "POST", link(room), {"do": "back"})).status

    assert "further emails about ticket #51" in after.page
    assert {CARL: (Stand.ADDED, 1)} == await stands(room)
    # The link of an old mail is as good as that of the next one.
    assert 200 == (await ask(room, "GET", link(room, ended=1))).status
    assert 303 == (await ask(room, "POST", link(room), {"do": "leave"})).status
    assert {CARL: (Stand.LEFT, 2)} == await stands(room)


async def test_nobody_who_was_removed_comes_back_alone(room):
    """The page says that it is over, and takes a wish for no mail at all."""
    word = LastWord(CARL, Stand.REMOVED, NOON, by="Klaus")
    await room.followers.say(room.ref, [word], [43])
    shown = await ask(room, "GET", link(room))
    for do in ("back", "leave", "back"):
        await ask(room, "POST", link(room), {"do": do})

    assert "Get emails again" not in shown.page
    assert {CARL: (Stand.REMOVED, 1)} == await stands(room)


async def test_somebody_may_want_no_mail_in_copy_at_all(room):
    """Then no other ticket of this company brings any, until it is taken back."""
    muted = room.followers.muted
    await ask(room, "POST", link(room), {"do": "everything"})
    page = (await ask(room, "GET", link(room))).page

    assert {CARL} == await muted(room.account.id, [CARL, DORA])
    assert set() == await muted("other", [CARL])
    assert "won’t get further emails from Acme Support" in page
    await ask(room, "POST", link(room), {"do": "back"})
    assert set() == await muted(room.account.id, [CARL])


async def test_who_got_one_mail_only_may_want_no_other(room):
    """Where nobody follows, those in copy are told of new tickets, once of each."""
    words = compose("Anna", "It burns.", ["Eve@Example.org"], SIGNATURE)
    await room.keep(ticket(ref=room.ref, description=words))
    address = link(room, "Eve@Example.org")
    shown = await ask(room, "GET", address)
    await ask(room, "POST", address, {"do": "everything"})

    assert 200 == shown.status
    assert {"eve@example.org"} == await room.followers.muted(
        room.account.id, ["eve@example.org"]
    )
    copy = letter(ref=room.ref, recipient="Eve@Example.org", in_copy=True)
    made = links_of(copy, "acme", room.address("").partition("/p/")[0], KEY)
    assert ("", address) == (made.read, made.leave)
    stores = SimpleNamespace(followers=room.followers)
    assert None is await still_for(copy, None, stores)


async def test_no_other_link_ends_anything(room):
    """Whatever is wrong with it, the answer is the same, and nothing changes."""
    good = link(room)
    others = [
        link(room, email="eve@example.org"),
        link(room, purpose=Purpose.READ),
        link(room, ended=1),
        good.replace("/51-", "/52-"),
        good[:-1] + ("A" if good[-1] != "A" else "B"),
    ]
    pages = set()
    for address in others:
        answer = await ask(room, "POST", address, {"do": "everything"})
        assert 404 == answer.status
        pages.add(re.sub(r'csrf_token" value="\w+|back=[^"]+', "", answer.page))

    assert 1 == len(pages)
    assert {} == await stands(room)


async def test_the_address_stays_between_us_and_the_reader(room):
    """No other site learns it, nothing keeps the page, and no engine lists it."""
    shown = await ask(room, "GET", link(room))

    assert "no-referrer" == shown.headers["Referrer-Policy"]
    assert "private, no-store" == shown.headers["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in shown.page
