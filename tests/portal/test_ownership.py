"""Every route of the portal, asked by everybody who may not."""

import json
import re

import pytest
from aiohttp import ClientSession, DummyCookieJar
from examples import ticket
from formfilling import NEW
from showroom import Showroom
from town import (
    ANNA,
    ELSEWHERE,
    FOLLOWED,
    HERS,
    HIS,
    LINKED,
    MOVED,
    NOWHERE,
    OWNED,
    PUBLIC,
    SIGNED_IN,
    UNBOUND,
    Town,
    named,
    plain,
    routes,
)
from town_roles import GARAGE, SHARING, WORKS, employ

from ticket24.domain.commands.model import MoveTicket, PostReply
from ticket24.domain.tickets.model import TicketRef


@pytest.fixture
async def town(redis, redis_url):
    """Two accounts on one server: Anna and Ben at acme, and Olga with Anna's ids."""
    async with (
        Showroom(redis, redis_url, settings=SHARING) as acme,
        Showroom(redis, redis_url, slug="other", settings=SHARING) as other,
        ClientSession(cookie_jar=DummyCookieJar()) as http,
    ):
        town = Town(acme, other, http)
        await town.furnish()
        await employ(acme, _43=((WORKS,), "manager"), _44=((GARAGE,), "manager"))
        await employ(other, _43=((WORKS,), "manager"))
        yield town


async def test_no_route_is_forgotten(town):
    """Each route of the portal is in exactly one part of the matrix."""
    known = [*PUBLIC, *LINKED, *FOLLOWED, *SIGNED_IN, *OWNED]

    assert sorted(known) == sorted(routes(town.acme.server.app))


async def test_what_is_written_would_be_noticed(town):
    """Commands, drafts and uploads are counted; of a file there are two keys."""
    assert {"command": 1, "draft": 1, "upload": 2} == await town.written()


async def test_the_owner_comes_in(town):
    """Each path of the matrix exists for Anna, so the attacks ask the right ones."""
    assert {
        ("GET", 200),
        ("GET", 503),  # The file: Bitrix24 is away.
        ("POST", 204),
        ("POST", 303),
    } == {
        (method, (await town.send(method, path, town.anna)).status)
        for method, path in named(HERS)
    }


async def test_nobody_is_led_to_the_sign_in_page(town):
    """Without a session, or with one of another account, there is only the door."""
    paths = [
        (method, canonical.removeprefix("/p/{slug}/"))
        for method, canonical in sorted(SIGNED_IN)
    ]
    before = await town.written()
    for cookie in ("", town.olga, "made-up"):
        for method, path in [*paths, *named(HERS)]:
            answer = await town.send(method, path, cookie)
            if path == "status.json":
                assert (401, '{"error": "sign in"}') == (answer.status, answer.page)
                continue
            assert 303 == answer.status, path
            assert answer.headers["Location"].startswith("/p/acme/login?next=%2Fp%2F")
            assert "Secret" not in answer.page
    assert before == await town.written()


STRANGERS = (
    ("ben", "acme", HERS),
    ("anna", "acme", HIS),
    ("anna", "acme", ELSEWHERE),
    ("anna", "acme", UNBOUND),
    ("anna", "acme", MOVED),
    ("anna", "acme", NOWHERE),
    ("olga", "other", HIS),
    ("olga", "other", UNBOUND),
)


async def test_strangers_find_nothing(town):
    """What is not theirs is 404, in the words of what does not exist."""
    before = await town.written()
    for who, slug, number in STRANGERS:
        cookie = getattr(town, who)
        for method, path in named(number, "c0ffee" if who != "anna" else "c0ffed"):
            answer = await town.send(method, path, cookie, slug)
            nothing = await town.send(
                method, path.replace(str(number), "999999"), cookie, slug
            )

            assert 404 == answer.status, (who, path)
            assert plain(nothing.page) == plain(answer.page), (who, path)
            # What they typed themselves comes back to them, and is nowhere else.
            told = answer.page.replace("Not mine</textarea>", "")
            assert "Not mine" not in told, (who, path)
        assert before == await town.written(), (who, slug, number)


async def test_everybody_sees_their_own_alone(town):
    """Lists, searches, status.json and drafts hold what is theirs."""
    theirs = {
        ("anna", "acme"): ([HERS], "Secret of 43"),
        ("ben", "acme"): ([HIS, UNBOUND], "Secret of 44"),
        ("olga", "other"): ([HERS], "Secret of Olga"),
    }
    for (who, slug), (numbers, words) in theirs.items():
        cookie = getattr(town, who)
        status = (await town.ask("GET", "status.json", cookie, slug)).page
        listed = sorted(row["id"] for row in json.loads(status)["tickets"])
        assert numbers == listed
        for path in ("", "?show=all", "?q=secret", f"tickets/{numbers[0]}"):
            page = (await town.ask("GET", path, cookie, slug)).page
            assert words in page
            assert not re.search(rf"(?!{words})Secret of", page)
            assert "Not for customers" not in page
            on_its_way = who == "anna" and "/" not in path
            assert on_its_way == ("Her new ticket" in page)
        for word in ("elsewhere", "moved", "customers"):
            found = await town.ask("GET", f"?show=all&q={word}", cookie, slug)
            assert "No tickets found" in found.page
        form = (await town.ask("GET", "tickets/new", cookie, slug)).page
        assert (who == "anna") == ("Her draft" in form)


@pytest.mark.parametrize(("who", "slug"), [("ben", "acme"), ("olga", "other")])
async def test_nobody_sends_or_removes_files_of_others(town, who, slug):
    """Another's upload cannot be sent, seen or taken away by its id."""
    cookie = getattr(town, who)
    token = await town.token(cookie, slug)
    known = {"csrf_token": token, "form_id": "f" * 32, "upload": town.upload.id}
    draft = {"uploads": [town.upload.id], "fields": {"text": "x"}}
    saved = await town.ask(
        "POST", "drafts/new", cookie, slug, json=draft, headers={"X-CSRF-Token": token}
    )
    seen = await town.ask("GET", "tickets/new", cookie, slug)
    sent = await town.ask("POST", "tickets/new", cookie, slug, data=NEW | known)
    removed = await town.ask(
        *("POST", "tickets/new", cookie, slug),
        data=NEW | known | {"remove": town.upload.id, "subject": ""},
    )

    assert (204, 200, 422, 422) == (
        saved.status,
        seen.status,
        sent.status,
        removed.status,
    )
    for answer in (seen, sent, removed):
        assert "hers.txt" not in answer.page
    assert "no longer available" in sent.page
    kept = await town.spool.owned(town.acme.account.id, ANNA, [town.upload.id])
    assert [town.upload] == kept


async def test_what_is_on_its_way_is_shown_to_its_sender_alone(town):
    """Replies and moves of others, waiting, are on no page of a shared ticket."""
    ref = TicketRef(town.acme.account.id, UNBOUND)
    at = ticket().created_at
    for command in (
        PostReply("r1", ref, ANNA, "Anna", at, "Sent when it was hers"),
        MoveTicket("m1", ref, ANNA, "Anna", at, "completed"),
    ):
        await town.acme.commands.put(command)

    page = (await town.ask("GET", f"tickets/{UNBOUND}", town.ben)).page

    assert "Sent when it was hers" not in page
    assert "You marked this ticket" not in page
