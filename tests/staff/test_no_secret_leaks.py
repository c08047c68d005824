"""Whatever happens: no log line, page or key in Redis has a secret in it."""

import json
import logging
import re
import traceback
from http.cookies import SimpleCookie

import pytest
from aiohttp import hdrs
from desk import CLIENT_ID, CLIENT_SECRET, Desk, until
from hostility import traces
from installations import choose, handled, install_event, post_event
from redis.exceptions import ConnectionError as RedisAway
from structlog.testing import capture_logs

from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.applications import frame_fields
from ticket24.pace import Pace
from ticket24.staff.contact_tab import view as contact_tab
from ticket24.store.accounts.visits import RedisVisits

ADMIN, STAFF = 1, 3
AT_CONTACT = "CRM_CONTACT_DETAIL_TAB"
TYPED = ("typed-and-saved-1", "typed-and-short-of-rights-2", "typed-while-away-3")
SANDBOX = {"aiohttp.access", "mail.log"}
DOORS = ("/bitrix24/app", "/bitrix24/install", "/bitrix24/contact-tab")


@pytest.fixture
def pace():
    return Pace(ticket_patience_seconds=0.1, limited_seconds=(0.02, 0.02))


@pytest.fixture
def logged(caplog):
    """Return everything that was logged, from debug on, before anything is hidden."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:

        def logged():
            told = [json.dumps(line, default=repr) for line in lines]
            failed = [line["exc_info"] for line in lines if line.get("exc_info")]
            told += ["".join(traceback.format_exception(e)) for e in failed if e]
            # Our server has no access log: that is the sandbox's. So is the mail's.
            records = [r for r in caplog.records if r.name not in SANDBOX]
            told += map(logging.Formatter().format, records)
            return "\n".join(told)

        yield logged


def secrets_of(desk, *more):
    """Return everything that a reader of a log could misuse."""
    world = desk.world
    return [
        *world.tokens,
        *world.refresh_tokens,
        *(webhook.code for webhook in world.webhooks),
        *(one.application_token for one in world.applications.values()),
        *(CLIENT_SECRET, desk.settings.secret_key.get_secret_value()),
        *TYPED,
        *filter(None, more),
    ]


async def words_in(redis):
    """Return everything in Redis, as text."""
    found = []
    for key in await redis.keys("*"):
        kind = (await redis.type(key)).decode()
        match kind:
            case "string":
                value = await redis.get(key)
            case "hash":
                value = await redis.hgetall(key)
            case "list":
                value = await redis.lrange(key, 0, -1)
            case "set":
                value = await redis.smembers(key)
            case "zset":
                value = await redis.zrange(key, 0, -1)
            case _:
                value = await redis.xrange(key)
        found.append(f"{key!r} {value!r}")
    return "\n".join(found)


def leaks(text, *known):
    """Return the lines that have a secret in them."""
    return [line for line in text.splitlines() if traces(line, *known)]


class Pages:
    """Everything that a browser was shown, with the tokens that pages have."""

    def __init__(self):
        self.seen, self.tokens = [], set()

    def see(self, frame):
        token = frame.token
        self.tokens |= {token.partition(".")[2]} if token else set()
        self.seen.append((token, f"{frame.status} {frame.headers} {frame.page}"))
        return frame

    def texts(self):
        """Return them without what has to be there: the page's own token."""
        return "\n".join(text.replace(token or "\0", "") for token, text in self.seen)


@pytest.fixture
def pages():
    return Pages()


def tab(desk, contact, by=ADMIN):
    options = {"ID": str(contact.id)}
    return desk.frame(by=by, placement=AT_CONTACT, options=options)


def _link_in(mails):
    """Return the link to sign in: the ticket's own mail may come before it."""
    return re.search(r"/login/link/([\w-]+)", "\n".join(mails))


async def use_everything(desk, pages):
    """Install, set up, work on the card, and let the customer come in."""
    # Anew: an installation that a shared desk remembers says nothing.
    account = await Desk.install(desk)
    account = await choose(desk, account)
    assert 200 == await post_event(desk, install_event(desk))
    contact, email, _ = desk.customer()
    settings = pages.see(await desk.frame())
    pages.see(await settings.submit("/app/settings", "Save", company_name="Acme"))
    assert 200 == settings.status
    token, _ = applications.issue(desk.world, CLIENT_ID, ADMIN)
    renewed = await settings.ask(
        "/bitrix24/renew", method="POST", data={"AUTH_ID": token.value}
    )
    assert 200 == renewed[0]

    card = pages.see(await tab(desk, contact))
    password = {"do": "save", "password": TYPED[0]}
    await card.submit("/contact-tab/password", **password)
    assert TYPED[0] == contact.custom[PASSWORD_FIELD]
    await card.submit("/contact-tab/password", do="generate")
    generated = card.form("/contact-tab/password").value("password")
    await card.submit(
        "/contact-tab/tickets", department="7", subject="Help", text="Help"
    )
    assert 200 == card.status
    await card.submit("/contact-tab/invitation")
    await card.submit("/contact-tab/view")
    session = SimpleCookie(card.headers[hdrs.SET_COOKIE])["ticket24_session"].value
    async with desk.http.get(
        desk.portal("", account.slug), headers={"Cookie": f"ticket24_session={session}"}
    ) as answer:
        assert 200 == answer.status
    link = (await until(lambda: _link_in(desk.mailbox.texts())))[1]
    async with desk.http.get(desk.portal(f"login/link/{link}", account.slug)) as answer:
        assert 200 == answer.status
    assert email
    await handled(desk)
    await desk.quiet(account)
    return account, [generated, session, link]


async def test_a_whole_journey_leaves_no_secret_anywhere(app_desk, logged, pages):
    """Not in a log line, from debug on; not in Redis; not on a page it is not for."""
    async with app_desk.worker():
        account, secrets = await use_everything(app_desk, pages)
        # All tokens end at once, and are renewed when they are next needed.
        for token in app_desk.world.tokens.values():
            token.expires_at = 0
        before = len(app_desk.world.tokens)
        app_desk.comment(app_desk.ticket(), "Hello.")
        await until(lambda: len(app_desk.world.tokens) > before)
        await app_desk.quiet(account)
        redis = await words_in(app_desk.stores.redis)
        applications.remove(app_desk.world, ADMIN, CLIENT_ID, clean=False)
        await until(lambda: "application_uninstalled" in logged())

    redis += await words_in(app_desk.stores.redis)
    known = secrets_of(app_desk, *secrets, *pages.tokens)
    assert len(known) > 20
    assert "application_installed" in logged()
    assert [] == leaks(logged(), *known)
    assert [] == traces(redis, *known)
    assert [] == traces(pages.texts(), *(set(known) - {TYPED[0]}))


@pytest.mark.parametrize("fault", ["refuse", "502"])
async def test_no_fault_brings_a_secret_to_light(app_desk, logged, pages, fault):
    """While the account or the authorization server is away, at every door."""
    account = await choose(app_desk, await app_desk.install())
    contact, _, _ = app_desk.customer()
    settings, card = await app_desk.frame(), await tab(app_desk, contact)
    tokens = [settings.token.partition(".")[2], card.token.partition(".")[2]]
    faults = app_desk.world.faults
    for where in ("oauth", "rest"):
        setattr(faults, where, fault)
        for path in DOORS:
            place = AT_CONTACT if path.endswith("tab") else "DEFAULT"
            pages.see(await app_desk.frame(path, placement=place))
        pages.see(await settings.submit("/app/settings", "Save", company_name="Acme"))
        fields = {"csrf_token": card.token, "do": "save", "password": TYPED[2]}
        if where == "rest":
            other = type(card)(card.http, card.url)
            await other.post("/bitrix24/contact-tab/password", fields)
            pages.see(other)
        await settings.ask("/bitrix24/renew", method="POST", data={"AUTH_ID": "f" * 70})
        for token in app_desk.world.tokens.values():
            token.expires_at = 0
        async with app_desk.worker():
            assert 200 == await post_event(app_desk, install_event(app_desk))
            await app_desk.stores.due.mark_all(
                await app_desk.stores.tickets.known(account.id)
            )
            await until(lambda: "installation_waits" in logged())
        setattr(faults, where, "")
        settings, card = await app_desk.frame(), await tab(app_desk, contact)
        tokens += [settings.token.partition(".")[2], card.token.partition(".")[2]]

    known = secrets_of(app_desk, *tokens)
    assert "page_away" in logged() or "authorization_server_away" in logged()
    assert [] == leaks(logged(), *known)
    assert [] == traces(pages.texts(), *known)


LIES = (
    {"AUTH_ID": "stolen-and-wrong-1"},
    {"REFRESH_ID": "stolen-and-wrong-2", "member_id": "b" * 32},
    {"AUTH_ID": "stolen and broken\r\nX: 3"},
    {"APPLICATION_TOKEN": "stolen-and-wrong-4", "DOMAIN": "evil.example"},
    {"PLACEMENT_OPTIONS": '{"ID": "stolen-and-wrong-5'},
)


async def test_what_was_refused_is_not_repeated(app_desk, logged, pages):
    """It is neither on the page nor in a log line, as it may be somebody's."""
    await app_desk.install()
    async with app_desk.worker():
        for lie in LIES:
            for path in DOORS:
                place = AT_CONTACT if path.endswith("tab") else "DEFAULT"
                pages.see(await app_desk.frame(path, placement=place, **lie))
            event = {f"auth[{name.lower()}]": value for name, value in lie.items()}
            await post_event(app_desk, install_event(app_desk, **event))
            await handled(app_desk)

    assert len(LIES) * len(DOORS) == len(pages.seen)
    sent = [value for lie in LIES for value in lie.values() if "stolen" in value]
    known = [*secrets_of(app_desk), *sent, "stolen"]
    assert [] == leaks(logged(), *known)
    assert [] == traces(pages.texts(), *known)


async def test_a_fault_of_ours_shows_no_secret(app_desk, logged, pages, monkeypatch):
    """A traceback says where, and not with what; the page says that we know."""
    await app_desk.install()
    contact, _, _ = app_desk.customer()
    card = await tab(app_desk, contact)
    fields = {"csrf_token": card.token, "do": "save", "password": TYPED[1]}
    for broken in (RuntimeError, RedisAway, KeyError, TimeoutError):
        before = _told(logged())

        async def fail(*_, broken=broken, **__):
            raise broken("on purpose")

        with monkeypatch.context() as breaking:
            breaking.setattr(contact_tab, "show", fail)
            breaking.setattr(contact_tab, "set_password", fail)
            frame = pages.see(await tab(app_desk, contact))
            await frame.post("/bitrix24/contact-tab/password", fields)
            pages.see(frame)
            breaking.setattr(RedisVisits, "get", fail)
            await frame.post("/bitrix24/contact-tab/password", fields)
            pages.see(frame)

        assert frame.status in {500, 503}, broken
        assert "<h1>" in frame.page
        assert "Traceback" not in frame.page
        assert before < _told(logged()), broken
    assert "on purpose" not in pages.texts()
    known = secrets_of(app_desk, card.token.partition(".")[2])
    assert [] == leaks(logged(), *known)
    assert [] == traces(pages.texts(), *known)


def _told(log):
    """Return how many pages a log says that they failed."""
    return len(re.findall("page_(?:failed|away)", log))


async def test_every_answer_is_forgotten_by_browsers(app_desk):
    """Pages, faults, refusals, scripts' answers, redirects: no-store, no-referrer."""
    await app_desk.install()
    contact, _, _ = app_desk.customer()
    settings, card = await app_desk.frame(), await tab(app_desk, contact)
    base = app_desk.settings.public_url
    _, _, form = frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    asked = [
        *(("GET", path, {}, None) for path in (*DOORS, "/bitrix24/x", "/bitrix24/")),
        *(("POST", path, {}, form) for path in DOORS),
        *(("PUT", path, {}, None) for path in DOORS),
        ("POST", f"/bitrix24/app?{'x' * 4_000}", {}, {"AUTH_ID": "x" * 200_000}),
        ("GET", "/bitrix24/app/people", {"Authorization": settings.token}, None),
        ("GET", "/bitrix24/app/rights?group_id=x", _bearer(settings), None),
        ("GET", "/bitrix24/app/people?find=%ff%00", _bearer(settings), None),
        ("GET", "/bitrix24/contact-tab/news?card=%ff", _bearer(card), None),
        ("POST", "/bitrix24/contact-tab/view", _bearer(card), {}),
        ("POST", "/bitrix24/contact-tab/uploads", _bearer(card), {}),
        ("POST", "/bitrix24/renew", _bearer(card), {"AUTH_ID": "f" * 70}),
    ]
    for method, path, headers, data in asked:
        async with app_desk.http.request(
            method, f"{base}{path}", headers=headers, data=data, allow_redirects=False
        ) as answer:
            told = answer.headers
        assert 500 > answer.status, (method, path, answer.status)
        assert "no-store" == told["Cache-Control"], path
        assert "no-referrer" == told["Referrer-Policy"], path
        assert "nosniff" == told["X-Content-Type-Options"], path
        assert "frame-ancestors" in told["Content-Security-Policy"], path
        assert (path.endswith("/view")) == (hdrs.SET_COOKIE in told), path


def _bearer(frame):
    return {"Authorization": f"Bearer {frame.token}"}
