"""The tab on the card of a contact: what staff see there, and what they may do."""

import asyncio
import html
import re
from dataclasses import replace

import pytest
from aiohttp import ClientSession, CookieJar
from contact_tab import (
    CONNECTED,
    PATH,
    SETTINGS,
    TICKET,
    get,
    kept_of,
    news_of,
    password_in,
    said,
)
from desk import until
from examples import MARK, SIGNATURE

from bitrix24_sandbox.account import people, tasks
from ticket24.domain.automation.rulings import Judgement
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.settings.model import FormField, OwnWords, State
from ticket24.domain.tickets.model import TicketRef
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.rule_notes import RuleNote

WHY = (
    RuleNote(
        CONNECTED,
        "opened",
        "opened",
        (
            Judgement("a", "Big ones", deed=RuleDeed("a", 4, add_tags=("vip",))),
            Judgement("b", "", "words"),
        ),
    ),
    RuleNote(CONNECTED, "opened", faster=("responsible",)),
)


async def test_the_tab_shows_the_tickets_of_the_contact(desk, tab, mehmet):
    """Open ones first, closed ones folded, each leads to its task; and why it is so."""
    mine = [t for t in desk.world.tasks.values() if t.contact_ids == [mehmet.id]]
    for note in (*WHY, *WHY):
        ref = TicketRef(desk.account.id, mine[0].id)
        await desk.stores.rule_notes.note(ref, note)
    async with desk.worker():
        await until(
            lambda: desk.stores.redis.hlen(keys.rows(desk.account.id, mehmet.id))
        )
        await desk.quiet(desk.account)
    page = (await tab()).page
    open_, _, closed = page.partition('<details class="closed">')

    assert mine
    for task in mine:
        where = closed if task.status == 5 else open_
        assert html.escape(task.title) in where.replace("&#39;", "&#x27;")
        user = f"{desk.world.address}/company/personal/user/1/tasks/task/view"
        assert f'href="{user}/{task.id}/" target="_top"' in where
    told = said(page)
    assert "When a ticket is created" in told
    assert "Big ones: assignee: #4, tags added: vip" in told
    assert "Unnamed rule: didn’t apply: Words" in told
    assert 1 == told.count("or a robot, was faster: Assignee")


async def test_staff_read_what_a_mail_quoted(desk, tab, mehmet):
    """Their task has the new words alone; the rest is here, of this contact alone."""
    mine = [t for t in desk.world.tasks.values() if t.contact_ids == [mehmet.id]]
    ref = TicketRef(desk.account.id, mine[0].id)
    quoted = "> Please <b>restart</b> it.\n" + "> more\n" * 2_000
    await desk.stores.quoted.keep(ref, MARK, quoted)
    async with desk.worker():
        desk.comment(mine[0], f"{customer_line('Mehmet')}It works.\n{SIGNATURE}", by=1)

        async def seen():
            ticket = await desk.stores.tickets.get(ref)
            return ticket and any("It works." in one.text for one in ticket.messages)

        await until(seen)
    page = (await tab()).page
    other = next(c for c in desk.world.contacts.values() if c.id != mehmet.id)

    assert "Quoted text of emails" in said(page)
    assert "Please &lt;b&gt;restart&lt;/b&gt; it." in page
    assert page.count("more") < 1_000
    assert "Please" not in (await tab(other)).page


async def test_staff_read_the_status_and_what_customers_read(desk, tab, mehmet):
    """Both, if they differ: else nobody knows which of the two is meant."""
    states = (State(stage=74, words=OwnWords("Ready"), completed=True),)
    support = replace(SETTINGS.departments[0], states=states)
    await desk.stores.accounts.update(
        desk.account.id,
        lambda now: now.with_settings(
            replace(now.settings, departments=(support, SETTINGS.departments[1])),
            CONNECTED,
        ),
    )
    mine = [t for t in desk.world.tasks.values() if t.contact_ids == [mehmet.id]]
    task = next(one for one in mine if one.group_id == 7 and one.status == 3)
    async with desk.worker():
        tasks.move_to_stage(desk.world, 2, task.id, 74)
        await desk.quiet(desk.account)
    page = (await tab()).page

    _, _, closed = page.partition('<details class="closed">')
    line = closed.partition(f"/{task.id}/")[2].partition("</li>")[0]
    assert "In progress</span> <small" in line
    assert "Customers see: Ready</small>" in line


async def test_a_contact_never_seen_works_at_once(desk, tab):
    """Somebody without tickets is known as soon as the tab is open."""
    anna = people.add_contact(desk.world, 1, "New", "Here", emails=["new@example.com"])

    frame = await tab(anna)

    assert 200 == frame.status
    assert "No tickets yet" in frame.page
    known = await desk.stores.customers.with_address(desk.account.id, "new@example.com")
    assert [anna.id] == [one.ref.contact_id for one in known]


async def test_a_ticket_is_opened_for_the_customer(desk, tab, mehmet):
    """All of the portal's form arrives in the task; number and promise are told."""
    frame = await tab()
    assert "If you send this now, we’ll reply by " in frame.page
    async with desk.worker():
        await frame.submit("/contact-tab/tickets", **TICKET)
        assert 200 == frame.status
        news = news_of(frame)

        async def told():
            return re.search(
                r"Ticket #(\d+) created\.", said((await get(frame, news))[1])
            )

        number = await until(told)
        await until(lambda: _promised(frame, news))
    task = desk.world.tasks[int(number[1])]
    assert TICKET["subject"] == task.title
    assert ([mehmet.id], 7, 3, 2) == (
        task.contact_ids,
        task.group_id,
        task.responsible_id,
        task.created_by,
    )
    assert {"High", "Bugs", "Europe"} <= set(task.tags)
    assert TICKET["text"] in task.description
    assert "bob@example.com" in task.description
    assert mehmet.full_name in task.description


async def _promised(frame, news):
    return "· Reply by " in said((await get(frame, news))[1])


async def test_fields_of_the_companys_own_are_not_asked_here(desk, tab):
    """Staff need not know what customers must tell."""
    order = FormField("order", label=OwnWords("Order number"), required=True)
    settings = replace(desk.account.settings, fields=(order,))
    await desk.stores.accounts.update(
        desk.account.id, lambda known: known.with_settings(settings, CONNECTED)
    )
    frame = await tab()
    assert "Order number" not in frame.page
    await frame.submit("/contact-tab/tickets", **TICKET)

    assert "Printer is on fire On its way." in said(frame.page)


async def test_without_a_worker_it_is_being_passed_on(tab):
    """The tab says that it is kept, also after a reload of what is known."""
    frame = await tab()
    await frame.submit("/contact-tab/tickets", **TICKET)

    assert "Printer is on fire On its way." in said(frame.page)
    assert "on its way to Bitrix24" in said(frame.page)


async def test_faults_stand_at_the_fields_and_nothing_is_lost(desk, tab):
    """What was typed is still there, and no task was made."""
    frame = await tab()

    await frame.submit(
        "/contact-tab/tickets",
        **(TICKET | {"subject": "", "cc": "not an address", "department": ""}),
    )

    assert 422 == frame.status
    assert "Enter a subject" in said(frame.page)
    assert "We can’t send to “not an address”" in said(frame.page)
    assert "Choose a department" in said(frame.page)
    assert TICKET["text"] in frame.page
    assert '<details class="opening" open>' in frame.page
    assert [] == await desk.stores.redis.keys("*:draft:*")


async def test_the_customers_own_draft_stays(desk, tab, mehmet):
    """What the customer has not sent is neither shown nor removed."""
    draft = keys.draft(desk.account.id, mehmet.id, "new")
    await desk.stores.redis.set(draft, '{"fields": {"text": "My secret draft"}}')

    frame = await tab()
    await frame.submit("/contact-tab/tickets", **TICKET)

    assert "My secret draft" not in frame.page
    assert await desk.stores.redis.exists(draft)


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
