"""Applications on the staff pages: offered, installed, opened, deleted."""

import html
import json
import re

import pytest
from aiohttp import ClientSession
from sandbox_staff import HOSTILE, OLGA

from bitrix24_sandbox.account.records import Company
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.records import Application, PlacementRow

ADMIN = 1
HANDLER = "https://app.example.com/app?from=b24"
SCOPES = ["crm", "task", "placement"]


@pytest.fixture
async def admin(browser, world):
    """The administrator's browser, at the address that the account has."""
    world.address = str(browser.client.make_url("")).rstrip("/")
    await browser.act_as(ADMIN)
    return browser


@pytest.fixture
def offered(world) -> Application:
    """An application of the Market with an installer."""
    return applications.register(
        world,
        title="Help <desk>",
        kind="market",
        handler_url=HANDLER,
        install_url="https://app.example.com/install",
        scopes=SCOPES,
    )


@pytest.fixture
def installed(world, offered) -> Application:
    applications.add(world, ADMIN, offered.client_id)
    applications.finish_install(world, ADMIN, offered.client_id)
    return offered


def home(application: Application) -> str:
    return f"/staff/apps/{application.client_id}/"


def host_of(page: str) -> dict:
    """What the page around a frame knows of it."""
    found = re.search(r"data-host='([^']*)'", page)
    assert found
    return json.loads(html.unescape(found[1]))


async def ask(browser, application, action, **fields):
    """Ask as the page's script does."""
    _, text = await browser.send(
        f"{home(application)}frame", {"action": action, **fields}
    )
    return json.loads(text)


async def test_application_is_installed_once_all_is_allowed(admin, offered):
    """The Market's application is installed when every tick box is ticked."""
    path = f"{home(offered)}install"
    client, token = admin.client, await admin.token()
    some = {"csrf": token, "scope": ["crm", "task"]}

    refused = await client.post(path, data=some)
    taken = await client.post(
        path, data={**some, "scope": SCOPES}, allow_redirects=False
    )

    assert 409 == refused.status
    assert "It needs all that it asks for, tick everything." in await refused.text()
    assert home(offered) == taken.headers["Location"]
    assert (True, False) == (offered.added, offered.installed)


async def test_only_administrators_install_and_delete(admin, world, offered):
    """A user who is no administrator reads who is one, and changes nothing."""
    await admin.act_as(OLGA)
    client_id = offered.client_id

    page = await admin.open("/staff/apps")
    form = {"csrf": await admin.token(), "scope": SCOPES}
    refused = await admin.client.post(f"{home(offered)}install", data=form)
    typed = {"title": "Own", "handler_url": HANDLER}
    _, own = await admin.send("/staff/apps/new", typed, status=409)
    applications.add(world, ADMIN, client_id)
    await admin.send(f"{home(offered)}delete", {}, status=409)

    assert "Only an administrator may install and delete applications." in page
    assert "Install</a>" not in page
    assert 409 == refused.status
    assert "Only an administrator may add one." in own
    assert {client_id} == set(world.applications)
    assert offered.added


async def test_frame_is_made_as_bitrix24_makes_it(admin, world, installed):
    """Name, permissions and form of a frame are those of Bitrix24's own page."""
    answer = await admin.client.get(home(installed))
    page = await answer.text()
    host = host_of(page)

    sid = host["sid"]
    name = f"{world.domain}|0|{sid}"
    action = re.search(r'<form method="post" action="([^"]*)" target="([^"]*)"', page)
    fields = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    )
    assert action
    assert name == action[2]
    assert f"{HANDLER}&DOMAIN=" in html.unescape(action[1])
    assert f"APP_SID={sid}" in action[1]
    assert f'<iframe name="{name}"' in page
    assert 'allow="geolocation *; microphone *; camera *; autoplay *"' in page
    assert "sandbox=" not in page
    assert "DEFAULT" == fields["PLACEMENT"]
    assert ADMIN == world.tokens[fields["AUTH_ID"]].user_id
    assert fields["AUTH_ID"] == host["init"]["AUTH_ID"]


async def test_frame_is_in_the_language_that_was_chosen(admin, installed):
    """An application learns the language of the person who looks."""
    assert "LANG=en" in await admin.open(home(installed))

    await admin.send("/staff/language", {"to": "pt", "back": "/staff/"})

    assert "LANG=br" in await admin.open(home(installed))


async def test_page_allows_the_handler_and_nobody_else(admin, installed):
    """The page may post into, and show, frames of the handler's origin alone."""
    answer = await admin.client.get(home(installed))
    rules = answer.headers["Content-Security-Policy"].split("; ")

    wanted = "'self' https://app.example.com"
    assert {f"form-action {wanted}", f"frame-src {wanted}"} <= set(rules)
    assert 2 == sum("app.example.com" in rule for rule in rules)
    assert "default-src 'none'" in rules


async def test_installer_is_for_administrators(admin, world, offered):
    """Until the installer has finished, nobody else sees the application."""
    applications.add(world, ADMIN, offered.client_id)
    installer = await admin.open(home(offered))
    await admin.act_as(OLGA)

    page = await admin.open(home(offered))
    finished = await ask(admin, offered, "set_installed")

    assert "https://app.example.com/install?DOMAIN=" in installer
    assert host_of(installer)["init"]["INSTALL"] is True
    assert "The application is not fully installed yet" in page
    assert "iframe" not in page
    assert {"result": False} == finished
    assert not offered.installed


async def test_script_finishes_the_installation(admin, world, offered):
    """An administrator's frame finishes the installation; then everybody sees it."""
    applications.add(world, ADMIN, offered.client_id)

    answer = await ask(admin, offered, "set_installed")
    page = await admin.open(f"{home(offered)}?install_finished=Y")
    await admin.act_as(OLGA)
    menu = await admin.open("/staff/events")

    assert {"result": True} == answer
    assert "The application is installed." in page
    assert f'href="{home(offered)}"' in menu
    assert "Help &lt;desk&gt;" in menu
    assert "Application installed" in menu


async def test_script_gets_fresh_tokens(admin, world, installed):
    """The frame's page gets tokens of its viewer that the account accepts."""
    fresh = await ask(admin, installed, "access_refresh")

    url = f"{world.address}/rest/profile?auth={fresh['access_token']}"
    async with ClientSession() as session, session.get(url) as response:
        profile = await response.json()
    assert str(ADMIN) == profile["result"]["ID"]
    assert 3600 == fresh["expires_in"]
    assert ADMIN == world.refresh_tokens[fresh["refresh_token"]].user_id


async def test_options_are_kept(admin, installed):
    """Administrators set the application's options, everybody their own."""
    option = {"name": "colour", "value": json.dumps({"rgb": "f00"})}
    await ask(admin, installed, "set_option", **option)
    await ask(admin, installed, "set_user_option", **option)
    await admin.act_as(OLGA)

    refused = await ask(admin, installed, "set_option", name="colour", value='"x"')
    init = host_of(await admin.open(home(installed)))["init"]

    assert {"result": False} == refused
    assert {"colour": {"rgb": "f00"}} == init["APP_OPTIONS"]
    assert {} == init["USER_OPTIONS"]
    assert {ADMIN: {"colour": {"rgb": "f00"}}} == installed.user_options


async def test_parameters_of_a_link_reach_the_application(admin, installed):
    """A link of Bitrix24 to an application carries its parameters into the frame."""
    page = await admin.open(
        f"/marketplace/view/{installed.client_id}/?params[ticket]=7&other=1"
    )

    assert {"ticket": "7"} == host_of(page)["init"]["PLACEMENT_OPTIONS"]


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("/company/personal/user/2/tasks/task/view/79/", "/staff/tasks/79"),
        ("/crm/contact/details/43/", "/staff/contacts/43"),
        ("/crm/company/details/1/", "/staff/companies/1"),
        ("/workgroups/group/7/", "/staff/?group=7"),
    ],
)
async def test_links_of_bitrix24_lead_to_pages(browser, world, address, leads_to):
    """Addresses of Bitrix24's own cards lead to the cards of the sandbox."""
    world.companies[1] = Company(1, "Works", world.now())

    answer = await browser.client.get(address)

    assert 200 == answer.status
    assert leads_to == answer.url.path_qs


async def test_data_of_a_market_application_may_stay(admin, world, installed):
    """Deleted without the tick box, the application finds its options again."""
    installed.options["k"] = "v"

    where, page = await admin.send(f"{home(installed)}delete", {})
    kept = dict(installed.options)
    applications.add(world, ADMIN, installed.client_id)
    await admin.send(f"{home(installed)}delete", {"clean": "Y"})

    assert "/staff/apps" == where
    assert "The application is deleted." in page
    assert {"k": "v"} == kept
    assert {} == installed.options


async def test_deleted_application_gets_no_tokens(admin, installed):
    """A page that was open while its application was deleted gets no new tokens."""
    await admin.send(f"{home(installed)}delete", {})

    assert {"result": False} == await ask(admin, installed, "access_refresh")


async def test_local_application_shows_its_keys(admin, world):
    """A local application is added at once; its keys are for administrators."""
    typed = {"title": "Own", "handler_url": HANDLER, "install_url": "", "scope": "crm"}

    where, page = await admin.send("/staff/apps/new", typed)
    (made,) = world.applications.values()
    await admin.act_as(OLGA)
    other = await admin.open(where)

    assert f"{home(made)}about" == where
    assert ("local", ["crm"], True) == (made.kind, made.scopes, made.installed)
    assert made.client_id in page
    assert made.client_secret in page
    assert made.client_secret not in other


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"handler_url": "javascript:alert(1)"}, "javascript:alert(1) is not the"),
        ({"handler_url": "https://a;b/x"}, "https://a;b/x is not the address"),
        ({"handler_url": ""}, "is not the address of a web page"),
        ({"title": " "}, "It needs a name."),
        ({"install_url": "/install"}, "/install is not the address"),
        ({"script_only": "Y"}, "it needs an initial installation path"),
    ],
)
async def test_bad_local_application_keeps_what_was_typed(
    admin, world, typed, sentence
):
    """An application that cannot be added says why and loses nothing."""
    fields = {"title": "Own", "handler_url": HANDLER, "scope": "im", **typed}

    _, page = await admin.send("/staff/apps/new", fields, status=409)

    assert "The application was not added: " in page
    assert sentence in html.unescape(page)
    assert f'value="{fields["handler_url"]}"' in html.unescape(page)
    assert re.search(r'value="im" checked', page)
    assert {} == world.applications


async def test_script_only_application_has_no_page(admin, world, subscriber):
    """An application without pages is installed from server to server."""
    typed = {
        "title": "Robot",
        "handler_url": HANDLER,
        "install_url": subscriber.url,
        "script_only": "Y",
        "scope": "crm",
    }

    await admin.send("/staff/apps/new", typed)
    await admin.events_out()
    (made,) = world.applications.values()
    page = await admin.open(home(made))

    assert "ONAPPINSTALL" in [event["event"] for event in subscriber.events]
    assert "This application has no page of its own" in page


async def test_contact_card_has_a_tab(admin, world, installed):
    """A bound place is a tab in the account's language; it loads when it is opened."""
    titles = {"en": {"TITLE": "Tickets <b>"}, "br": {"TITLE": "Chamados"}}
    tab = "https://app.example.com/contact-tab"
    installed.placements += [
        PlacementRow("CRM_CONTACT_DETAIL_TAB", tab, "Plain", titles=titles),
        PlacementRow("CRM_DEAL_DETAIL_TAB", tab, "Deals"),
    ]
    before = len(world.tokens)

    card = await admin.open("/staff/contacts/43")
    asked_for = len(world.tokens) - before
    page = await admin.open("/staff/contacts/43/tabs/1")
    world.switches.language = "pt"
    translated = await admin.open("/staff/contacts/43")

    assert "Tickets &lt;b&gt;" in card
    assert "Deals" not in card
    assert "Chamados" in translated
    assert 0 == asked_for
    assert f'action="{tab}?DOMAIN=' in page
    init = host_of(page)["init"]
    assert "CRM_CONTACT_DETAIL_TAB" == init["PLACEMENT"]
    assert "43" == init["PLACEMENT_OPTIONS"]["ID"]
    assert 'name="PLACEMENT_OPTIONS" value="{&#34;ID&#34;:&#34;43&#34;' in page


async def test_company_card_has_its_own_tabs_and_contacts(admin, world, installed):
    """A place on companies is none on contacts; links change as silently as there."""
    world.companies[5] = Company(5, "Works <b>", world.now())
    handler = "https://app.example.com/company-tab"
    installed.placements.append(
        PlacementRow("CRM_COMPANY_DETAIL_TAB", handler, "Tickets here")
    )
    before = len(world.log)

    assert "Works &lt;b&gt;" in await admin.open("/staff/companies")
    links = "/staff/companies/5/contacts"
    await admin.send(links, {"contact": "43", "do": "link"})
    card = await admin.open("/staff/companies/5")
    page = await admin.open("/staff/companies/5/tabs/1")

    assert "/staff/contacts/43" in card
    assert "Tickets here" in card
    assert "Tickets here" not in await admin.open("/staff/contacts/43")
    assert ("CRM_COMPANY_DETAIL_TAB", "5") == (
        host_of(page)["init"]["PLACEMENT"],
        host_of(page)["init"]["PLACEMENT_OPTIONS"]["ID"],
    )
    assert [5] == world.contacts[43].company_ids
    await admin.send(links, {"contact": "43", "do": "unlink"})
    assert [] == world.contacts[43].company_ids
    assert before == len(world.log)


@pytest.mark.parametrize(
    "path",
    ["contacts/43/tabs/1", "contacts/999/tabs/1", "companies/9", "companies/9/tabs/1"],
)
async def test_tab_that_nobody_bound_is_not_found(admin, path):
    """A tab that no application has bound is answered with a page that says so."""
    assert "There is no such page" in await admin.open(f"/staff/{path}", status=404)


async def test_new_contact_has_no_tabs(admin, world, installed):
    """The form for a new contact shows no tab, because there is no contact yet."""
    row = PlacementRow("CRM_CONTACT_DETAIL_TAB", HANDLER, "Tickets")
    installed.placements.append(row)

    assert "Tickets" not in await admin.open("/staff/contacts/new")


async def test_hostile_application_is_only_words(admin, world):
    """Whatever an application calls itself and keeps is text on every page."""
    made = applications.register(
        world,
        title=HOSTILE,
        kind="local",
        handler_url=HANDLER,
        install_url="",
        scopes=[HOSTILE],
    )
    applications.add(world, ADMIN, made.client_id)
    made.options = {HOSTILE: f"{HOSTILE}'"}
    made.placements = [PlacementRow("CRM_CONTACT_DETAIL_TAB", HANDLER, HOSTILE)]

    paths = ["apps", f"apps/{made.client_id}/", f"apps/{made.client_id}/about"]
    for path in [*paths, "contacts/43", "contacts/43/tabs/1"]:
        page = await admin.open(f"/staff/{path}")
        assert "<script>alert" not in page
        assert "<img" not in page
    assert made.options == host_of(await admin.open(home(made)))["init"]["APP_OPTIONS"]


async def test_applications_are_opened_at_the_account_s_address(admin, world):
    """Frames talk to one address only, so the browser is sent there."""
    world.address = "http://other.example.com:8025"

    answer = await admin.client.get(
        "/staff/apps/local.1/?install_finished=Y", allow_redirects=False
    )

    leads_to = "http://other.example.com:8025/staff/apps/local.1/?install_finished=Y"
    assert leads_to == answer.headers["Location"]


async def test_unknown_application_is_not_found(admin):
    """An application that nobody knows is answered with a page that says so."""
    assert "There is no such page" in await admin.open("/staff/apps/x/", status=404)
