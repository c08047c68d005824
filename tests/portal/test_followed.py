"""Somebody in copy reads one ticket and replies, by a link, and does nothing else."""

import asyncio
import json
import re
from dataclasses import replace

import pytest
from aiohttp import ClientSession, DummyCookieJar
from examples import message, ticket
from formfilling import multipart
from showroom import SECRET, SETTINGS, Showroom

from ticket24.domain.commands.model import PostReply
from ticket24.domain.customers.follower_tokens import (
    Purpose,
    keys_of,
    person_id,
    token,
)
from ticket24.domain.customers.followers import LastWord, Stand
from ticket24.domain.tickets.model import (
    ContactRef,
    Customer,
    File,
    Status,
    TicketRef,
    Voice,
)
from ticket24.store.customers.drafts import Draft, RedisDrafts
from ticket24.store.customers.followers import RedisFollowers
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.tickets.due import ClaimedRef

ANNA = 43
INSIDE = File(7, "n.pdf", 9)
CARL, DORA = "carl@example.org", "dora@example.org"
WRITTEN = "command", "draft", "upload"


@pytest.fixture
async def room(redis, redis_url):
    async with (
        Showroom(redis, redis_url) as room,
        ClientSession(cookie_jar=DummyCookieJar()) as http,
    ):
        room.http, room.followers = http, RedisFollowers(redis)
        room.ref = TicketRef(room.account.id, 51)
        room.picture = ticket(
            ref=room.ref,
            subject="Secret printer",
            contact_ids=(ANNA,),
            followers=(CARL, DORA),
            files=(File(5, "photo.jpg", 9),),
            messages=(
                message(1, "We are coming"),
                message(
                    2,
                    "Not for customers",
                    voice=Voice.INTERNAL,
                    files=(File(7, "n.pdf", 9),),
                ),
            ),
        )
        await room.keep(room.picture)
        yield room


def link(room, email=CARL, *, ended=0, purpose=Purpose.READ, number=51, secret=SECRET):
    ref = TicketRef(room.account.id, number)
    made = token(keys_of([secret])[0], purpose, ref, email, ended)
    return f"followed/{number}-{made}"


async def ask(room, method, path, **options):
    async with room.http.request(
        method, room.address(path), allow_redirects=False, **options
    ) as answer:
        answer.page = await answer.text(errors="replace")
        return answer


async def opened(room, path):
    """Open the page; return its form's token, with the cookie that it belongs to."""
    shown = await ask(room, "GET", path)
    cookie = shown.cookies["ticket24_visit"]
    sent = re.search(r'csrf_token" value="(\w+)"', shown.page)[1]
    return sent, {"Cookie": f"ticket24_visit={cookie.value}"}, shown


async def send(room, path, below, fields=None):
    """Post as the page does that belongs to the link."""
    sent, cookie, _ = await opened(room, link(room))
    if below.startswith("drafts/") and not below.endswith("discard"):
        body, more = '{"fields": {"text": "Mine"}}', {"X-CSRF-Token": sent}
        return await ask(
            room, "POST", f"{path}/{below}", data=body, headers=cookie | more
        )
    fields = {"csrf_token": sent, **(fields or {"text": "Mine", "reopen": "1"})}
    body = multipart(fields, [("a.txt", b"x")])
    return await ask(room, "POST", f"{path}/{below}", data=body, headers=cookie)


POSTS = ("uploads", "drafts/51", "drafts/51/discard", "replies")
GETS = ("", "/status.json", "/files/a5", "/files/a5/small")


async def written(room):
    return {
        name: len([key async for key in room.redis.scan_iter(f"*}}:{name}:*")])
        for name in WRITTEN
    }


async def test_the_link_opens_the_ticket(room):
    """Each path of the matrix is there for Carl, so the attacks ask the right ones."""
    path = link(room)
    found = [(await ask(room, "GET", f"{path}{below}")).status for below in GETS]
    sent = [(await send(room, path, below)).status for below in POSTS]

    assert [200, 200, 503, 503] == found  # The files: Bitrix24 is away.
    assert [200, 204, 303, 303] == sent


async def test_it_shows_what_the_customer_sees_and_offers_no_more(room):
    """No list, no other ticket, no button of the customer, nothing internal."""
    shown = await ask(room, "GET", link(room))

    assert "We are coming" in shown.page
    assert "Not for all" not in shown.page
    assert 404 == (await ask(room, "GET", f"{link(room)}/files/a7")).status
    assert "Waiting for a reply" in shown.page
    for words in (
        "Waiting for you<",
        "Your tickets",
        "Mark as solved",
        "Sign out",
        "tickets/51",
    ):
        assert words not in shown.page, words
    away = link(room, purpose=Purpose.LEAVE).replace("followed", "unfollow")
    assert f'href="/p/acme/{away}"' in shown.page
    assert "same-origin" == shown.headers["Referrer-Policy"]
    assert "private, no-store" == shown.headers["Cache-Control"]
    assert "noindex" == shown.headers["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex">' in shown.page


async def test_whoever_was_writing_when_it_ended_gets_the_words_back(room):
    """The page that says so shows them, ready to be copied."""
    sent, cookie, _ = await opened(room, link(room))
    await _leave(room)
    fields = {"csrf_token": sent, "text": "Long thoughts"}
    path = f"{link(room)}/replies"
    answer = await ask(room, "POST", path, data=fields, headers=cookie)

    assert 404 == answer.status
    assert "Long thoughts</textarea>" in answer.page
    assert [] == await room.commands.waiting(room.account.id, [ANNA])


async def _leave(room):
    word = LastWord(CARL, Stand.LEFT, room.picture.created_at)
    await room.followers.say(room.ref, [word], [ANNA], own=True)


async def _remove(room):
    word = LastWord(CARL, Stand.REMOVED, room.picture.created_at, by="Klaus")
    await room.followers.say(room.ref, [word], [ANNA])


async def _forget(room):
    await room.keep(replace(room.picture, followers=(DORA,)))


async def _move(room):
    await room.keep(replace(room.picture, group_id=99))


async def _delete(room):
    (kept,) = await room.tickets.get_all([room.ref])
    claimed = ClaimedRef(room.ref, "0")
    assert await room.tickets.drop(
        room.ref, kept.revision, claimed, None, before=kept.ticket
    )


@pytest.mark.parametrize("end", [_leave, _remove, _forget, _move, _delete])
async def test_the_link_ends(room, end):
    """With leaving, removal, the ticket, and its department: in the same words."""
    await end(room)
    nothing = await ask(room, "GET", link(room, email="eve@example.org"))
    for below in GETS:
        answer = await ask(room, "GET", f"{link(room)}{below}")
        assert 404 == answer.status, below
    shown = await ask(room, "GET", link(room))

    assert "This link no longer works" in shown.page
    assert "Secret" not in shown.page
    assert plain(nothing.page) == plain(shown.page)


def plain(page):
    return re.sub(r'csrf_token" value="\w+|followed(/|%2F)[\w-]+', "", page)


async def test_no_other_link_opens_anything(room):
    """Not that of another ticket, purpose, key or person, nor one that is cut."""
    other = ticket(ref=TicketRef(room.account.id, 52), contact_ids=(ANNA,))
    await room.keep(other)
    before = await written(room)
    good = link(room)
    wrong = [
        link(room, email="eve@example.org"),
        link(room, purpose=Purpose.LEAVE),
        link(room, number=52),
        link(room, number=777),
        link(room, ended=1),
        link(room, secret="x" * 32),
        good.replace("/51-", "/52-"),
    ]
    for path in wrong:
        for below in GETS:
            assert 404 == (await ask(room, "GET", f"{path}{below}")).status, path
        for below in POSTS:
            assert 404 == (await send(room, path, below)).status, (path, below)

    assert before == await written(room)


async def test_a_new_secret_key_and_the_switch_end_links(room, redis, redis_url):
    """A company that wants no followers has none, from the next request on."""
    settings = replace(SETTINGS, followers=False)
    async with Showroom(redis, redis_url, slug="off", settings=settings) as off:
        ref = TicketRef(off.account.id, 51)
        await off.keep(replace(room.picture, ref=ref))
        off.http = room.http

        assert 404 == (await ask(off, "GET", link(off))).status


async def test_it_is_no_session(room):
    """Whoever came by a link is nobody elsewhere, and is not who signed in here."""
    _, cookie, _ = await opened(room, link(room))
    for path in ("", "tickets/51", "tickets/new", "uploads"):
        answer = await ask(room, "GET", path, headers=cookie)
        assert answer.status in {303, 405}, path
    anna = {"Cookie": f"ticket24_session={await room.cookie(ANNA)}"}
    both = await ask(room, "GET", link(room), headers=anna)
    assert "Anna Smith" not in both.page
    assert (
        403
        == (
            await ask(
                room, "POST", f"{link(room)}/replies", data={"text": "x"}, headers=anna
            )
        ).status
    )


async def test_a_reply_is_the_customers_side_and_says_who_wrote(room):
    """It is posted under name and address; what is the customer's own stays so."""
    await RedisCustomers(room.redis).put_all(
        room.account.id,
        [Customer(ContactRef(room.account.id, 99), "Carl Jones", (CARL,))],
    )
    await room.keep(replace(room.picture, status=Status.COMPLETED))
    drafts = RedisDrafts(room.redis)
    await drafts.save(room.account.id, ANNA, "51", Draft({"text": "Annas draft"}))
    at = room.picture.created_at
    await room.commands.put(PostReply("r1", room.ref, ANNA, "Anna", at, "Annas reply"))

    assert 303 == (await send(room, link(room), "replies")).status

    own = person_id(room.ref, CARL)
    (one,) = await room.commands.waiting(room.account.id, [own])
    assert ("Carl Jones (carl@example.org)", "Mine", room.ref) == (
        one.command.name,
        one.command.text,
        one.command.ref,
    )
    assert ["a.txt"] == [upload.name for upload in one.command.uploads]
    shown = (await ask(room, "GET", link(room))).page
    assert "Carl Jones (carl@example.org)" in shown
    assert "Mine" in shown
    assert "Annas" not in shown
    assert "Carl" not in (await ask(room, "GET", link(room, email=DORA))).page


async def test_reading_marks_nothing_as_read_by_the_customer(room):
    """The customer still sees what is new."""
    browser = await room.visitor(ANNA)

    async def unread():
        async with browser.get(room.address("status.json")) as answer:
            return [one["unread"] for one in (await answer.json())["tickets"]]

    before = await unread()
    await ask(room, "GET", link(room))

    assert [1] == before == await unread()


async def test_the_page_hears_of_changes(room):
    """A question that waits is answered when the ticket changes, or the link ends."""
    path = f"{link(room)}/status.json"
    first = await ask(room, "GET", path)
    (row,) = json.loads(first.page)["tickets"]
    assert (51, 1, 0) == (row["id"], row["messages"], row["unread"])
    known = {"If-None-Match": first.headers["ETag"]}
    assert 304 == (await ask(room, "GET", path, headers=known)).status

    waiting = asyncio.create_task(ask(room, "GET", f"{path}?wait=25", headers=known))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    said = (*room.picture.messages, message(3, "Fixed"))
    await room.keep(replace(room.picture, messages=said))
    answer = await waiting
    assert (200, 2) == (
        answer.status,
        json.loads(answer.page)["tickets"][0]["messages"],
    )

    known = {"If-None-Match": answer.headers["ETag"]}
    waiting = asyncio.create_task(ask(room, "GET", f"{path}?wait=25", headers=known))
    await asyncio.sleep(0.2)
    await _leave(room)
    assert 404 == (await waiting).status


async def test_another_language_keeps_what_was_typed(room):
    """It is in the form again, for nobody but whoever typed it."""
    sent, cookie, _ = await opened(room, link(room))
    back = f"language?back=/p/acme/{link(room)}"
    fields = {"csrf_token": sent, "to": "de", "text": "Half a"}
    answer = await ask(room, "POST", back, data=fields, headers=cookie)
    shown = await ask(room, "GET", link(room))
    other = await ask(room, "GET", link(room, DORA))

    assert (303, f"/p/acme/{link(room)}") == (
        answer.status,
        answer.headers["Location"],
    )
    assert answer.cookies["ticket24_language"].value.startswith("de.")
    assert "Half a</textarea>" in shown.page
    assert "Half a" not in other.page
    ended = back.replace(link(room), link(room, ended=1))
    lost = await ask(room, "POST", ended, data=fields, headers=cookie)
    assert (404, True) == (lost.status, "Half a" in lost.page)
