"""The staff pages, as a person at a browser meets them."""

import asyncio
import re
from dataclasses import dataclass, field

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient

from ticket24.sandbox import people, reading, talk, tasks
from ticket24.sandbox.app import SENDER, create_app
from ticket24.sandbox.pages_bbcode import to_html
from ticket24.sandbox.records import Status
from ticket24.sandbox.sample import INTEGRATION_USER, sample_world
from ticket24.sandbox.switches import Faults
from ticket24.sandbox.world import PASSWORD_FIELD, World

HANNAH, TOMAS, OLGA = 2, 3, 4
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
CHAT_TITLE = "Import stops at row 512"
FORUM_TITLE = "Training for new employees"
FORMS = [
    "tasks/79/comments",
    "tasks/79/start",
    "tasks/79/change",
    "tasks/79/migrate",
    "tasks/79/messages/chat/3100/edit",
    "tasks/79/messages/chat/3100/delete",
    "tasks/new",
    "contacts/43",
    "contacts/new",
    "faults",
    "acting",
]
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@dataclass
class Subscriber:
    """Someone to whom the account sends its events."""

    url: str = ""
    status: int = 200
    events: list[dict[str, str]] = field(default_factory=list)

    async def hear(self, request: web.Request) -> web.Response:
        self.events.append({k: str(v) for k, v in (await request.post()).items()})
        return web.Response(status=self.status)


class Browser:
    """A person's browser: opens pages and sends their forms."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    async def open(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        text = await answer.text()
        assert status == answer.status, text
        return text

    async def token(self) -> str:
        found = TOKEN.search(await self.open("/staff/"))
        assert found
        return found[1]

    async def send(
        self, path: str, fields: dict[str, str], status: int = 200
    ) -> tuple[str, str]:
        """Send a form; return where it leads and what stands there."""
        form = {"csrf": await self.token(), **fields}
        answer = await self.client.post(path, data=form)
        text = await answer.text()
        assert status == answer.status, text
        return answer.url.path, text

    async def act_as(self, user_id: int) -> None:
        await self.send("/staff/acting", {"user": str(user_id), "back": "/staff/"})

    async def events_out(self) -> None:
        assert self.client.app
        await self.client.app[SENDER].idle()


@pytest.fixture
def world() -> World:
    made = sample_world()
    made.faults = Faults(delay_min=0.0, delay_max=0.0)
    return made


@pytest.fixture
async def browser(world, aiohttp_client) -> Browser:
    return Browser(await aiohttp_client(create_app(world)))


@pytest.fixture
async def subscriber(world, aiohttp_server) -> Subscriber:
    made = Subscriber()
    app = web.Application()
    app.router.add_post("/", made.hear)
    server = await aiohttp_server(app)
    made.url = str(server.make_url("/"))
    world.add_outgoing(made.url, "secret")
    return made


def titled(world: World, title: str) -> int:
    """Return the number of the task with a title."""
    return next(task.id for task in world.tasks.values() if task.title == title)


def last_said(world: World, task_id: int) -> reading.Entry:
    """Return the last entry of a task's conversation."""
    return reading.conversation(world, world.tasks[task_id])[-1]


@pytest.mark.parametrize(
    ("title", "card"), [(CHAT_TITLE, "chat"), (FORUM_TITLE, "forum")]
)
async def test_comment_stands_in_the_conversation_and_raises_its_event(
    world, browser, subscriber, title, card
):
    """A comment written in the page is shown there and told to subscribers."""
    await browser.act_as(OLGA)
    number = titled(world, title)

    _, page = await browser.send(
        f"/staff/tasks/{number}/comments", {"text": "Seats are [B]booked[/B]."}
    )

    assert "Seats are <strong>booked</strong>." in page
    entry = last_said(world, number)
    assert (card, OLGA, "Olga Petrova") == (entry.source, entry.author_id, entry.author)
    await browser.events_out()
    heard = [e for e in subscriber.events if e["event"] == "ONTASKCOMMENTADD"]
    assert [str(number)] == [e["data[FIELDS_AFTER][TASK_ID]"] for e in heard]
    told = "MESSAGE_ID" if card == "chat" else "ID"
    assert str(entry.id) == heard[0][f"data[FIELDS_AFTER][{told}]"]


async def test_comment_carries_its_files(world, browser):
    """A file chosen with a comment can be downloaded, and only downloaded."""
    number = titled(world, CHAT_TITLE)
    form = FormData({"csrf": await browser.token()}, quote_fields=False)
    form.add_field("files", b"<b>a</b>", filename='we"ird ü.html')

    answer = await browser.client.post(f"/staff/tasks/{number}/comments", data=form)
    file = last_said(world, number).files[0]
    download = await browser.client.get(f"/staff/tasks/{number}/files/{file.id}")

    assert 200 == answer.status
    assert b"<b>a</b>" == await download.read()
    assert "application/octet-stream" == download.content_type
    assert (
        "attachment; filename*=UTF-8''we%22ird%20%C3%BC.html"
        == (download.headers["Content-Disposition"])
    )


async def test_file_is_kept_from_who_may_not_see_its_task(world, browser):
    """A file is refused to someone who may not read the task."""
    number = titled(world, "Quote for 25 more seats")
    file = next(
        entry.files[0]
        for entry in reading.conversation(world, world.tasks[number])
        if entry.files
    )

    page = await browser.open(f"/staff/tasks/{number}/files/{file.id}", status=409)

    assert "Bitrix24 refuses this: Task not found or access denied." in page


async def test_file_of_another_task_is_not_found(world, browser):
    """A file is handed out only under the task it hangs on."""
    file = next(iter(world.files))
    number = titled(world, "Screen reader skips the menu")

    await browser.open(f"/staff/tasks/{number}/files/{file}", status=404)


async def test_empty_comment_is_refused(world, browser):
    """A comment without text and files is not sent, and the page says so."""
    number = titled(world, CHAT_TITLE)
    before = last_said(world, number)

    _, page = await browser.send(
        f"/staff/tasks/{number}/comments", {"text": "  \n"}, status=409
    )

    assert "The message was not sent: It is empty." in page
    assert before == last_said(world, number)


async def test_buttons_move_the_task(world, browser):
    """Start, complete and renew move the task, and the card offers what is next."""
    number = titled(world, CHAT_TITLE)
    seen = []

    for action in ("start", "complete", "renew"):
        where, page = await browser.send(f"/staff/tasks/{number}/{action}", {})
        offered = re.findall(rf'action="/staff/tasks/{number}/([a-z]+)"', page)
        seen.append((where, world.tasks[number].status, offered[:3]))

    card = f"/staff/tasks/{number}"
    assert [
        (card, Status.IN_PROGRESS, ["pause", "complete", "comments"]),
        (card, Status.COMPLETED, ["renew", "comments", "change"]),
        (card, Status.PENDING, ["start", "complete", "defer"]),
    ] == seen


async def test_refused_action_says_why(world, browser):
    """An action that the task's status forbids is answered with one sentence."""
    number = titled(world, "How do I add a colleague?")

    _, page = await browser.send(f"/staff/tasks/{number}/start", {}, status=409)

    assert (
        "Hannah Vogel cannot start this task while it is completed:"
        " Action on the task is not allowed."
    ) in page
    assert Status.COMPLETED == world.tasks[number].status


async def test_task_out_of_sight_names_who_may_see_it(world, browser):
    """A task one may not read shows nothing of itself but who may read it."""
    number = titled(world, FORUM_TITLE)

    page = await browser.open(f"/staff/tasks/{number}", status=403)

    assert f"Hannah Vogel may not see task {number}." in page
    assert "Act as Olga Petrova" in page
    assert FORUM_TITLE not in page


@pytest.mark.parametrize("title", [CHAT_TITLE, FORUM_TITLE])
async def test_own_message_can_be_edited_and_deleted(world, browser, title):
    """One's own message can be changed and taken back on both cards."""
    await browser.act_as(OLGA)
    number = titled(world, title)
    await browser.send(f"/staff/tasks/{number}/comments", {"text": "Frist"})
    entry = last_said(world, number)
    address = f"/staff/tasks/{number}/messages/{entry.source}/{entry.id}"

    _, edited = await browser.send(f"{address}/edit", {"text": "First"})
    _, deleted = await browser.send(f"{address}/delete", {})

    assert '<div class="text">First</div>' in edited
    assert "First" not in deleted


async def test_message_of_someone_else_cannot_be_edited(world, browser):
    """A message of someone else has no form, and a forged one is refused."""
    number = titled(world, CHAT_TITLE)
    written = talk.add_comment(world, TOMAS, number, "Mine")
    address = f"/staff/tasks/{number}/messages/chat/{written.id}/edit"

    card = await browser.open(f"/staff/tasks/{number}")
    _, page = await browser.send(address, {"text": "Yours"}, status=409)

    assert address not in card
    assert "Hannah Vogel cannot edit this message:" in page
    assert "Mine" == last_said(world, number).text


async def test_remarks_of_bitrix24_stand_apart(world, browser):
    """What Bitrix24 says itself is marked as a remark and cannot be edited."""
    number = titled(world, CHAT_TITLE)
    tasks.start(world, HANNAH, number)
    remark = last_said(world, number)

    page = await browser.open(f"/staff/tasks/{number}/conversation")

    assert f'<li class="remark" id="chat-{remark.id}">' in page
    assert f"/messages/chat/{remark.id}/" not in page
    assert "<html" not in page


async def test_hostile_text_is_harmless(world, browser):
    """Markup in titles, names, tags, comments and file names is shown as text."""
    contact = people.add_contact(
        world, 1, HOSTILE, emails=[f"{HOSTILE}@example.com"], password=HOSTILE
    )
    world.users[HANNAH].last_name = HOSTILE
    world.workgroups[7].name = HOSTILE
    task = tasks.add_task(
        world,
        HANNAH,
        HOSTILE,
        description=f"[URL=javascript:alert(1)]x[/URL]{HOSTILE}",
        responsible_id=HANNAH,
        group_id=7,
        contact_ids=(contact.id,),
        tags=[HOSTILE],
    )
    talk.add_comment(
        world, HANNAH, task.id, f"[B]{HOSTILE}[/B][USER=2]{HOSTILE}[/USER]"
    )
    pages = [
        "/staff/",
        f"/staff/tasks/{task.id}",
        f"/staff/tasks/new?title={HOSTILE}",
        "/staff/contacts",
        f"/staff/contacts/{contact.id}",
        "/staff/events",
        f"/staff/?q={HOSTILE}",
    ]

    shown = "".join([await browser.open(page) for page in pages])

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


@pytest.mark.parametrize("path", FORMS)
async def test_post_without_token_is_refused(world, browser, path):
    """A form that no page of the sandbox handed out changes nothing."""
    form = {"text": "x", "title": "x", "name": "x", "user": "3", "csrf": "guessed"}

    answer = await browser.client.post(f"/staff/{path}", data=form)

    assert 403 == answer.status
    assert "This form did not come from a page of this sandbox" in await answer.text()
    assert [] == world.log


async def test_no_form_is_left_unguarded(browser):
    """The forms that the test above tries are all there are."""
    routes = [
        route
        for route in browser.client.app.router.routes()
        if route.method == "POST" and route.resource.canonical.startswith("/staff/")
    ]

    assert len(FORMS) == len(routes)


async def test_contact_is_saved(world, browser):
    """A changed contact is saved; addresses that stay keep id and spelling."""
    contact = next(c for c in world.contacts.values() if c.name == "Chloé")
    kept = contact.emails[0]
    typed = {
        "name": "Chloe",
        "last_name": "Martin-Roux",
        "emails": "chloe.martin@example.com\r\nnew@example.com\r\n",
        "password": "secret-2",
    }

    where, page = await browser.send(f"/staff/contacts/{contact.id}", typed)

    assert f"/staff/contacts/{contact.id}" == where
    assert "Saved." in page
    assert "Chloe Martin-Roux" == contact.full_name
    assert kept is contact.emails[0]
    assert [" chloe.martin@example.com ", "new@example.com"] == [
        email.value for email in contact.emails
    ]
    assert "secret-2" == contact.custom[PASSWORD_FIELD]
    assert ["ONCRMCONTACTUPDATE"] == [event.name for event in world.log]


async def test_contact_with_bad_address_keeps_what_was_typed(world, browser):
    """A contact that cannot be saved says why and loses nothing that was typed."""
    typed = {"name": "Changed", "last_name": "", "emails": "nonsense", "password": "p"}

    _, page = await browser.send("/staff/contacts/43", typed, status=409)

    assert "The contact was not saved: nonsense is not an e-mail address." in page
    assert 'value="Changed"' in page
    assert "Jörg" == world.contacts[43].name


async def test_new_contact_can_sign_in(world, browser):
    """A contact made in the page has its address and its password."""
    typed = {
        "name": "Eva",
        "last_name": "Novak",
        "emails": "eva@example.com",
        "password": "pass-1",
    }

    where, _ = await browser.send("/staff/contacts/new", typed)

    contact = world.contacts[max(world.contacts)]
    assert f"/staff/contacts/{contact.id}" == where
    assert "eva@example.com" == contact.emails[0].value
    assert "pass-1" == contact.custom[PASSWORD_FIELD]


async def test_new_task_is_bound_to_its_contact(world, browser):
    """A task made in the page has its contact, workgroup, tags and responsible."""
    typed = {
        "title": "Call back",
        "description": "About the offer",
        "contact": "44",
        "group": "7",
        "responsible": str(TOMAS),
        "tags": "sales,  very urgent ,sales",
    }

    where, page = await browser.send("/staff/tasks/new", typed)

    task = world.tasks[max(world.tasks)]
    assert f"/staff/tasks/{task.id}" == where
    assert "Call back" in page
    assert [44] == task.contact_ids
    assert (7, TOMAS, HANNAH) == (task.group_id, task.responsible_id, task.created_by)
    assert ["sales", "very urgent"] == task.tags


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"title": " "}, "Task title is not specified."),
        ({"group": "12"}, "Choose a workgroup that Hannah Vogel belongs to."),
        ({"responsible": "99"}, "Choose who is responsible."),
    ],
)
async def test_new_task_that_makes_no_sense_is_refused(world, browser, changed, why):
    """A task that cannot be made says why and keeps what was typed."""
    typed = {"title": "T", "description": "Kept", "group": "7", "responsible": "2"}

    _, page = await browser.send("/staff/tasks/new", typed | changed, status=409)

    assert f"The task was not created: {why}" in page
    assert "Kept</textarea>" in page
    assert [] == world.log


async def test_task_is_changed(world, browser):
    """Title, responsible person, contact and tags of a task can be changed."""
    number = titled(world, CHAT_TITLE)
    typed = {"title": "New", "responsible": "3", "contact": "44", "tags": "a, b"}

    await browser.send(f"/staff/tasks/{number}/change", typed)

    task = world.tasks[number]
    assert ("New", 3, [44], ["a", "b"]) == (
        task.title,
        task.responsible_id,
        task.contact_ids,
        task.tags,
    )


async def test_old_card_becomes_a_new_one(world, browser):
    """An old card can be turned into a new one, and comments go to its chat then."""
    await browser.act_as(OLGA)
    number = titled(world, FORUM_TITLE)

    await browser.send(f"/staff/tasks/{number}/migrate", {})
    await browser.send(f"/staff/tasks/{number}/comments", {"text": "In the chat"})

    entry = last_said(world, number)
    assert ("chat", "In the chat") == (entry.source, entry.text)


async def test_first_visitor_is_staff(browser):
    """Whoever has not chosen acts as staff, not as the integration user."""
    page = await browser.open("/staff/")

    selected = re.search(r'<option value="(\d+)" selected>', page)
    assert selected
    assert str(INTEGRATION_USER) != selected[1]


async def test_chosen_staff_is_remembered(browser):
    """Whoever one has chosen to be, one stays on the next page."""
    await browser.act_as(OLGA)

    page = await browser.open("/staff/contacts")

    assert f'<option value="{OLGA}" selected>' in page


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/rest/1/x", ""]
)
async def test_choosing_staff_leads_nowhere_else(browser, back):
    """The form that chooses who one is leads only to staff pages."""
    form = {"csrf": await browser.token(), "user": str(OLGA), "back": back}

    answer = await browser.client.post(
        "/staff/acting", data=form, allow_redirects=False
    )

    assert "/staff/" == answer.headers["Location"]


async def test_list_counts_and_filters(world, browser):
    """The list shows tasks by workgroup, open or closed, and finds by contact."""
    mine = tasks.visible(world, HANNAH)
    closed = [task for task in mine if task.status == Status.COMPLETED]

    opened = await browser.open("/staff/")
    done = await browser.open("/staff/?show=closed")
    found = await browser.open("/staff/?show=all&q=zo%C3%AB")

    assert f"Open <b>{len(mine) - len(closed)}</b>" in opened
    assert f"Closed <b>{len(closed)}</b>" in opened
    assert f"{len(world.tasks) - len(mine)} more tasks are hidden" in opened
    assert CHAT_TITLE in opened
    assert CHAT_TITLE not in done
    assert "E-mails arrive twice" in found
    assert "Interface in Polish?" not in found


@pytest.mark.parametrize(
    ("status", "faults", "outcome"),
    [
        (200, {}, "Delivered (200)"),
        (500, {}, "Refused (500)"),
        (200, {"event_drop": 1.0}, "Lost on purpose"),
    ],
)
async def test_event_is_listed_with_its_outcome(
    world, browser, subscriber, status, faults, outcome
):
    """The list of events says what became of each."""
    subscriber.status = status
    world.faults = Faults(delay_min=0.0, delay_max=0.0, **faults)
    tasks.start(world, HANNAH, titled(world, CHAT_TITLE))
    await browser.events_out()

    page = await browser.open("/staff/events")

    outcomes = re.findall(r'<span class="badge[^"]*">([^<]+)</span>', page)
    assert [outcome, outcome] == outcomes


async def test_event_that_reaches_nobody_is_listed(world, browser):
    """An event whose subscriber is gone, or that nobody wants, says so."""
    world.add_outgoing("http://127.0.0.1:9/", "secret", ["ONTASKUPDATE"])
    tasks.start(world, HANNAH, titled(world, CHAT_TITLE))
    await browser.events_out()

    page = await browser.open("/staff/events")

    outcomes = re.findall(r'<span class="badge[^"]*">([^<]+)</span>', page)
    assert ["Nobody asked for it", "Not reachable"] == outcomes


async def test_outcomes_of_events_at_once_are_told_apart(world, browser, subscriber):
    """Deliveries that run at the same time are each noted with their own event."""
    world.faults = Faults(delay_min=0.0, delay_max=0.05, event_double=1.0)
    number = titled(world, CHAT_TITLE)
    talk.add_comment(world, HANNAH, number, "a")
    world.faults = Faults(delay_min=0.0, delay_max=0.05)
    await asyncio.gather(
        browser.open("/staff/"), browser.send("/staff/contacts/43", {"name": "J"})
    )
    await browser.events_out()

    page = await browser.open("/staff/events")

    rows = page.split("<tr>")[2:]
    assert [("Contact changed", 1), ("Message added", 2)] == [
        (re.findall(r'class="main">([^<]+)<', row)[0], row.count("Delivered (200)"))
        for row in rows
        if "ONTASKUPDATE" not in row
    ]


async def test_faults_are_set_and_mended(world, browser):
    """Faults chosen in the page apply, are announced everywhere, and can be undone."""
    typed = {
        "event_drop": "0.3",
        "event_double": "nan",
        "delay_min": "2",
        "delay_max": "1",
        "rest": "maintenance",
        "rest_rate": "7",
        "slow_seconds": "1,5",
    }

    await browser.send("/staff/faults", typed)
    announced = "Something goes wrong on purpose" in await browser.open("/staff/")
    broken = world.faults
    await browser.send("/staff/faults", {"mend": "1"})

    assert announced
    assert broken == Faults(
        event_drop=0.3,
        delay_min=2.0,
        delay_max=2.0,
        rest="maintenance",
        rest_rate=1.0,
        slow_seconds=1.5,
    )
    assert Faults() == world.faults


async def test_unknown_rest_fault_is_ignored(world, browser):
    """A fault that the sandbox does not know leaves REST as it was."""
    await browser.send("/staff/faults", {"rest": "explode"})

    assert not world.faults.rest


@pytest.mark.parametrize("path", ["/", "/staff"])
async def test_front_door_leads_to_the_staff(browser, path):
    """Whoever opens the sandbox's address comes to the list of tasks."""
    answer = await browser.client.get(path)

    assert "/staff/" == answer.url.path
    assert "you are the staff" in await answer.text()


@pytest.mark.parametrize(
    "path", ["", "tasks/new", "tasks/79", "contacts", "contacts/43", "events"]
)
async def test_pages_ask_nobody_else(browser, path):
    """A page loads only what the sandbox serves, and its policy says so."""
    answer = await browser.client.get(f"/staff/{path}")
    parts = re.findall(r'(?:src|href|action)="([^"]*)"', await answer.text())

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert [] == [part for part in parts if not part.startswith(("/staff/", "#", "?"))]
    for part in (part for part in parts if "/static/" in part):
        assert 200 == (await browser.client.get(part)).status


async def test_account_without_staff_says_so(aiohttp_client):
    """An empty account shows a sentence and no error."""
    client = await aiohttp_client(create_app(World()))

    answer = await client.get("/staff/")

    assert 409 == answer.status
    assert "This account has no active staff." in await answer.text()


@pytest.mark.parametrize("path", ["tasks/999999", "contacts/999999", "nowhere"])
async def test_what_is_not_there_is_not_found(browser, path):
    """An address without a page is answered with a page that says so."""
    page = await browser.open(f"/staff/{path}", status=404)

    assert "There is no" in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[B]a[/B] [i]b[/I] [U]c[/U] [S]d[/S]",
         "<strong>a</strong> <em>b</em> <u>c</u> <s>d</s>"),
        ("[URL=https://x.example/?a=1&b=2]go[/URL]",
         '<a href="https://x.example/?a=1&amp;b=2" rel="noreferrer">go</a>'),
        ("[URL]http://x.example/[/URL]",
         '<a href="http://x.example/" rel="noreferrer">http://x.example/</a>'),
        ("[URL=javascript:alert(1)]x[/URL]", "[URL=javascript:alert(1)]x[/URL]"),
        ('[URL=https://x" onclick="y]x[/URL]',
         "[URL=https://x&#34; onclick=&#34;y]x[/URL]"),
        ("[USER=3]<Tom>[/USER]", '<span class="mention">&lt;Tom&gt;</span>'),
        ("[QUOTE]\nq[/QUOTE]\na", "<blockquote>q</blockquote>a"),
        ("[CODE]\n[B]x[/B]\n[/CODE]\na", "<pre><code>[B]x[/B]</code></pre>a"),
        ("a\n[LIST]\n[*]b\n[*]c[/LIST]\nd", "a\n• b\n• c\nd"),
        ("a[LIST][*]b[/LIST]c", "a\n• b\nc"),
        ("[B]open [I]x[/B] [/I] [*] [CODE] [IMG]y[/IMG]",
         "<strong>open [I]x</strong> [/I] [*] [CODE] [IMG]y[/IMG]"),
        ("a\r\nb <br> &amp;", "a\nb &lt;br&gt; &amp;amp;"),
    ],
)  # fmt: skip
def test_bbcode_is_shown_and_the_rest_stays_text(text, shown):
    """Known tags are shown, everything else stands as it was written."""
    assert shown == str(to_html(text))


def test_bbcode_of_any_length_is_quick():
    """A text full of tags that never close takes no time worth noticing."""
    text = "[CODE][LIST][*][QUOTE][B]" * 800

    assert str(to_html(text)).startswith("[CODE][LIST]")
