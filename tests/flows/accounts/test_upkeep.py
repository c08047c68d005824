"""Bindings, the mirror and the password field are looked after."""

from dataclasses import replace
from functools import partial

import pytest
from desk import until
from fakes import FakeCaller
from installations import application, choose, events, handled, imported, places

from bitrix24_sandbox.apps.records import Binding
from ticket24.bitrix.rest.errors import AccessDenied, BitrixBroken, Permanent
from ticket24.domain.accounts.memory import Duty, Memory
from ticket24.flows.accounts.binding import bind, missing
from ticket24.flows.settings.mirroring import mirrored
from ticket24.worker.parts import open_parts

URL = "https://help.example.com"
HANDLER = f"{URL}/bitrix24/events"
PLACES = {
    "CRM_COMPANY_DETAIL_TAB": f"{URL}/bitrix24/company-tab",
    "CRM_CONTACT_DETAIL_TAB": f"{URL}/bitrix24/contact-tab",
}
ADMIN = {"ID": "1", "ADMIN": True}


@pytest.fixture
def desk(app_desk):
    return app_desk


def lose(desk):
    """Let Bitrix24 forget everything that was bound, as an update may."""
    application(desk).bindings.clear()
    application(desk).placements.clear()


async def test_lost_bindings_come_back_at_an_administrators_visit(desk):
    """An administrator who opens the settings thereby repairs them."""
    await desk.install()
    lose(desk)
    frame = await desk.frame()

    assert 200 == frame.status
    assert 11 == len(events(desk))
    assert 2 == len(places(desk))


async def test_lost_bindings_come_back_within_a_day(desk):
    """Nobody needs to open anything; and not at every turn."""
    account = await desk.install()
    async with desk.worker() as parts:
        await handled(desk)
        account = await imported(desk, account)
        lose(desk)
        bitrix = (await parts.clients.reach(account)).bitrix
        await parts.application.upkeep.keep(account, bitrix)
        assert [] == events(desk)

        memory = await desk.stores.accounts.remembered(account.id)
        day_ago = memory.bound_at - 86_401
        await desk.stores.accounts.remember(account.id, Memory(bound_at=day_ago))
        await until(lambda: len(events(desk)) == 11 and len(places(desk)) == 2)


async def test_another_address_of_ours_takes_the_bindings_along(desk):
    """Old handlers would be called in vain for ever, and old tabs stay empty."""
    account = await desk.install()
    old = "http://10.0.0.7:9999/bitrix24"
    app = application(desk)
    for binding in app.bindings:
        binding.handler = f"{old}/events"
    for row in app.placements:
        row.handler = f"{old}/{row.handler.rpartition('/')[2]}"
    theirs = Binding(9_999, "ONTASKADD", "https://elsewhere.example/own")
    app.bindings.append(theirs)
    assert 200 == (await desk.frame()).status

    assert 11 == len(events(desk))
    assert {
        f"{desk.settings.public_url}/bitrix24/{card}-tab"
        for card in ("company", "contact")
    } == {handler for _, handler in places(desk)}
    handlers = {binding.handler for binding in app.bindings}
    assert {f"{desk.settings.public_url}/bitrix24/events", theirs.handler} == handlers
    assert account


async def test_saved_settings_are_mirrored_within_a_moment(desk):
    """Settings that the operator imports are also in Bitrix24."""
    account = await choose(desk, await desk.install())
    async with desk.worker():
        await until(lambda: "Acme Support" in application(desk).options["settings"])

    assert "Ida Installer" in application(desk).options["person"]
    assert account.slug == application(desk).options["slug"]


async def test_a_failing_bitrix24_does_not_spoil_an_installation(desk, monkeypatch):
    """The account is made; workers do the rest when they can."""
    calls = []

    async def refuse(*_):
        calls.append(1)
        raise BitrixBroken("", "away")

    monkeypatch.setattr("ticket24.flows.accounts.upkeep.bind", refuse)
    account = await desk.install()
    assert account
    assert calls
    monkeypatch.undo()
    async with desk.worker():
        await until(lambda: len(events(desk)) == 11 and "settings" in options(desk))


def options(desk):
    return application(desk).options


async def test_what_is_refused_is_tried_once_a_day(desk, monkeypatch):
    """An application without the rights to bind does not ask every minute."""
    account = await desk.install()
    async with desk.worker():
        await handled(desk)
    calls = []

    async def refuse(*_):
        calls.append(1)
        raise AccessDenied("", "no administrator")

    monkeypatch.setattr("ticket24.flows.accounts.upkeep.bind", refuse)
    await desk.stores.accounts.remember(account.id, Memory(bound_at=0))
    async with desk.worker() as parts:
        await until(lambda: calls)
        reached = await parts.clients.reach(account)
        await parts.application.upkeep.keep(account, reached.bitrix)

    assert [1] == calls
    memory = await desk.stores.accounts.remembered(account.id)
    assert "no administrator" == memory.refusals[Duty.BINDINGS].words


async def test_the_field_that_is_chosen_meanwhile_stays(desk):
    """An administrator may choose one at the very moment in which ours is made."""
    account = await desk.install()
    accounts = desk.stores.accounts
    desk.world.userfields.clear()

    class Meanwhile:
        def __init__(self, bitrix):
            self.bitrix = bitrix

        async def call(self, method, *args, **more):
            answer = await self.bitrix.call(method, *args, **more)
            if method == "crm.contact.userfield.add":
                await accounts.update(account.id, partial(with_field, "UF_CRM_THEIRS"))
            return answer

        def __getattr__(self, name):
            return getattr(self.bitrix, name)

    async with open_parts(desk.settings, desk.pace) as parts:
        bitrix = (await parts.clients.reach(account)).bitrix
        await accounts.update(account.id, partial(with_field, "UF_CRM_GONE"))
        account = await accounts.get(account.id)
        await accounts.remember(account.id, Memory(field=""))
        await parts.application.upkeep.keep(account, Meanwhile(bitrix))

    memory = await accounts.remembered(account.id)
    now = await accounts.get(account.id)
    assert "UF_CRM_THEIRS" == now.settings.password_field == memory.field


def with_field(name, account):
    return replace(account, settings=replace(account.settings, password_field=name))


async def test_the_mirror_is_not_believed(desk):
    """An administrator can write anything there; what is not settings is ignored."""
    account = await desk.install()
    hostile = (
        "not JSON",
        '{"accent": "red; } body {display: none"}',
        '{"departments": [{"group_id": 7}, {"group_id": 7}]}',
        '{"departments": [{"group_id": -1}]}',
        '{"unknown": 1}',
        "x" * 300_000,
        None,
        {"company_name": "x"},
    )
    async with open_parts(desk.settings, desk.pace) as parts:
        bitrix = (await parts.clients.reach(account)).bitrix
        for text in hostile:
            options(desk)["settings"] = text
            assert None is await mirrored(bitrix)

        options(desk).update(
            settings='{"company_name": "Acme", "logo": "acme.png"}',
            slug="../etc",
            person='{"name": "A\\nB"}',
            logo="no base64",
        )
        found = await mirrored(bitrix)
        options(desk).clear()
        assert None is await mirrored(bitrix)

    assert ("", "", b"") == (found.slug, found.settings.logo, found.logo)
    assert "A B" == found.person.name


class Account:
    """An account's answers to what binding asks."""

    def __init__(self, events=(), places=(), profile=ADMIN, refuse=()):
        self.events, self.places = list(events), list(places)
        self.profile, self.refuse = profile, dict(refuse)

    def __call__(self, call):
        name = call.params.get("event", call.params.get("PLACEMENT"))
        match call.method:
            case "profile":
                return self.profile
            case "event.get":
                return self.events
            case "placement.get":
                return self.refuse.get("placement.get", self.places)
        return self.refuse.get(name, True)


def bound(*names):
    return [
        {"event": name, "handler": HANDLER, "auth_type": "0", "offline": 0}
        for name in names
    ]


async def done(account, names=("ONTASKADD", "ONTASKUPDATE")):
    caller = FakeCaller(account)
    refused = await bind(caller, URL, names)
    changes = [
        (call.method, call.params.get("event", call.params.get("PLACEMENT")))
        for call in caller.asked[3:]
    ]
    return refused, changes


async def test_only_what_is_missing_is_bound():
    """There is one question, and nothing more if everything is bound."""
    tabs = [
        {"placement": place, "handler": handler, "options": []}
        for place, handler in PLACES.items()
    ]
    offline = {"event": "ONTASKADD", "connector_id": "", "offline": 1}
    there = [offline, *bound("ONTASKADD", "ontaskupdate")]

    assert ([], []) == await done(Account(there, tabs))
    assert ([], [("event.bind", "ONTASKUPDATE")]) == await done(
        Account(there[:2], tabs)
    )
    # An installation of an earlier version has one tab and gets the other.
    assert ([], [("placement.bind", "CRM_COMPANY_DETAIL_TAB")]) == await done(
        Account(there, tabs[1:])
    )


async def test_an_event_that_bitrix24_does_not_know_is_named():
    """The others are bound all the same."""
    unknown = Permanent("ERROR_EVENT_NOT_FOUND", "Event not found", 400)
    account = Account(refuse={"ONTASKADD": unknown})
    refused, changes = await done(account)

    assert ["ONTASKADD"] == refused
    assert ("event.bind", "ONTASKUPDATE") in changes


async def test_bound_already_is_bound():
    """Somebody was faster: as Bitrix24 says it, with an error."""
    text = "event.bind: Unable to set event handler: Handler already binded"
    error = Permanent("ERROR_CORE", text, 400)

    assert ([], 4) == (
        (await done(Account(refuse={"ONTASKADD": error})))[0],
        len((await done(Account(refuse={"ONTASKADD": error})))[1]),
    )


async def test_stale_bindings_of_ours_are_taken_away():
    """These are of former addresses, and of events without a handler."""
    old = {"event": "ONTASKADD", "handler": "https://old.example/bitrix24/events"}
    dropped = {"event": "ONCRMDEALADD", "handler": HANDLER}
    card = {"event": "ONAPPINSTALL", "handler": HANDLER}
    theirs = {"event": "ONTASKADD", "handler": "https://old.example/own"}
    rows = [*bound("ONTASKADD", "ONTASKUPDATE"), old, dropped, card, theirs]
    _, changes = await done(Account(rows))

    assert [
        *(("placement.bind", place) for place in PLACES),
        ("event.unbind", "ONCRMDEALADD"),
        ("event.unbind", "ONTASKADD"),
    ] == changes


async def test_an_ordinary_user_binds_nothing():
    """It would be for himself only, and everything would seem to be missing."""
    with pytest.raises(AccessDenied):
        await done(Account(profile={"ID": "2", "ADMIN": False}))


async def test_without_the_permission_for_places_events_are_bound():
    """The tab is named as what cannot be."""
    error = Permanent("insufficient_scope", "", 401)
    refuse = {"placement.get": error} | dict.fromkeys(PLACES, error)
    refused, changes = await done(Account(refuse=refuse))

    assert [*PLACES] == refused
    assert ("event.bind", "ONTASKADD") in changes


async def test_a_moments_failure_is_not_taken_for_an_answer():
    """It raises, so that somebody tries again."""
    with pytest.raises(BitrixBroken):
        await done(Account(refuse={"ONTASKADD": BitrixBroken("", "away")}))


async def test_what_is_missing_can_be_asked():
    """The doctor asks, and changes nothing."""
    caller = FakeCaller(Account(bound("ONTASKADD")))

    names = ["ONTASKADD", "ONTASKUPDATE"]
    assert [*PLACES, "ONTASKUPDATE"] == await missing(caller, URL, names)
    assert 3 == len(caller.asked)
