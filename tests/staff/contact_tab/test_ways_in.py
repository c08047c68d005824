"""Passwords and invitations on a contact's card."""

import asyncio
import re

import pytest
from aiohttp import ClientSession, CookieJar
from contact_tab import PATH, TICKET, kept_of, password_in, said
from desk import until

from ticket24.pace import Pace
from ticket24.store.sign_in.sessions import RedisSessions


async def test_a_password_is_set_and_works(desk, tab, mehmet, signs_in):
    """It is in the CRM at once, and the customer signs in with it."""
    frame = await tab()
    assert kept_of(desk, mehmet) == password_in(frame.page)

    await frame.submit("/contact-tab/password", do="save", password=" new-secret-9 ")

    assert "Saved." in said(frame.page)
    assert "new-secret-9" == kept_of(desk, mehmet) == password_in(frame.page)
    email = mehmet.emails[0].value
    assert await signs_in(email, "new-secret-9")
    assert not await signs_in(email, "ticket24-demo")


@pytest.fixture
def signs_in(desk):
    """Tell whether somebody can sign in."""

    async def signs_in(email, password):
        login = desk.portal("login", desk.account.slug)
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
            async with http.get(login) as answer:
                page = await answer.text()
            token = re.search(r'name="csrf_token" value="(\w+)"', page)[1]
            fields = {"csrf_token": token, "email": email, "password": password}
            async with http.post(login, data=fields, allow_redirects=False) as answer:
                return 303 == answer.status

    return signs_in


async def test_a_new_password_ends_sessions(desk, tab, mehmet, signs_in):
    """A customer who was signed in with the old one no longer is."""
    email = mehmet.emails[0].value
    assert await signs_in(email, "ticket24-demo")  # Now its hash is kept.
    sessions = RedisSessions(desk.stores.redis)
    cookie = await sessions.start(desk.account.id, [mehmet.id], email, "Mehmet")

    frame = await tab()
    await frame.submit("/contact-tab/password", do="save", password="new-secret-9")

    assert None is await sessions.login(desk.account.id, cookie)


async def test_a_generated_password_is_saved_by_a_button(desk, tab, mehmet):
    """It is readable, never twice the same, and only shown at first."""
    frame = await tab()
    before = kept_of(desk, mehmet)
    found = set()
    for _ in range(3):
        await frame.submit("/contact-tab/password", do="generate")
        found.add(password_in(frame.page))

    assert 3 == len(found)
    assert all(
        re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}", p) for p in found
    )
    assert before == kept_of(desk, mehmet)
    assert "not saved yet" in said(frame.page)

    last = password_in(frame.page)
    await frame.submit("/contact-tab/password", do="save", password=last)

    assert last == kept_of(desk, mehmet)


BAD_PASSWORDS = (
    ("short", "Enter at least 8 characters"),
    ("x" * 101, "Enter no more than 100 characters"),
    ("two\x07bells-ring", "Use only letters, digits, spaces and punctuation"),
)


async def test_bad_passwords_change_nothing(desk, tab, mehmet):
    """The field says what is wrong, and keeps what was typed."""
    frame = await tab()
    before = kept_of(desk, mehmet)
    for typed, words in BAD_PASSWORDS:
        await frame.submit("/contact-tab/password", do="save", password=typed)

        assert 422 == frame.status, typed
        assert words in said(frame.page)
        assert before == kept_of(desk, mehmet)


async def test_a_password_can_be_taken_away(desk, tab, mehmet):
    """An empty field means no password."""
    frame = await tab()

    await frame.submit("/contact-tab/password", do="save", password="")

    assert "Removed." in said(frame.page)
    assert not kept_of(desk, mehmet)


async def test_a_field_that_is_gone_is_told(desk, tab):
    """Bitrix24 ignores unknown fields without a word: the tab does not."""
    desk.world.userfields.clear()
    frame = await tab()

    await frame.submit("/contact-tab/password", do="save", password="new-secret-9")

    assert 422 == frame.status
    assert "its field is no longer in the CRM" in said(frame.page)


async def test_an_invitation_is_sent(desk, tab, mehmet, mailbox):
    """The tab says to whom, by whom, and the mail has a link and no password."""
    frame = await tab()
    email = mehmet.emails[0].value
    await frame.submit("/contact-tab/invitation", email=email)
    assert f"Sending the invitation to {email}…" in said(frame.page)
    async with desk.worker():
        await until(lambda: mailbox.of_kind("invitation"))
    frame = await tab()

    (mail,) = mailbox.of_kind("invitation")
    text = mail.get_body(("plain",)).get_content()
    assert kept_of(desk, mehmet) not in text
    assert f"User name: {email}" in text
    link = re.search(r"\S+/login/link/\S+", text)[0]
    assert link.startswith(desk.portal("login/link/", desk.account.slug))
    name = desk.world.users[1].full_name
    assert f"Sent to {email} by {name} just now." in said(frame.page)


@pytest.mark.parametrize("trouble", ["over", "away", "gone"])
async def test_a_ticket_that_is_refused_comes_back(desk, tab, mehmet, trouble):
    """No word is lost if the visit is over, Bitrix24 away or the contact gone."""
    frame = await tab()
    if trouble == "over":
        for key in await desk.stores.redis.keys("*:visit:*"):
            await desk.stores.redis.delete(key)
    elif trouble == "away":
        desk.world.faults.rest = "refuse"
    else:
        del desk.world.contacts[mehmet.id]

    await frame.submit("/contact-tab/tickets", **(TICKET | {"text": "Not to be lost"}))

    assert {"over": 401, "away": 503, "gone": 200}[trouble] == frame.status
    assert "Your message wasn’t sent" in said(frame.page)
    assert "Not to be lost</textarea>" in frame.page
    assert ("Try again" in said(frame.page)) == (trouble == "away")


@pytest.mark.parametrize(
    "pace", [Pace(reading_patience_seconds=0.5, bitrix24_timeout_seconds=600.0)]
)
async def test_a_card_is_not_waited_for_longer_than_people_wait(desk, tab):
    """Where Bitrix24 hangs, the page says so; it was empty for a minute before."""
    frame = await tab()
    desk.world.faults.rest = "hang"
    async with asyncio.timeout(60):
        await frame.submit("/contact-tab/tickets", **TICKET)

    assert 503 == frame.status
    assert TICKET["text"] in frame.page
    assert 4.0 == Pace().reading_patience_seconds


async def test_a_double_click_invites_once_and_says_the_same(tab, mehmet, desk):
    """The second answer repeats the lost first one, and one mail is sent."""
    frame = await tab()
    email, token = mehmet.emails[0].value, frame.token
    for _ in range(2):
        await frame.post(f"{PATH}/invitation", {"csrf_token": token, "email": email})
        assert 200 == frame.status
        assert f"Sending the invitation to {email}…" in said(frame.page)

    assert 1 == len(await desk.stores.links.claim(desk.account.id, 10))


async def test_a_password_saved_twice_says_the_same(tab):
    """The second click reads that it was saved, not that it was so before."""
    frame = await tab()
    for _ in range(2):
        await frame.submit("/contact-tab/password", do="save", password="new-secret-9")

        assert "Saved. The customer can now sign in with it." in said(frame.page)


async def test_invitations_have_a_pause(tab, mehmet):
    """An address that somebody has just written to has to wait a minute."""
    email = mehmet.emails[0].value
    await (await tab(by=2)).submit("/contact-tab/invitation", email=email)
    frame = await tab()
    await frame.submit("/contact-tab/invitation", email=email)

    assert 429 == frame.status
    assert re.search(r"another one in \d+ seconds?", said(frame.page))


async def test_only_addresses_of_the_contact_are_invited(desk, tab, mailbox):
    """A form that names another address is refused."""
    frame = await tab()

    await frame.submit("/contact-tab/invitation", email="eve@example.com")

    assert 422 == frame.status
    assert "Choose one of the contact’s email addresses" in said(frame.page)
    assert [] == await desk.stores.links.claim(desk.account.id, 10)
