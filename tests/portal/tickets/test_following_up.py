"""A reply long after the end becomes a ticket that is linked with the old one."""

from contextlib import asynccontextmanager
from datetime import timedelta

from aiohttp import ClientSession, DummyCookieJar
from desk import FULL_SETTINGS, until
from formfilling import hidden_fields

from ticket24.domain.tickets.descriptions import parse_bbcode
from ticket24.domain.tickets.model import TicketRef
from ticket24.store.sign_in.sessions import RedisSessions


@asynccontextmanager
async def signed_in(desk, account, task):
    contact = task.contact_ids[0]
    cookie = await RedisSessions(desk.stores.redis).start(
        account.id, [contact], "anna@example.com", "Anna"
    )
    headers = {"Cookie": f"ticket24_session={cookie}"}
    async with ClientSession(headers=headers, cookie_jar=DummyCookieJar()) as browser:
        yield browser


ENDING = f"{FULL_SETTINGS}\n[ends]\nreopen_within = 7\n"


async def test_a_late_reply_becomes_a_ticket(shared_desk):
    """Once, with files and all; both sides are linked, for customers and for staff."""
    desk = shared_desk
    account = await desk.connect(settings=ENDING)
    task = desk.ticket()
    task.tags = ["Bugs", "escalated"]
    async with desk.worker(), signed_in(desk, account, task) as browser:
        desk.act(task, "complete")
        task.closed_at -= timedelta(days=8)
        await desk.stores.due.mark(TicketRef(account.id, task.id))
        await desk.rested(account)
        address = desk.portal(f"tickets/{task.id}")
        async with browser.get(address) as answer:
            page = await answer.text()
        assert "Your reply becomes a new ticket" in page
        fields = hidden_fields(page)
        fields["text"] = "It is [b]back[/b]."
        before = set(desk.world.tasks)
        shown = []
        for _ in range(2):
            async with browser.post(f"{address}/replies", data=fields) as answer:
                shown.append((answer.url.path, await answer.text()))
        await desk.rested(account)

        (number,) = set(desk.world.tasks) - before
        new = desk.world.tasks[number]
        assert f"Follow-up: {task.title}" == new.title
        assert ["Bugs"] == new.tags
        assert (task.group_id, task.crm) == (new.group_id, new.crm)
        assert f"/tasks/task/view/{task.id}/]Continues ticket {task.id}[/URL]" in (
            new.description
        )
        opened = parse_bbcode(new.description)
        assert ("It is [b]back[/b].", task.id) == (
            opened.text.replace("\u2060", ""),
            opened.follows,
        )
        said = [
            *(
                m.text
                for m in desk.world.messages.values()
                if m.chat_id == task.chat_id
            ),
            *(c.text for c in desk.world.comments.values() if c.task_id == task.id),
        ]
        (inside,) = [one for one in said if f"is ticket {number}." in one]
        assert inside.startswith("// ")
        assert f"/tasks/task/view/{number}/]" in inside
        async with browser.get(address) as answer:
            old = await answer.text()
        assert f'Continues in ticket <a href="/p/acme/tickets/{number}">' in old
        assert f"is ticket {number}." not in old
        async with browser.get(desk.portal(f"tickets/{number}")) as answer:
            fresh = await answer.text()
        assert f'Continues ticket <a href="/p/acme/tickets/{task.id}">' in fresh
        assert "Completed" == task.status.name.title()
        await until(lambda: desk.mailbox.of_kind("created"))
        (mail,) = desk.mailbox.of_kind("created")
        text = mail.get_body(("plain",)).get_content()
        assert f"It continues ticket #{task.id}." in text
        assert {shown[0][0]} == {path for path, _ in shown}
