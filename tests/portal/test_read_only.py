"""The staff see the portal as a customer does, and change nothing in it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp.web_urldispatcher import PrefixedSubAppResource

from ticket24.domain.tickets.model import (
    Message,
    MessageKey,
    Source,
    Status,
    Ticket,
    TicketRef,
    Voice,
)
from ticket24.store import keys
from ticket24.store.sign_in.sessions import ONLOOKER_SECONDS
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import RedisTickets
from ticket24.web.app import create_app

NUMBER = 51
FORMS = {"tickets/new", f"tickets/{NUMBER}/replies"}
PARTS = {
    "contact": "43",
    "slug": "acme",
    "number": str(NUMBER),
    "form": "new",
    "token": "x" * 43,
    "command_id": "0" * 32,
    "mark": "0" * 16,
    "file_id": "a1",
    "size": "small",
    "digest": "0" * 16,
    "name": "x",
}


def portal_routes(settings):
    """Return method and path (below the portal's) of everything that it answers."""
    app = create_app(settings)
    (portal,) = (
        resource
        for resource in app.router.resources()
        if isinstance(resource, PrefixedSubAppResource)
        and resource.canonical.startswith("/p")
    )
    for route in portal:
        path = re.sub(
            r"\{(\w+)[^}]*\}+", lambda match: PARTS[match[1]], route.resource.canonical
        )
        yield route.method, path.removeprefix("/p/acme").lstrip("/")


@pytest.fixture
async def look(site, browser):
    """A browser of the staff, looking at Ada's tickets."""
    await site.customer(7, "ada@example.com", "correct horse")
    at = datetime.now(UTC) - timedelta(hours=1)
    reply = MessageKey(Source.CHAT, 9)
    ticket = Ticket(
        *(TicketRef(site.account.id, NUMBER), "Printer", "It burns", Status.NEW),
        *(7, "Klaus", (7,), at, at, at, at),
        messages=(Message(reply, Voice.STAFF, "Klaus", "Water helps", at),),
    )
    tickets = RedisTickets(site.redis)
    (kept,) = await tickets.get_all([ticket.ref])
    claimed = ClaimedRef(ticket.ref, "0")
    assert await tickets.commit(ticket, kept.revision, claimed, [], before=None)
    cookie = await site.sessions.start_onlooker(
        site.account.id, 7, "ada@example.com", "Ada Lovelace", "Klaus Weber"
    )
    browser.take("ticket24_session", cookie)
    return browser


async def everything(redis):
    """Return all that Redis keeps."""
    kept = set(await redis.keys("*")) - {keys.PRESENCE.encode()}  # It beats.
    return {key: await redis.dump(key) for key in kept}


async def test_every_page_says_who_looks_on(look):
    """Each page says at its top who looks and as whom, with the way out."""
    for path in ("", f"tickets/{NUMBER}", "tickets/new", "logout", "nowhere"):
        page = (await look.get(path)).page

        assert '<b dir="auto">Klaus Weber</b>, you’re viewing the portal as' in page
        assert 'as <b dir="auto">Ada Lovelace</b>. You can’t change' in page
        assert "Stop viewing" in page
        assert "Sign out on all devices" not in page


async def test_nothing_can_be_sent_at_all(site, look, portal_settings):
    """Whatever route there is takes nothing from an onlooker, but its end."""
    await look.get("")
    before = await everything(site.redis)
    asked = list(portal_routes(portal_settings))
    routes = {path for method, path in asked if method == "POST"}
    assert {"GET", "HEAD", "POST"} == {method for method, _ in asked}
    assert routes >= {"login", "uploads", "drafts/new", *FORMS}

    # Whoever has a link of somebody in copy, or writes as a stranger, is nobody by a
    # session.
    outside = ("unfollow/", "followed/", "contact")
    linked = {path for path in routes if path.startswith(outside)}
    for path in routes - {"logout"} - linked:
        answer = await look.post(path, {"subject": "Mine", "text": "Mine"})

        assert 403 == answer.status, path
        assert "Nothing has changed" in answer.page, path
        for method in ("PUT", "DELETE", "PATCH"):
            async with look.http.request(method, f"{look.base}/{path}") as other:
                assert 403 == other.status

    assert before == await everything(site.redis)


async def test_scripts_are_told_as_scripts_are(look):
    """A draft or an upload of a script is refused in JSON."""
    await look.get("")

    answer = await look.post("uploads", headers={"Accept": "application/json"})

    assert (403, '{"error": "read only"}') == (answer.status, answer.page)


async def test_looking_changes_nothing(site, look, portal_settings):
    """No page that is only read leaves a trace: the customer's news stay new."""
    await look.get("")
    before = await everything(site.redis)

    for method, path in portal_routes(portal_settings):
        if method == "GET":
            assert 500 > (await look.get(path)).status, path

    assert before == await everything(site.redis)
    row = (await site.pages_of(7)).rows[0]
    assert 1 == (await site.pages_of(7)).unread(row)


async def test_nobody_sees_what_was_not_sent(site, look):
    """A draft is the customer's own, and what a cookie keeps is not claimed."""
    drafts = site.drafts
    token = await drafts.keep(site.account.id, "new", {"subject": "Kept"})
    look.take("ticket24_kept", token)

    page = (await look.get("tickets/new")).page

    assert "Kept" not in page
    assert await drafts.take(site.account.id, token)
    assert None is await drafts.get(site.account.id, 7, "new")


async def test_an_onlooker_sees_one_contact(site, look):
    """Somebody else's ticket is not there, though the address may be the same."""
    await site.customer(8, "ada@example.com")
    login = await site.sessions.login(
        site.account.id, look.cookie("ticket24_session") or ""
    )

    assert ((7,), True, "Klaus Weber") == (
        login.contact_ids,
        login.read_only,
        login.onlooker,
    )


async def test_looking_on_is_short(site, look):
    """It ends after half an hour, however much is looked at."""
    await look.get("")
    await look.get("")

    (key,) = await site.redis.keys("*session*")
    assert ONLOOKER_SECONDS - 60 < await site.redis.ttl(key) <= ONLOOKER_SECONDS


async def test_a_button_ends_it(site, look):
    """Looking on ends, and the customer's own sessions do not, whatever is sent."""
    own = await site.sessions.start(site.account.id, [7], "ada@example.com", "Ada")
    await look.get("")

    answer = await look.post("logout", {"everywhere": "1"})

    assert "You’ve stopped viewing the portal" in answer.page
    assert 303 == (await look.get("")).status
    assert await site.sessions.login(site.account.id, own)


async def test_a_new_password_ends_it(site, look):
    """So it does the sessions of the customer."""
    await site.sessions.end_everywhere(site.account.id, [7])

    assert 303 == (await look.get("")).status


async def test_buttons_cannot_be_pressed(look):
    """What would be refused is not offered."""
    page = (await look.get(f"tickets/{NUMBER}")).page

    assert re.search(r"<form[^>]*novalidate inert>", page)
    assert "data-compose" not in page


async def test_hostile_names_are_words(site, browser):
    """The names of the viewer and of the customer are not markup."""
    await site.customer(7, "ada@example.com")
    cookie = await site.sessions.start_onlooker(
        site.account.id, 7, "", "<b>Ada", '<script>"\u202e'
    )
    browser.take("ticket24_session", cookie)

    page = (await browser.get("")).page

    assert "&lt;script&gt;" in page
    assert "<b>Ada" not in page
    assert "\u202e" not in page
