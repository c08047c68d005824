"""The tab on the card of a contact: what staff see there, and what they may do."""

import html
import re
from dataclasses import replace

from contact_tab import CONNECTED, SETTINGS, TICKET, get, news_of, said
from desk import until
from examples import MARK, SIGNATURE

from bitrix24_sandbox.account import people, tasks
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.domain.automation.rulings import Judgement
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.settings.model import FormField, OwnWords, State
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.tickets.rule_notes import RuleNote

DEED = RuleDeed("a", 4, add_tags=("vip",), observers=(5, 999), stage_id=72)
WHY = (
    RuleNote(
        CONNECTED,
        "opened",
        "opened",
        (
            Judgement("a", "Big ones", deed=DEED),
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
    asked = desk.sandbox.app[SERVER].stats.methods
    before = asked["user.get"] + asked["task.stages.get"]
    page = (await tab()).page
    once = asked["user.get"] + asked["task.stages.get"] - before
    again = (await tab()).page
    open_, _, closed = page.partition('<details class="closed">')

    assert mine
    for task in mine:
        where = closed if task.status == 5 else open_
        assert html.escape(task.title) in where.replace("&#39;", "&#x27;")
        user = f"{desk.world.address}/company/personal/user/1/tasks/task/view"
        assert f'href="{user}/{task.id}/" target="_top"' in where
    told, stage = said(page), desk.world.workgroups[7].stages[1]
    assert "When a ticket is created" in told
    assert "Big ones: assignee: Olga Petrova, tags added: vip, observers: " in told
    assert f"{desk.world.users[5].full_name}, #999, card: {stage.title}" in told
    assert "Olga Petrova" in said(again)
    assert once
    assert (before + once) == asked["user.get"] + asked["task.stages.get"]
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
