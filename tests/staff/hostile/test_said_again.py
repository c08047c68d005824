"""What is sent twice or too late, by people who are somebody no more."""

import json
from dataclasses import asdict

from desk import CLIENT_ID
from hostile_frames import ADMIN, APP, INSTALL, STAFF, TAB, ancestors, everything
from hostility import differing

from bitrix24_sandbox import app as sandbox_app
from bitrix24_sandbox.apps import applications
from ticket24.staff.parts import STAFF as STAFF_KEY


async def test_what_is_sent_twice_is_done_once(app_desk, account, tab, mehmet):
    """The form of a person, of settings, of a ticket, of a password, an invitation."""
    settings = await app_desk.frame()
    fields = dict(settings.form("/app/settings").pairs) | {"company_name": "Once"}
    person = {"name": "Eve", "phone": "+49 30 1234567", "email": "eve@example.com"}
    card = await tab()
    ticket = dict(card.form("/contact-tab/tickets").pairs) | {
        "department": "7",
        "priority": "High",
        "message_type": "Bugs",
        "sector": "Europe",
        "subject": "Once",
        "text": "Once",
    }
    password = {"do": "save", "password": "only-once-1"}
    invited = {"email": mehmet.emails[0].value}
    after = {}
    for frame, path, data in (
        (settings, f"{INSTALL}/person", person),
        (settings, f"{APP}/settings", fields | {"do": "save"}),
        (card, f"{TAB}/tickets", ticket),
        (card, f"{TAB}/password", password),
        (card, f"{TAB}/invitation", invited),
    ):
        sent = {"csrf_token": frame.token} | data
        for _ in range(3):
            now = await everything(app_desk)
            url = f"{app_desk.settings.public_url}{path}"
            async with app_desk.http.post(url, data=sent) as answer:
                after.setdefault(path, []).append(answer.status)
            await app_desk.sandbox.app[sandbox_app.SENDER].idle()
        assert [] == differing(now, await everything(app_desk)), path

    assert {200} == {statuses[0] for statuses in after.values()}
    assert [200, 200, 200] == after[f"{TAB}/invitation"]
    stores = app_desk.stores
    waiting = await stores.commands.waiting(account.id, [mehmet.id])
    assert ["Once"] == [one.command.subject for one in waiting]


async def test_old_settings_do_not_come_back(app_desk, account):
    """A form that was sent before others saved theirs changes nothing any more."""
    frame = await app_desk.frame()
    old = {"csrf_token": frame.token} | dict(frame.form("/app/settings").pairs)
    await frame.submit("/app/settings", "Save", company_name="Newer")
    await frame.post(f"{APP}/settings", old | {"company_name": "Older", "do": "save"})

    assert 409 == frame.status
    now = await app_desk.stores.accounts.get(account.id)
    assert "Newer" == now.settings.company_name


async def test_settings_that_were_never_saved_are_not_taken_for_seen(app_desk, account):
    """What the form says that it was made of has to be what is stored."""
    frame = await app_desk.frame()
    seen = asdict(account.settings)
    for lie in (
        {"password_field": "NAME"},
        {"logo": "../../../etc/passwd"},
        {"departments": [{"group_id": -5}]},
        {"company_name": "x" * 10_000},
    ):
        fields = {
            "csrf_token": frame.token,
            **dict(frame.form("/app/settings").pairs),
            "seen": json.dumps(seen | lie),
            "do": "save",
            "password_field": lie.get("password_field", seen["password_field"]),
        }
        async with app_desk.http.post(
            f"{app_desk.settings.public_url}{APP}/settings", data=fields
        ) as answer:
            assert answer.status in {200, 409, 422}  # 200: it is just what is stored.
    now = await app_desk.stores.accounts.get(account.id)
    assert account.settings == now.settings


async def test_who_is_no_administrator_any_more_renews_no_settings(app_desk, account):
    """A page that stays open does not get around rights that were removed."""
    frame = await app_desk.frame(by=ADMIN)
    app_desk.world.users[2].admin = True
    app_desk.world.users[ADMIN].admin = False
    token, _ = applications.issue(app_desk.world, CLIENT_ID, ADMIN)
    visits = app_desk.web.app[STAFF_KEY].stores.visits
    before = await visits.get(frame.token)
    said = await frame.ask(
        "/bitrix24/renew", method="POST", data={"AUTH_ID": token.value}
    )

    assert (403, {"error": "not-administrator"}) == said
    assert before == await visits.get(frame.token)


async def test_who_was_dismissed_renews_nothing(app_desk, account, tab):
    """Though the token itself is alive still."""
    frame = await tab(by=STAFF)
    token, _ = applications.issue(app_desk.world, CLIENT_ID, STAFF)
    applications.dismiss(app_desk.world, ADMIN, STAFF)
    status, _ = await frame.ask(
        "/bitrix24/renew", method="POST", data={"AUTH_ID": token.value}
    )

    assert 403 == status


async def test_a_renamed_account_frames_and_nobody_else(app_desk, account, tab):
    """Pages, faults, refusals: at the old address before, at the new one after."""
    for address in ("127.0.0.1", "localhost"):
        world = app_desk.world
        renamed = world.address.replace("127.0.0.1", address)
        if renamed != world.address:
            applications.rename(world, renamed)
        settings, card, stranger = (
            await app_desk.frame(),
            await tab(),
            await app_desk.frame(by=STAFF),
        )
        assert [200, 200, 403] == [f.status for f in (settings, card, stranger)]
        await settings.post(f"{INSTALL}/person", {"csrf_token": settings.token})
        assert 422 == settings.status
        await card.post(f"{APP}/settings", {"csrf_token": card.token})
        assert 401 == card.status

        for frame in (settings, card, stranger):
            assert [[world.address]] == ancestors(frame.headers)
