"""What the page costs, who may use it, and what it does without Bitrix24."""

import re
from urllib.parse import urlencode

from framing import Frame
from settings_page import SAVE, saved, seen

from bitrix24_sandbox.account import companies, people
from bitrix24_sandbox.account.records import MultiField
from bitrix24_sandbox.rest.obstacles import SERVER


async def test_what_is_missing_is_said_at_once(app_desk, account):
    """Each workgroup has its rights beside it; scripts can ask for them."""
    app_desk.world.workgroups[12].closed = True

    frame = await app_desk.frame()

    assert "All set: Ticket24 can read and create tickets here." in seen(frame.page)
    assert "This workgroup is archived" in seen(frame.page)
    status, answer = await frame.ask("/bitrix24/app/rights?group_id=12")
    assert (200, False) == (status, answer["ok"])
    assert "archived" in answer["words"]
    status, answer = await frame.ask("/bitrix24/app/rights?group_id=7")
    assert (200, True) == (status, answer["ok"])
    assert 400 == (await frame.ask("/bitrix24/app/rights?group_id=x"))[0]


async def test_lists_are_searched_by_scripts(app_desk, account, frame):
    """Workgroups and people are found by a part of their names."""
    status, groups = await frame.ask("/bitrix24/app/workgroups?find=sales")
    found, people = await frame.ask("/bitrix24/app/people?find=Hannah")

    assert (200, [12]) == (status, [one["id"] for one in groups])
    assert 200 == found
    assert {"id", "name", "note"} == set(people[0])
    assert people[0]["name"].startswith("Hannah")


async def found(frame, kind, find):
    """Return what a search for customers or companies finds: names, by number."""
    status, rows = await frame.ask(f"/bitrix24/app/{kind}?{urlencode({'find': find})}")
    assert 200 == status
    return {one["id"]: one["name"] for one in rows}


async def test_opening_and_saving_cost_few_requests(app_desk, account):
    """Whoever does it some times in a minute does not use up the account's budget."""
    stats = app_desk.sandbox.app[SERVER].stats
    await app_desk.frame()  # The first visit looks after more.
    before = stats.http

    frame = await app_desk.frame()
    opened = stats.http
    await frame.submit(SAVE)

    # Each list for itself took 13 and 11.
    assert opened - before <= 8
    assert stats.http - opened <= 6


async def test_customers_and_companies_are_searched_for_rules(app_desk, account, frame):
    """By words of a name, a whole address or a number, each by one request."""
    world, ana = app_desk.world, 44
    firm = companies.add_company(world, 1, "Oficina [b]100%")
    firm.emails.append(MultiField(9_001, "Oficina@Example.com", "WORK"))
    companies.link(world, 1, ana, firm.id, primary=True)
    own = companies.add_company(world, 1, "Our own Oficina")
    own.is_my_company = True
    stats = app_desk.sandbox.app[SERVER].stats.methods
    before = stats["crm.item.list"]

    for find in ("souza an", "SOUZA", "ana.privado@example.com", "#44", "44"):
        assert {ana: "Ana Souza"} == await found(frame, "customers", find), find
    assert 2 == stats["crm.item.list"] - before
    for find in ("ficina [b]", "100%", "oficina@example.com", "ana.souza@example.com"):
        wanted = {firm.id: firm.title}
        assert wanted == await found(frame, "companies", find), find
    assert firm.title == (await found(frame, "companies", str(firm.id)))[firm.id]
    asked = dict(stats)
    for find in ("", "  ", "ana@", "\u200b", "@", "a@b@c"):
        for kind in ("customers", "companies"):
            assert {} == await found(frame, kind, find), find
    assert asked == stats
    for find in ("$result[x]", "'", "%", "\0", "<b>" * 500, "{{ 7 * 7 }}", "0"):
        for kind in ("customers", "companies"):
            assert len(await found(frame, kind, find)) <= 50
    # With the rights of who looks: they are hidden from this administrator alone.
    world.users[2].admin = True
    hers = await app_desk.frame(by=2)
    world.switches.contacts_hidden_from = (2,)
    assert 503 == (await hers.ask("/bitrix24/app/customers?find=souza"))[0]
    assert {ana: "Ana Souza"} == await found(frame, "customers", "souza")


async def test_an_accent_is_looked_at(frame):
    """Scripts are told how an accent looks; what is not a colour is refused."""
    status, answer = await frame.ask("/bitrix24/app/accent?colour=%23ffcc00")

    assert (200, "#ffcc00", "#000000") == (
        status,
        answer["light"]["button"],
        answer["light"]["button_text"],
    )
    assert 400 == (await frame.ask("/bitrix24/app/accent?colour=red;}"))[0]


async def test_scripts_of_nobody_are_told_nothing(frame):
    """Without a visit nothing of the account is told."""
    for path in ("workgroups", "people", "customers", "companies", "rights", "accent"):
        status, _ = await frame.ask(f"/bitrix24/app/{path}?group_id=7", token="wrong")

        assert 401 == status, path


async def test_settings_are_for_administrators(app_desk, account):
    """Anybody else reads who can change them, and can post nothing."""
    by = next(u.id for u in app_desk.world.users.values() if not u.admin and u.active)
    before = await saved(app_desk, account)

    frame = await app_desk.frame(by=by)

    assert 403 == frame.status
    assert SAVE not in frame.page
    posted = Frame(frame.http, frame.url)
    data = {"csrf_token": frame.token or "x", "do": "save", "end": "1"}
    await posted.post(f"/bitrix24{SAVE}", data)
    assert posted.status in {401, 403}
    assert before == await saved(app_desk, account)


async def test_hostile_words_are_words(app_desk, account, frame):
    """What is typed, or named in Bitrix24, is only text on the page."""
    hostile = "<script>alert(1)</script>\"'\u202e"
    app_desk.world.workgroups[7].name = hostile
    app_desk.world.users[3].last_name = hostile

    await frame.submit(
        SAVE,
        "Save",
        company_name=hostile,
        sender_name=hostile,
        accent=hostile,
        message_type=hostile,
        internal_marks=hostile[:20],
        fields={
            "departments.0.name": hostile,
            "departments.0.about.en": hostile,
            "departments.0.opening_hours.en": hostile,
            "departments.1.group_id": hostile,
            "departments.1.creator_id": "9" * 5_000,
            "tab": hostile,
            "password_field": hostile,
        },
    )

    assert 422 == frame.status
    assert "<script>alert" not in frame.page
    assert "\"'" not in frame.page


HALVES = (
    {},
    {"end": "1"},
    {"end": "1", "seen": "{}x"},
    {"end": "1", "seen": '{"language": "xx"}'},
    {"seen": "{}"},
)


async def test_half_a_form_saves_nothing(app_desk, account, frame):
    """A form that lost its end on the way, or is not one of ours, is refused."""
    before = await saved(app_desk, account)
    token = frame.token
    for half in HALVES:
        await frame.post(f"/bitrix24{SAVE}", {"csrf_token": token} | half)

        assert 400 == frame.status, half
        assert before == await saved(app_desk, account), half


async def test_bitrix24_away_loses_nothing(app_desk, account, frame):
    """The page says so and keeps what was typed; it can be saved later."""
    app_desk.world.faults.rest = "502"

    await frame.submit(SAVE, "Save", fields={"departments.1.group_id": "15"})

    assert 503 == frame.status
    assert "Nothing you typed is lost" in seen(frame.page)
    assert "15" == frame.form(SAVE).value("departments.1.group_id")
    assert "not found" not in seen(frame.page)

    app_desk.world.faults.rest = ""
    await frame.submit(SAVE, "Save")

    assert 200 == frame.status, seen(frame.page)


async def test_a_field_of_the_original_product_is_offered_first(app_desk, account):
    """A company switches over without touching its contacts."""
    labels = {"de": "Ticket24-Passwort", "en": "Ticket24-Passwort"}
    people.add_userfield(app_desk.world, 1, "UF_CRM_1700000000", labels=labels)

    frame = await app_desk.frame()
    offered = re.findall(r'name="password_field" value="([^"]*)"', frame.page)
    await frame.submit(SAVE, "Save", password_field="UF_CRM_1700000000")

    assert "UF_CRM_1700000000" == offered[0]
    assert "Customers keep their passwords" in seen(frame.page)
    assert "UF_CRM_1700000000" == (await saved(app_desk, account))["password_field"]


async def test_a_field_that_is_not_in_the_crm_is_refused(app_desk, account, frame):
    """Passwords are looked for only where they can be."""
    await frame.submit(SAVE, "Save", password_field="UF_CRM_NOWHERE")

    assert 422 == frame.status
    assert ["password_field"] == [field for field, _ in frame.errors]


async def test_the_page_speaks_the_language_of_its_user(app_desk, account):
    """Labels are those that people know from the original's manuals."""
    frame = await app_desk.frame(LANG="de")
    assert "Haupteinstellungen" in seen(frame.page)
    assert "Tag-Einstellungen" in seen(frame.page)

    frame = await app_desk.frame(LANG="br")
    assert "Configurações de grupo" in seen(frame.page)
