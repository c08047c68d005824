"""A form that is refused comes back with everything that was typed in it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from examples import ticket
from formfilling import NEW, Visitor
from plainbrowser import Page
from redis.exceptions import ConnectionError as RedisAway
from showroom import SECRET, SETTINGS, Showroom

from ticket24.domain.commands.model import RateTicket
from ticket24.domain.settings.model import Ratings
from ticket24.domain.tickets.model import ContactRef, Customer, Status, TicketRef
from ticket24.store.commands.queue import RedisCommands
from ticket24.store.customers.drafts import Draft, RedisDrafts
from ticket24.store.customers.known import RedisCustomers
from ticket24.store.sealing import Seal
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.ratings import RedisRatings

WORDS = "It burns.\r\n\r\n<b>Brightly</b> & long."
OURS = {"Sec-Fetch-Site": "same-origin"}
GONE = "This ticket is no longer available"


@pytest.fixture
async def room(redis, redis_url):
    asks = replace(SETTINGS, ratings=Ratings(ask=True))
    async with Showroom(redis, redis_url, settings=asks) as room:
        await room.keep(ticket(ref=TicketRef(room.account.id, 51)))
        yield room


async def reply(visitor, fields, headers=None, *, plain=False):
    return await visitor.post(
        "tickets/51/replies", fields, headers=headers, plain=plain
    )


def words_in(answer):
    """Return what the fields that give something back contain."""
    return answer.value("text").replace("\r\n", "\n")


async def gone(room, how):
    """Let a ticket go while somebody writes."""
    ref = TicketRef(room.account.id, 51)
    if how == "deleted":
        (kept,) = await room.tickets.get_all([ref])
        claimed = ClaimedRef(ref, "0")
        await room.tickets.drop(ref, kept.revision, claimed, None, before=kept.ticket)
    elif how == "moved":
        await room.keep(ticket(ref=ref, group_id=99))
    else:
        await room.keep(ticket(ref=ref, contact_ids=(44,)))


@pytest.mark.parametrize("how", ["deleted", "moved", "unbound"])
@pytest.mark.parametrize("plain", [False, True])
async def test_a_ticket_that_went_gives_the_reply_back(room, anna, how, plain):
    """A customer who wrote while a ticket went keeps the words, and is told."""
    fields = await anna.hidden("tickets/51") | {"text": WORDS}
    await gone(room, how)

    answer = await reply(anna, fields, plain=plain)

    assert (404, WORDS.replace("\r\n", "\n")) == (answer.status, words_in(answer))
    assert GONE in answer.page
    assert '<base target="_blank">' in answer.page


async def test_a_ticket_that_went_gives_its_draft_back(room, anna):
    """A customer who comes back to a ticket that went has the unsent words."""
    drafts = RedisDrafts(room.redis)
    kept = Draft({"text": WORDS})
    assert await drafts.save(room.account.id, 43, "51", kept)
    assert "This is your draft" in (await anna.get("tickets/51"))[1]
    await gone(room, "deleted")

    status, page = await anna.get("tickets/51")
    bob = Visitor(room, await room.visitor(44))
    _, theirs = await bob.get("tickets/51")

    shown = Page(room.address("tickets/51"), status, page).form("tickets/51")
    assert (404, GONE in page) == (status, True)
    assert [("text", WORDS, "textarea")] == shown.fields
    assert "It burns" not in theirs


async def test_pages_that_are_not_there_give_nothing_back(room, anna):
    """Somebody else's page is 404 as ever, with words only for who wrote some."""
    for path in ("tickets/99", "nothing"):
        status, page = await anna.get(path)
        assert (404, False) == (status, GONE in page)


@pytest.mark.parametrize(
    ("broken", "status"), [(RedisAway("away"), 503), (KeyError("a bug"), 500)]
)
async def test_our_own_troubles_give_the_reply_back(
    room, anna, monkeypatch, broken, status
):
    """If Redis is away or we have a fault, the page can send the form again."""
    fields = await anna.hidden("tickets/51") | {"text": WORDS}

    async def fails(*_, **__):
        raise broken

    with monkeypatch.context() as patched:
        patched.setattr(RedisCommands, "put", fails)
        answer = await reply(anna, fields)
    assert (status, WORDS.replace("\r\n", "\n")) == (answer.status, words_in(answer))

    form = Page(room.address("tickets/51/replies"), status, answer.page).form("replies")
    sent = await reply(anna, {name: text for name, text, _ in form.fields})

    assert 303 == sent.status
    (waiting,) = await room.commands.waiting(room.account.id, [43])
    assert WORDS.replace("\r\n", "\n") == waiting.command.text


async def test_redis_away_before_anything_was_read(room, anna, monkeypatch):
    """Even a form that nobody has read yet is read, to be given back."""
    fields = await anna.hidden("tickets/51") | {"text": WORDS}

    async def fails(*_, **__):
        raise RedisAway("away")

    monkeypatch.setattr(RedisSessions, "login", fails)
    for path, sent in (
        ("tickets/51/replies", fields),
        ("tickets/new", fields | NEW | {"text": WORDS}),
    ):
        answer = await anna.post(path, sent)

        assert 503 == answer.status
        assert WORDS.replace("\r\n", "\n") == words_in(answer)


async def test_a_token_that_is_not_ours(room, anna):
    """A form whose browser says nothing is refused, and can be sent again."""
    fields = await anna.hidden("tickets/51") | {"text": WORDS, "csrf_token": "0" * 48}

    answer = await reply(anna, fields, {"Origin": "null"})

    assert (403, WORDS.replace("\r\n", "\n")) == (answer.status, words_in(answer))
    form = Page(room.address(), 403, answer.page).form("replies")
    again = {name: text for name, text, _ in form.fields}
    assert 303 == (await reply(anna, again, {"Origin": "null"})).status


@pytest.mark.parametrize("plain", [False, True])
async def test_a_token_that_comes_last(room, anna, plain):
    """A form whose token is not its first part is refused, but loses no field."""
    fields = await anna.hidden("tickets/51")
    sent = {"text": WORDS} | fields | {"csrf_token": "0" * 48}
    if not plain:  # The right one is as good as none there.
        sent |= {"csrf_token": fields["csrf_token"]}

    answer = await reply(anna, sent, {"Origin": "null"}, plain=plain)

    assert (403, WORDS.replace("\r\n", "\n")) == (answer.status, words_in(answer))


async def test_every_file_that_was_sent_ahead_goes_back(room, anna):
    """A form that is refused names all of its files, and none that was taken out."""
    fields = await anna.hidden("tickets/51") | {"text": WORDS, "csrf_token": "0" * 48}
    fields |= {"upload": ["a" * 22, "b" * 22, "c" * 22], "remove": "b" * 22}

    answer = await reply(anna, fields, {"Origin": "null"})

    form = Page(room.address(), 403, answer.page).form("replies")
    assert ["a" * 22, "c" * 22] == [t for n, t, _ in form.fields if n == "upload"]


async def test_other_sites_get_nothing_back(room, anna):
    """What another site sends is not shown on a page of ours."""
    answer = await reply(anna, {"text": "Evil"}, {"Sec-Fetch-Site": "cross-site"})

    assert (403, False) == (answer.status, "Evil" in answer.page)


@pytest.mark.parametrize(
    ("text", "headers"),
    [("It burns.\n" + "ß" * 40_000, OURS), ("It burns.", {"Origin": "null"})],
)
async def test_what_cannot_be_kept_is_shown(room, anna, text, headers):
    """A session that ended over a very long text, or an old browser, loses nothing."""
    fields = await anna.hidden("tickets/51") | {"text": text}
    cookie = re.search("ticket24_session=(.*)", anna.session.headers["Cookie"])[1]
    await RedisSessions(room.redis).end(room.account.id, cookie)

    answer = await reply(anna, fields, headers)

    assert (401, text) == (answer.status, words_in(answer))
    assert "You’ve signed out" in answer.page


async def test_a_reply_of_an_earlier_session_is_shown_where_it_is_unsent(room, anna):
    """Without a script nothing else says so, and the form is far down on the page."""
    fields = await anna.hidden("tickets/51") | {"text": WORDS, "csrf_token": "0" * 48}

    answer = await reply(anna, fields, OURS, plain=True)

    assert (303, "/p/acme/tickets/51#reply") == (answer.status, answer.location)


async def test_links_lose_nothing_that_is_on_the_page_alone(room, anna):
    """A faulty form that is too long for a draft stays: its links open beside it."""
    fields = await anna.hidden("tickets/51")
    for text, alone in (("x" * 60_000, True), ("x" * 30_000, False)):
        answer = await reply(anna, fields | {"text": text})

        assert (422, text) == (answer.status, words_in(answer))
        assert alone == ('<base target="_blank">' in answer.page)
    assert 'autocomplete="off" target="_self"' in answer.page


async def test_too_much_text_comes_back(room, anna):
    """The beginning of an enormous text comes back, with what to do."""
    fields = await anna.hidden("tickets/51")

    fields["text"] = "It burns. " + "x" * 1_100_000
    parts = (
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    )
    body = BytesIO("".join([*parts, "--b--\r\n"]).encode())
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    answer = await reply(anna, body, headers, plain=True)

    assert 413 == answer.status
    assert "Please shorten the text" in answer.page
    assert words_in(answer).startswith("It burns. xxx")


async def test_an_onlooker_of_the_staff_gives_words_back(room, anna):
    """Words typed before the browser got a view that only looks are not lost."""
    fields = await anna.hidden("tickets/51") | {"text": WORDS}
    onlooker = await RedisSessions(room.redis).start_onlooker(
        room.account.id, 43, "anna@example.com", "Anna", "Hannah"
    )
    headers = {"Cookie": f"ticket24_session={onlooker}"}

    answer = await reply(anna, fields, headers)

    assert (403, WORDS.replace("\r\n", "\n")) == (answer.status, words_in(answer))
    assert "Nothing has changed" in answer.page


@pytest.fixture
async def solved(room):
    """The page of a solved ticket, and the link in the mail about its end."""
    ref = TicketRef(room.account.id, 52)
    ended = {"status": Status.COMPLETED, "changed_at": datetime.now(UTC)}
    await room.keep(ticket(ref=ref, **ended))
    anna = Customer(ContactRef(room.account.id, 43), "Anna", ("anna@example.com",))
    await RedisCustomers(room.redis).put_all(room.account.id, [anna])
    ratings = RedisRatings(room.redis, Seal(SECRET))
    token = ratings.token(ref, 43, "anna@example.com")
    return {"portal": "tickets/52", "link": f"rate/{token}"}


async def rate(room, anna, page, name, words="", **fields):
    """Press "Bad" on a page, with words in the field of that name."""
    status, text = await anna.get(page)
    form = Page(room.address(page), status, text).form(
        "replies" if name == "rating_text" else page
    )
    sent = {one: value for one, value, kind in form.fields if kind != "file"}
    sent |= {"rating": "bad", name: words} | fields
    return await anna.post(page if name == "text" else f"{page}/rating", sent)


@pytest.mark.parametrize(("way", "name"), [("portal", "rating_text"), ("link", "text")])
async def test_a_rating_that_cannot_be_taken_keeps_its_words(
    room, anna, solved, monkeypatch, way, name
):
    """A fault of ours, or a browser that lost its cookie: the page sends it again."""
    plain = WORDS.replace("\r\n", "\n")

    async def fails(*_, **__):
        raise RedisAway("away")

    with monkeypatch.context() as patched:
        patched.setattr(RedisCommands, "put", fails)
        answer = await rate(room, anna, solved[way], name, WORDS)
    assert (503, plain) == (answer.status, answer.value(name).replace("\r\n", "\n"))
    assert "add your files" not in answer.page

    answer = await rate(room, anna, solved[way], name, WORDS, csrf_token="0" * 48)
    assert (403, plain) == (answer.status, answer.value(name).replace("\r\n", "\n"))
    path = f"{solved[way]}{'/rating' if way == 'portal' else ''}"
    form = Page(room.address(path), 403, answer.page).form(path)
    sent = await anna.post(path, {name: text for name, text, _ in form.fields})

    assert 303 == sent.status
    (waiting,) = await room.commands.waiting(room.account.id, [43])
    assert isinstance(waiting.command, RateTicket)
    assert ("bad", plain) == (waiting.command.rating.value, waiting.command.text)


async def test_a_rating_without_words_is_no_lost_form(room, anna, solved):
    """Two buttons are pressed again in the form."""
    page = solved["portal"]
    answer = await rate(room, anna, page, "rating_text", csrf_token="0" * 48)

    assert (403, False) == (answer.status, "given-back" in answer.page)
    assert "Back to the form" in answer.page


async def test_an_address_in_copy_comes_back(room, anna):
    """Of whoever was to be added."""
    fields = await anna.hidden("tickets/51")
    token = fields["csrf_token"]
    sent = fields | {"csrf_token": "0" * 48, "do": "add", "copy_in": "eve@example.org"}
    answer = await anna.post("tickets/51/copies", sent, plain=True)

    assert (403, "eve@example.org") == (answer.status, answer.value("copy_in"))
    form = Page(room.address(), 403, answer.page).form("copies")
    again = {name: text for name, text, _ in form.fields} | {"csrf_token": token}
    assert 303 == (await anna.post("tickets/51/copies", again)).status
    assert "eve@example.org" in (await anna.get("tickets/51"))[1]


async def test_staff_who_look_choose_their_language_before_a_rating(room, anna, solved):
    """By links, as everywhere: they may send nothing."""
    onlooker = await RedisSessions(room.redis).start_onlooker(
        room.account.id, 43, "anna@example.com", "Anna", "Hannah"
    )
    headers = {"Cookie": f"ticket24_session={onlooker}"}
    address = room.address(solved["link"])
    async with anna.session.get(address, headers=headers) as answer:
        page = await answer.text()

    assert 'href="/p/acme/language?to=de' in page
    assert "data-along" not in page
