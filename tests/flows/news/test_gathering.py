"""Customers who want mail once a day get all of it, together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from desk import until
from examples import letter, message
from living import HURRY

from bitrix24_sandbox.account import tasks
from ticket24.domain.news.gathering import together
from ticket24.domain.tickets.model import TicketRef
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.news.shelf import shelf_of
from ticket24.store.letters.parked import LETTER, Sort


@pytest.fixture
def desk(shared_desk):
    shared_desk.pace = HURRY
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    return await desk.connect()


async def wants(desk, account, pace, hours=20):
    until_ = datetime.now(UTC) + timedelta(hours=hours)
    contact = desk.ticket().contact_ids[0]
    await desk.stores.preferences.choose(account.id, [contact], pace, until_)
    return contact


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


async def another(desk, account, title):
    contact = desk.ticket().contact_ids[0]
    task = tasks.add_task(
        *(desk.world, 2, title),
        responsible_id=3,
        group_id=desk.groups[0],
        contact_ids=(contact,),
        auditors=[1],
    )
    await desk.rested(account)
    return task


async def _inside(desk, ref, words):
    """Whether a look has seen words that are internal now."""
    ticket = await desk.stores.tickets.get(ref)
    return any(m.text == words and not m.public for m in ticket.messages)


async def test_a_day_is_one_mail(desk, account):
    """All that was said in all tickets, once; what ended is told at once."""
    desk.world.skew_seconds = 5
    async with desk.worker():
        contact = await wants(desk, account, "daily")
        one = await another(desk, account, "Toner [b]low")
        other = await another(desk, account, "Paper jam")
        quiet = await another(desk, account, "Lamp")
        await until(lambda: len(desk.mailbox.of_kind("created")) == 3)
        for task, words in (
            *((one, "First answer"), (other, "Other answer"), (one, "Secret")),
            *((quiet, "Nobody hears this"), (one, "Second answer")),
        ):
            said = desk.comment(task, words)
            if words == "Secret":
                secret = said
            await desk.rested(account)
        desk.act(other, "complete")
        await desk.rested(account)
        await until(lambda: desk.mailbox.of_kind("completed"))
        assert [] == desk.mailbox.of_kind("replied") == desk.mailbox.of_kind("digest")
        assert 5 == len(await desk.stores.gathered.all(account.id))

        desk.world.messages[secret.id].text = "// Secret"
        ref = TicketRef(account.id, one.id)
        await desk.stores.due.mark(ref)
        await until(lambda: _inside(desk, ref, "// Secret"))
        await desk.stores.preferences.mute(account.id, [contact], quiet.id, on=True)
        await wants(desk, account, "instant", hours=0)
        await until(lambda: desk.mailbox.of_kind("digest"))
        await desk.rested(account)

        (mail,) = desk.mailbox.of_kind("digest")
        text = text_of(mail)
        assert "2 updates on your tickets" == mail["Subject"]
        for words in ("First answer", "Second answer", "Other answer"):
            assert 1 == text.count(words)
        assert f"Ticket #{one.id}: Toner [b]low" in text
        assert f"/tickets/{other.id}" in text
        assert "Secret" not in text
        assert "Nobody hears this" not in text
        assert "preferences" in text
        assert "Reply-To" not in mail
        assert text.startswith("This email is about several tickets")
        assert [] == await desk.stores.gathered.all(account.id)

        desk.comment(one, "At once again")
        await until(lambda: desk.mailbox.of_kind("replied"))
        assert "At once again" in text_of(desk.mailbox.of_kind("replied")[-1])


async def test_one_letter_alone_is_told_as_ever(desk, account):
    """Under the name that it always had, in its ticket's conversation."""
    desk.world.skew_seconds = 5
    async with desk.worker():
        contact = await wants(desk, account, "hourly")
        task = await another(desk, account, "Toner")
        desk.comment(task, "Only answer")
        await desk.rested(account)
        (waits,) = await desk.stores.gathered.all(account.id)
        await desk.stores.due.mark(TicketRef(account.id, task.id))
        await desk.rested(account)
        assert [waits] == await desk.stores.gathered.letters(account.id, contact)
        await wants(desk, account, "hourly", hours=-1)
        await until(lambda: desk.mailbox.of_kind("replied"))

    (mail,) = desk.mailbox.of_kind("replied")
    assert f"[#{task.id}]" in mail["Subject"]
    assert "Only answer" in text_of(mail)


async def test_staff_read_what_a_refused_digest_said(desk, account):
    """All of it, whichever ticket it was said in."""
    ref = TicketRef(account.id, 51)
    parts = [
        letter(id=f"{n}", ref=replace(ref, task_id=n), messages=(message(text=words),))
        for n, words in ((51, "Paper is on its way"), (52, "Please restart it"))
    ]
    refused = together(parts, None)
    await desk.stores.parked.add(
        *(account.id, Sort.MAIL, refused.id),
        about="",
        why=reason(Cause.MAIL_REFUSED, words="550 5.1.1"),
        content=LETTER.dump_json(refused).decode(),
    )

    (shelved,) = (await shelf_of(account, desk.stores)).shelved

    assert "Paper is on its way\n\nPlease restart it" == shelved.text
