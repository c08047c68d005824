"""The official SDK for browsers in a frame of the sandbox, in a real browser."""

import pytest
import pytest_asyncio
from framed import ADMIN, PROFILE, STAFF, Framed, answer
from playwright.async_api import expect

from bitrix24_sandbox.account import notifications
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.records import PlacementRow
from bitrix24_sandbox.pages.site import staff


@pytest_asyncio.fixture(loop_scope="session")
async def framed(open_page, faults):
    """The calls of a frame to its account cross origins, as they do in Bitrix24."""
    async with Framed(await open_page()) as framed:
        yield framed
        rest = f"request to another origin: {framed.account}/rest/"
        faults[:] = [fault for fault in faults if not fault.startswith(rest)]


@pytest.fixture
def installed(framed):
    framed.install()
    return framed


def path_of(frame):
    return frame.evaluate("document.body.dataset.path")


async def test_sdk_installs_an_application(framed):
    """In the installer the SDK calls REST, finishes, and the main page opens."""
    applications.add(framed.world, ADMIN, framed.application.client_id)

    frame = await framed.open()
    about = await frame.evaluate(
        "[b24.isInstallMode, b24.isFirstRun, b24.auth.isAdmin, b24.placement.title]"
    )
    profile = await frame.evaluate(PROFILE)
    before = (await path_of(frame), framed.application.installed)
    await frame.evaluate("() => { b24.installFinish(); }")
    await framed.page.wait_for_url("**install_finished=Y")
    after = (await path_of(await framed.frame()), framed.application.installed)

    assert [True, True, True, "DEFAULT"] == about
    assert str(ADMIN) == profile["ID"]
    assert ("/install", False) == before
    assert ("/app", True) == after
    assert ["ONAPPINSTALL"] == [event.name for event in framed.world.log]
    await expect(framed.page.get_by_role("status")).to_have_text(
        "The application is installed."
    )


async def test_form_is_posted_with_the_tokens_of_the_viewer(installed):
    """The browser posts the viewer's tokens into the frame, from the account."""
    await installed.act_as(STAFF)
    await installed.open()

    ((path, origin, form),) = installed.posts
    assert "/app" == path
    assert installed.account == origin
    assert STAFF == installed.world.tokens[form["AUTH_ID"]].user_id
    assert installed.world.domain == form["DOMAIN"]
    assert ("0", "DEFAULT") == (form["PROTOCOL"], form["PLACEMENT"])


async def test_sdk_refuses_to_install_twice(installed):
    """Outside the installer the SDK itself knows that there is nothing to finish."""
    frame = await installed.open()

    refused = await frame.evaluate("b24.installFinish().catch((error) => error.code)")

    assert "JSSDK_FRAME_INSTALL_ALREADY_FINISHED" == refused


async def test_tab_of_a_contact(installed):
    """A tab of a contact's card opens with that contact, in the viewer's name."""
    row = PlacementRow("CRM_CONTACT_DETAIL_TAB", f"{installed.handler}/tab", "Tickets")
    installed.application.placements.append(row)
    await installed.act_as(STAFF)

    await installed.page.goto(f"{installed.account}/staff/contacts/43")
    before = list(installed.posts)
    await installed.page.get_by_role("link", name="Tickets", exact=True).click()
    frame = await installed.frame()
    number = await frame.evaluate("b24.placement.options.ID")
    contact = await frame.evaluate(
        """b24.actions.v2.call.make({
            method: "crm.contact.get", params: {id: b24.placement.options.ID},
        }).then((r) => r.getData().result)"""
    )

    assert [] == before
    assert ("/tab", "43") == (await path_of(frame), number)
    assert "Jörg" == contact["NAME"]
    assert not await frame.evaluate("b24.auth.isAdmin")


async def test_sdk_renews_its_token(installed, faults):
    """When the token has expired the SDK gets another from the page around it."""
    frame = await installed.open()
    old = await frame.evaluate("b24.auth.getAuthData().access_token")
    applications.expire(installed.world)

    profile = await frame.evaluate(PROFILE)

    new = await frame.evaluate("b24.auth.getAuthData().access_token")
    assert str(ADMIN) == profile["ID"]
    assert old != new
    assert ADMIN == installed.world.tokens[new].user_id
    # Chromium calls the answer to the expired token an error.
    faults[:] = [fault for fault in faults if "401 (Unauthorized)" not in fault]


async def test_frame_takes_the_size_of_its_content(installed):
    """fitWindow makes the frame as high as what is in it, and says how high it is."""
    frame = await installed.open()

    size = await frame.evaluate(
        """async () => {
            document.querySelector("#room").style.height = "1700px";
            return b24.parent.fitWindow();
        }"""
    )

    box = await installed.page.locator(".app-frame iframe").bounding_box()
    assert box["height"] == size["height"] > 1700
    assert box["width"] == size["width"]


async def test_title_and_scroll_are_for_pages_only(installed):
    """An application names its own page, but not a card that it is a guest of."""
    row = PlacementRow("CRM_CONTACT_DETAIL_TAB", f"{installed.handler}/tab", "Tickets")
    installed.application.placements.append(row)
    heading = installed.page.locator("h1")

    frame = await installed.open()
    await frame.evaluate("b24.parent.setTitle('<b>Tickets</b>')")
    page = await heading.text_content()
    frame = await installed.open(f"{installed.account}/staff/contacts/43/tabs/1")
    unheard = await frame.evaluate("b24.parent.setTitle('Tickets')")

    assert "<b>Tickets</b>" == page
    assert {"isSafely": True} == unheard
    assert "Jörg Müller" == await heading.text_content()


async def test_person_is_chosen(installed):
    """The dialogs of the account give one person, or several."""
    page = installed.page
    frame = await installed.open()

    await frame.evaluate("() => { globalThis.one = b24.dialog.selectUser(); }")
    await page.get_by_role("button", name="Olga Petrova").click()
    await frame.evaluate("() => { globalThis.some = b24.dialog.selectUsers(); }")
    for name in ("Hannah Vogel", "Olga Petrova"):
        await page.get_by_label(name).check()
    await page.get_by_role("button", name="Choose").click()

    assert {"id": str(STAFF), "name": "Olga Petrova"} == await frame.evaluate("one")
    assert ["2", "4"] == await frame.evaluate(
        "some.then((people) => people.map((p) => p.id))"
    )


async def test_application_opens_itself_beside_the_page(installed):
    """A side page gets its parameters; its opener is told when it is closed."""
    frame = await installed.open()

    await frame.evaluate(
        """() => { globalThis.over = b24.slider.openSliderAppPage(
            {ticket: 7, bx24_title: "One ticket"}).then(() => "closed"); }"""
    )
    inner = await installed.frame("dialog")
    options = await inner.evaluate("b24.placement.options")
    title = await installed.page.locator("dialog h2").text_content()
    await inner.evaluate("() => { b24.slider.closeSliderAppPage(); }")

    assert "closed" == await frame.evaluate("over")
    assert ({"ticket": "7"}, "One ticket") == (options, title)
    await expect(installed.page.locator("dialog")).to_have_count(0)


async def test_page_of_the_account_opens_beside_the_page(installed):
    """A path of the account opens its page; any other is refused."""
    frame = await installed.open()
    path = "/company/personal/user/2/tasks/task/view/79/"

    await frame.evaluate(
        "(path) => { globalThis.left = b24.slider.openPath(b24.slider.getUrl(path)); }",
        path,
    )
    side = installed.page.frame_locator("dialog iframe")
    await expect(side.locator("h1")).to_have_text("Import stops at row 512")
    await installed.page.keyboard.press("Escape")
    # Its answer comes when the page has closed, and is not that of the next call.
    assert await frame.evaluate("left.then((left) => left.isClose)")
    refused = await installed.tell(
        frame, f'openPath:{{"path":"/staff/"}}:c1:{await sid_of(frame)}'
    )

    assert [("c1", {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"})] == [
        answer(text) for text in refused
    ]


async def test_options_are_told_to_the_account(installed):
    """What the SDK sets is kept, and there when the page opens again."""
    frame = await installed.open()
    await frame.evaluate("b24.options.appSet('colour', 'red')")

    frame = await installed.open()

    assert "red" == await frame.evaluate("b24.options.appGet('colour')")
    assert {"colour": "red"} == installed.application.options


def sid_of(frame):
    return frame.evaluate("window.name.split('|')[2]")


async def test_both_forms_of_a_message_are_understood(installed):
    """Text with and without JSON, colons in it, and an object: all are answered."""
    frame = await installed.open()
    sid = await sid_of(frame)

    for message, expected in [
        (f"getInterface:c1:{sid}", ("c1", {"command": [], "event": []})),
        (f"getInterface::c2:{sid}", ("c2", {"command": [], "event": []})),
        (f'setTitle:{{"title":"a:b:c"}}:c3:{sid}', ("c3", {"title": "a:b:c"})),
        (
            {
                "method": "setTitle",
                "params": {"title": "x"},
                "callback": "c4",
                "appSid": sid,
            },
            ("c4", {"title": "x"}),
        ),
    ]:
        assert [expected] == [answer(t) for t in await installed.tell(frame, message)]


async def test_messages_that_are_none_are_ignored(installed):
    """A sender who does not know the frame's id, or names no command, gets nothing."""
    frame = await installed.open()
    sid = await sid_of(frame)

    for message in (
        "getInitData:c1:0123456789abcdef0123456789abcdef",
        "getInitData:c1:",
        "getInitData",
        {"method": "getInitData", "callback": "c1", "appSid": ""},
        {"method": "toString", "callback": "c1", "appSid": sid},
        f"constructor:c1:{sid}",
        7,
    ):
        assert [] == await installed.tell(frame, message), message


async def test_stranger_in_the_frame_is_ignored(installed, faults):
    """A page of another origin inside the frame hears nothing and changes nothing."""
    frame = await installed.open()
    stranger = f"{installed.handler.replace('127.0.0.1', 'localhost')}/stranger"

    await frame.evaluate(
        """async (address) => {
            const inner = document.createElement("iframe");
            inner.src = address;
            const loaded = new Promise((go) => { inner.onload = go; });
            document.body.append(inner);
            await loaded;
        }""",
        f"{stranger}?sid={await sid_of(frame)}",
    )
    heard = await installed.tell(frame, f"getInterface:c9:{await sid_of(frame)}")

    assert ["c9"] == [answer(text)[0] for text in heard]
    assert "Helper" == await installed.page.locator("h1").text_content()


async def test_deleted_application_says_that_there_are_no_tokens(installed):
    """When the page around it gets no new token it tells the person at it."""
    frame = await installed.open()
    installed.application.added = False

    await frame.evaluate("() => { b24.auth.refreshAuth().catch(() => {}); }")

    await expect(installed.page.get_by_role("alert")).to_have_text(
        "Unable to get a new token. Reload the page, please."
    )


async def test_pages_are_for_everybody(installed, axe):
    """The pages about applications are accessible to everybody, and not too wide."""
    page = installed.page
    await page.set_viewport_size({"width": 320, "height": 640})
    client_id = installed.application.client_id
    row = PlacementRow("CRM_CONTACT_DETAIL_TAB", f"{installed.handler}/tab", "Tickets")
    installed.application.placements.append(row)
    for one in staff(installed.world):
        notifications.add(installed.world, 0, one.id, f"Hi#BR#[URL=/]{'x' * 90}[/URL]")

    for path in (
        "apps",
        "apps/new",
        f"apps/{client_id}/about",
        f"apps/{client_id}/",
        "contacts/43",
        "contacts/43/tabs/1",
        "notifications",
    ):
        await page.goto(f"{installed.account}/staff/{path}")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert [] == await axe(page), (path, scheme)
        assert await page.evaluate("document.body.scrollWidth <= innerWidth"), path
