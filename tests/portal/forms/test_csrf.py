"""No other site can send our forms."""

import pytest
from aiohttp import FormData

EMAIL = "ada@example.com"
REPLY = "tickets/51/replies"


async def signed_in(site, browser):
    return await site.sessions.login(
        site.account.id, browser.cookie("ticket24_session") or "x"
    )


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("login", {"email": EMAIL, "password": "x"}),
        ("login/link", {"email": EMAIL}),
        ("login/link/token", {}),
    ],
)
@pytest.mark.parametrize("token", ["", "0" * 64, "ä"])
async def test_forms_of_visitors_need_their_token(site, browser, path, fields, token):
    """Without the sitting's token a form is refused, in words for people."""
    await browser.get("login")
    browser.token = token

    answer = await browser.post(path, fields)

    assert 403 == answer.status
    assert "This page was open for too long" in answer.page


@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_forms_of_customers_need_their_token(site, browser, token):
    """Without the session's token nobody can even be signed out."""
    await site.sign_in(browser)
    browser.token = token

    answer = await browser.post("logout", {"everywhere": "1"})

    assert 403 == answer.status
    assert await signed_in(site, browser)


async def test_a_token_is_of_one_session(site, browser):
    """The token of somebody else's page is worth nothing."""
    await site.sign_in(browser, 8)
    foreign = browser.token
    await site.sign_in(browser, 7)
    browser.token = foreign

    assert 403 == (await browser.post("logout")).status


async def test_a_token_of_before_signing_in_is_not_one_of_after(site, browser):
    """A sitting's token does not outlive the sign-in."""
    await browser.get("login")
    sitting = browser.token
    await site.sign_in(browser)
    browser.token = sitting

    assert 403 == (await browser.post("logout")).status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "not an address"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Origin": "null"}, 200),
        ({"Origin": "http://127.0.0.1:8024"}, 200),
        ({}, 200),
    ],
)
async def test_browsers_say_where_a_form_comes_from(site, browser, headers, status):
    """A form from another site is refused even with the right token."""
    await site.sign_in(browser)

    answer = await browser.post("logout", headers=headers)

    assert status == answer.status


@pytest.mark.parametrize(
    ("first", "header", "status"),
    [(True, None, 200), (False, None, 403), (False, False, 403), (False, True, 200)],
)
async def test_a_form_with_files_has_its_token_first(
    site, browser, first, header, status
):
    """A multipart form is accepted by its first field, or by the header."""
    await site.sign_in(browser)
    form = FormData(default_to_multipart=True)
    if first:
        form.add_field("csrf_token", browser.token)
    form.add_field("everywhere", "1")
    form.add_field("csrf_token", browser.token)
    headers = {"X-CSRF-Token": browser.token if header else "wrong"}

    url = f"{site.base}/logout"
    async with browser.http.post(
        url, data=form, headers=headers if header is not None else {}
    ) as answer:
        assert status == answer.status


async def test_what_was_typed_outlives_the_session(site, browser):
    """The text of a reply is kept while its author signs in again."""
    await site.sign_in(browser)
    await site.sessions.end_everywhere(site.account.id, [7])
    form = FormData(default_to_multipart=True)
    form.add_field("csrf_token", browser.token)
    form.add_field("text", "A long answer")
    form.add_field("files", b"12345", filename="a.txt")

    url = f"{site.base}/{REPLY}"
    async with browser.http.post(url, data=form, allow_redirects=False) as answer:
        pass

    assert (303, "/p/acme/login?next=%2Fp%2Facme%2Ftickets%2F51") == (
        answer.status,
        answer.headers["Location"],
    )
    cookie = answer.cookies["ticket24_kept"]
    assert (True, "3600", "/p/acme/") == (
        cookie["httponly"],
        cookie["max-age"],
        cookie["path"],
    )
    kept = await site.drafts.take(site.account.id, cookie.value)
    assert ("51", {"text": "A long answer"}) == (kept[0], dict(kept[1]))


async def test_what_was_typed_outlives_a_new_session(site, browser):
    """A form of the session before is shown again, with its text, to be sent again."""
    await site.sign_in(browser, 7)
    old = browser.token
    await site.sign_in(browser, 7)
    browser.token = old

    answer = await browser.post(
        "tickets/new",
        {"subject": "Printer", "text": "It burns"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert (303, "/p/acme/tickets/new") == (answer.status, answer.headers["Location"])
    kept = await site.drafts.take(
        site.account.id, answer.cookies["ticket24_kept"].value
    )
    assert ("new", {"subject": "Printer", "text": "It burns"}) == (
        kept[0],
        dict(kept[1]),
    )


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
async def test_other_sites_leave_nothing_with_us(site, browser, headers):
    """What another site sends in a customer's name is not kept."""
    answer = await browser.post(REPLY, {"text": "spam"}, headers=headers)

    assert 403 == answer.status
    assert "ticket24_kept" not in answer.cookies


async def test_scripts_without_a_session_are_told_so(site, browser):
    """A script's post is answered with 401 and JSON."""
    answer = await browser.post(
        "uploads", {"a": "b"}, headers={"Accept": "application/json"}
    )

    assert (401, '{"error": "sign in"}') == (answer.status, answer.page)
