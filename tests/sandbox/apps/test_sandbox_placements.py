"""placement.*: where an application shows itself."""

import json

import pytest

from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.errors import Refused

TAB = "CRM_CONTACT_DETAIL_TAB"


@pytest.fixture
def placed(guest):
    guest.install()
    return guest


async def test_bind_and_get(placed, hearer):
    """Titles come by language, empty options as a list."""
    titles = {
        "en": {"TITLE": "Tickets", "DESCRIPTION": "All of them", "GROUP_NAME": ""},
        "de": {"TITLE": "Anfragen", "DESCRIPTION": "", "GROUP_NAME": ""},
    }

    assert await placed.result(
        "placement.bind",
        PLACEMENT=TAB,
        HANDLER=f"{hearer.url}/tab",
        TITLE="Overruled",
        LANG_ALL=titles,
        OPTIONS={"groupId": "7"},
    )

    assert [
        {
            "placement": TAB,
            "userId": 0,
            "handler": f"{hearer.url}/tab",
            "options": [],
            "title": "Tickets",
            "description": "All of them",
            "langAll": titles,
        }
    ] == await placed.result("placement.get")


async def test_plain_title(placed):
    """Without languages the title counts; the tab of a task keeps its groups."""
    await placed.result(
        "placement.bind",
        PLACEMENT="task_view_tab",
        HANDLER="http://a.test/",
        TITLE="Ticket",
        OPTIONS={"groupId": "7,12", "other": 1},
    )

    [row] = await placed.result("placement.get")
    assert ("Ticket", []) == (row["title"], row["langAll"])
    assert {"groupId": "7,12"} == row["options"]


async def test_unbind_counts_twice(placed):
    """Each row counts when it is found and when it is gone."""
    for path in "ab":
        handler = f"http://a.test/{path}"
        await placed.result("placement.bind", PLACEMENT=TAB, HANDLER=handler)

    counts = [
        (await placed.result("placement.unbind", PLACEMENT=TAB, **narrow))["count"]
        for narrow in (
            {"HANDLER": "http://a.test/c"},
            {"HANDLER": "http://a.test/a"},
            {},
            {},
        )
    ]

    assert [0, 2, 2, 0] == counts


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"PLACEMENT": ""}, "ERROR_ARGUMENT"),
        ({"HANDLER": ""}, "ERROR_ARGUMENT"),
        ({"PLACEMENT": "NOWHERE"}, "ERROR_PLACEMENT_NOT_FOUND"),
        ({"PLACEMENT": "SONET_GROUP_DETAIL_TAB"}, "ERROR_PLACEMENT_NOT_FOUND"),
        ({"HANDLER": "http://localhost/"}, "ERROR_WRONG_HANDLER_URL"),
        ({"HANDLER": "gopher://a.test"}, "ERROR_UNSUPPORTED_PROTOCOL"),
        ({"USER_ID": 2}, "ERROR_PLACEMENT_USER_MODE"),
        ({"PLACEMENT": "REST_APP_URI"}, "ERROR_PLACEMENT_MAX_COUNT"),
        ({"HANDLER": "http://a.test/there"}, "ERROR_CORE"),
    ],
)
async def test_bind_refused(placed, world, params, code, status):
    """What cannot be placed is refused, with either status of the docs."""
    world.switches.placement_errors = status
    for there in (TAB, "REST_APP_URI"):
        handler = "http://a.test/there"
        await placed.result("placement.bind", PLACEMENT=there, HANDLER=handler)

    known = {"PLACEMENT": TAB, "HANDLER": "http://a.test/"} | params
    assert (status, code) == await placed.error("placement.bind", **known)


@pytest.mark.parametrize("method", ["bind", "unbind", "get"])
async def test_only_administrators(placed, method):
    """Only administrators place anything."""
    known = {"PLACEMENT": TAB, "HANDLER": "http://a.test/"}

    assert (403, "ACCESS_DENIED") == await placed.error(
        f"placement.{method}", 2, **known
    )


async def test_list(placed):
    """Anybody sees the places that the application's scopes open."""
    found = await placed.result("placement.list", 2)

    assert {TAB, "LEFT_MENU", "TASK_VIEW_TAB"} < set(found)
    assert "SONET_GROUP_DETAIL_TAB" not in found
    assert "SONET_GROUP_DETAIL_TAB" in await placed.result("placement.list", FULL=True)
    only = await placed.result("placement.list", SCOPE="crm")
    assert all(code.startswith("CRM_") for code in only)


async def test_frame_of_a_place(placed, world, hearer):
    """The browser posts where it is and what is shown there, as texts in JSON."""
    for name in ("one", "two"):
        handler = f"{hearer.url}/{name}"
        await placed.result("placement.bind", PLACEMENT=TAB, HANDLER=handler)

    def frame(**options):
        return applications.frame_fields(
            world, 2, placed.client_id, TAB, {"ID": 43, "URI": "/crm/"}, **options
        )

    url, _, form = frame()
    assert (f"{hearer.url}/one", TAB) == (url, form["PLACEMENT"])
    assert '{"ID":"43","URI":"\\/crm\\/"}' == form["PLACEMENT_OPTIONS"]
    assert {"ID": "43", "URI": "/crm/"} == json.loads(form["PLACEMENT_OPTIONS"])
    assert handler == frame(handler=handler)[0]
    with pytest.raises(Refused):
        frame(handler="http://b.test/")


async def test_shown_when_installed(guest, world):
    """What is placed is shown once the installer has finished."""
    applications.add(world, 1, guest.client_id)
    await guest.result("placement.bind", PLACEMENT=TAB, HANDLER="http://a.test/")
    assert [] == applications.placements_for(world, TAB)

    applications.finish_install(world, 1, guest.client_id)

    [(application, row)] = applications.placements_for(world, TAB)
    assert (guest.application, "http://a.test/") == (application, row.handler)
    assert [] == applications.placements_for(world, "LEFT_MENU")
