"""Who may use the tab of a contact, and contacts that are no customers."""

import re
from dataclasses import replace

import pytest
from contact_tab import PATH, TAB, TICKET, get, kept_of, news_of, password_in, said
from structlog.testing import capture_logs

from bitrix24_sandbox.account import people
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.rest.catalogue import CLASSIC


@pytest.fixture
def rights(monkeypatch):
    """Take rights from user 3: the names of methods that are refused."""
    refused = set()

    def guarded(method):
        def run(call):
            if call.by == 3 and method.name in refused:
                raise Refused("", "Access denied.", 400)
            return method.run(call)

        return replace(method, run=run)

    for name in ("crm.contact.get", "crm.contact.update"):
        monkeypatch.setitem(CLASSIC, name, guarded(CLASSIC[name]))
    return refused


async def test_who_may_not_read_the_contact_sees_nothing(desk, tab, mehmet, rights):
    """Neither the page nor any of its forms and scripts reveals anything."""
    frame = await tab()
    token, news = frame.token, news_of(frame)
    rights.add("crm.contact.get")

    frame = await tab(by=3)

    assert "You don’t have permission to see this contact in the CRM" in said(
        frame.page
    )
    assert mehmet.full_name not in frame.page
    for name in ("look", "tickets", "password", "invitation", "language", "view"):
        await frame.post(f"{PATH}/{name}", {"csrf_token": frame.token or token})
        assert "You don’t have permission to see this contact" in said(frame.page), name
        assert "Set-Cookie" not in frame.headers
    # A proof is of one visit: another one's is worth nothing.
    frame = await tab(by=3)
    assert 401 == (await get(frame, news))[0]


async def test_who_may_not_change_the_contact_is_told(desk, tab, mehmet, rights):
    """All else works; the password stays, and what was typed is still there."""
    rights.add("crm.contact.update")
    frame = await tab(by=3)
    before = kept_of(desk, mehmet)

    await frame.submit("/contact-tab/password", do="save", password="new-secret-9")

    assert 422 == frame.status
    assert "You don’t have permission to edit this contact in the CRM" in said(
        frame.page
    )
    assert "new-secret-9" == password_in(frame.page)
    assert before == kept_of(desk, mehmet)


async def test_a_contact_without_an_address(desk, tab):
    """The tab says what is missing; a ticket can be opened all the same."""
    frame = await tab(people.add_contact(desk.world, 1, "No", "Address"))

    assert "This contact has no email address," in said(frame.page)
    assert re.search(r"<button[^>]* disabled>.*?Send invitation", frame.page, re.DOTALL)

    await frame.submit("/contact-tab/invitation", email="")
    assert 422 == frame.status
    await frame.submit("/contact-tab/tickets", **TICKET)
    assert "on its way" in said(frame.page)

    nameless = await tab(people.add_contact(desk.world, 1, "", ""))
    assert (200, True) == (
        nameless.status,
        "behalf of \N{EN DASH}," in said(nameless.page),
    )


async def test_a_deleted_contact(desk, tab, mehmet):
    """Even while the tab is open it shows one clear sentence, and nothing else."""
    frame = await tab()
    people.delete_contact(desk.world, 1, mehmet.id)

    for page in (frame, await tab()):
        if page is frame:
            await frame.submit("/contact-tab/view")
        assert 200 == page.status
        assert "This contact was deleted" in said(page.page)


async def test_a_contact_that_is_not_saved_yet(desk):
    """The card of a new contact has no number."""
    for options in ({}, {"ID": "0"}, {"ID": "x"}, {"ID": "-1"}):
        frame = await desk.frame(placement=TAB, options=options)

        assert "Save this new contact first" in said(frame.page), options


async def test_without_departments_an_administrator_is_needed(app_desk):
    """An account that was just installed has none."""
    await app_desk.install()
    contact = app_desk.customer()[0]

    frame = await app_desk.frame(placement=TAB, options={"ID": str(contact.id)})

    assert "There are no departments yet" in said(frame.page)
    assert "/contact-tab/tickets" not in frame.page


async def test_hostile_names_are_words(desk, tab):
    """No word from the CRM or a task becomes markup or escapes from it."""
    evil = """"><script>alert(1)</script>'\u202e{{1234*5678}}"""
    contact = people.add_contact(
        desk.world,
        1,
        evil,
        evil,
        emails=["a@example.com", "<i>b@example.com"],
        custom={PASSWORD_FIELD: evil},
    )
    desk.world.users[3].name = evil
    frame = await tab(contact, by=3)
    await frame.submit("/contact-tab/invitation", email="a@example.com")
    await frame.submit(
        "/contact-tab/tickets", **(TICKET | {"subject": evil, "text": evil})
    )

    assert "<script>" not in frame.page
    assert "<i>" not in frame.page.replace("<i>not read by", "")
    assert "7006652" not in frame.page
    assert evil == password_in(frame.page)


async def test_the_tab_speaks_the_viewers_language(tab):
    """Bitrix24 names it in the frame's address."""
    for language, words in (
        ("de", "Neues Ticket|Passwort speichern|Einladung senden"),
        ("br", "Novo tíquete|Salvar senha|Enviar convite"),
    ):
        page = said((await tab(LANG=language)).page)

        assert [] == [word for word in words.split("|") if word not in page]


async def test_other_pages_visits_cannot_use_the_tab(desk, tab):
    """A visit to the settings opens no ticket, and a reload says what to do."""
    settings = await desk.frame()

    await settings.post(f"{PATH}/tickets", {"csrf_token": settings.token, **TICKET})

    assert 401 == settings.status
    frame = await tab()
    await frame.reload()
    assert "Printer" not in frame.page


async def test_a_viewer_whose_token_is_over_is_led_back(desk, tab, mehmet):
    """Nothing is changed with a dead token, and the page says what to do."""
    frame = await tab()
    before = kept_of(desk, mehmet)
    desk.world.tokens.clear()

    await frame.submit("/contact-tab/password", do="save", password="new-secret-9")

    assert 401 == frame.status
    assert "open" in said(frame.page).lower()
    assert before == kept_of(desk, mehmet)


async def test_secrets_stay_out_of_logs(tab, capsys):
    """No log line contains anybody's password or token."""
    with capture_logs() as logs:
        frame = await tab()
        await frame.submit("/contact-tab/password", do="save", password="new-secret-9")
        await frame.submit("/contact-tab/view")

    text = repr(logs)
    assert "password_set_by" in text
    assert "portal_seen_as" in text
    assert "new-secret-9" not in text
    assert frame.token not in text or not frame.token
    assert "mehmet" not in text.lower()
