"""Managers who want it hear of all tickets of their company, as long as they are it."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from desk import until
from firm import SHARING, Firm
from living import HURRY
from orders import Customer

from bitrix24_sandbox.account import companies, people, tasks
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.rest.catalogue import CLASSIC
from ticket24.domain.customers.company_view import CompanyRole
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys

DAY = timedelta(days=1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def firm(shared_desk):
    shared_desk.pace = HURRY
    account = await shared_desk.connect(settings=SHARING)
    shared_desk.world.skew_seconds = 5
    return await Firm(shared_desk, account).roles()


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


async def test_who_wants_it_hears_what_the_owner_hears(firm):
    """The same news, whose ticket it is, and a way out that works; nobody else does."""
    async with firm.desk.worker():
        task = await firm.opened()
        await until(lambda: firm.told(firm.boss, task, "created"))
        firm.desk.comment(task, "// Keep it among us")
        firm.desk.comment(task, "We are coming")
        await until(lambda: firm.told(firm.boss, task, "replied"))
        firm.desk.act(task, "complete")
        await until(lambda: firm.told(firm.boss, task, "completed"))
        await firm.all_said()

    assert [] == firm.got(firm.other)
    assert 3 == len(firm.got(firm.owner)) == len(firm.got(firm.boss))
    name = firm.world.contacts[firm.owner].full_name
    for mail in firm.got(firm.boss):
        text = text_of(mail)
        assert f"From: {name}" in text
        assert "because you chose to get emails about all tickets of" in text
        assert f"/tickets/{task.id}" in text
        assert "among us" not in mail.as_string()
        assert "Reply-To" not in mail
        leave = mail["List-Unsubscribe"].strip("<>")
        assert "List-Unsubscribe=One-Click" == mail["List-Unsubscribe-Post"]
        assert leave in text
        assert "/rate/" not in text
    assert "unfollow" not in "".join(map(str, firm.got(firm.owner)))

    # One click of a mail program, without a cookie.
    form = {"List-Unsubscribe": "One-Click"}
    for path, status in ((leave[:-1] + "~", 404), (leave, 200)):
        async with firm.desk.http.post(path, data=form) as answer:
            assert status == answer.status
    assert set() == await firm.desk.stores.preferences.watchers(firm.account.id)
    async with firm.desk.http.get(leave) as answer:
        assert "You get no emails about tickets of others" in await answer.text()
    before = len(firm.got(firm.boss))
    async with firm.desk.worker():
        firm.desk.comment(task, "One more thing")
        await until(lambda: len(firm.told(firm.owner, task, "replied")) == 2)
        await firm.all_said()
    assert before == len(firm.got(firm.boss))


@pytest.mark.parametrize("what", ["unlinked", "role", "deleted", "merged", "off"])
async def test_a_role_that_has_ended_ends_the_mails(firm, what):
    """Also for what waits already; what the owner gets is the same."""
    async with firm.desk.worker():
        task = await firm.opened()
        await until(lambda: firm.told(firm.boss, task, "created"))
        stores, account = firm.desk.stores, firm.account
        match what:
            case "unlinked":
                companies.unlink(firm.world, 1, firm.boss, firm.works)
            case "role":
                choose = stores.companies.choose
                await choose(account.id, firm.boss, CompanyRole.COLLEAGUE)
            case "deleted":
                companies.delete_company(firm.world, 1, firm.works)
            case "merged":
                people.merge_contacts(firm.world, 1, firm.other, [firm.boss])
                await firm.desk.rested(account)
            case "off":
                await stores.preferences.watch(account.id, [firm.boss], on=False)
        await firm.forgotten()
        firm.desk.comment(task, "We are coming")
        await until(lambda: firm.told(firm.owner, task, "replied"))
        await firm.all_said()

    assert [] == firm.told(firm.boss, task, "replied")


async def test_what_is_private_is_told_to_no_manager(firm):
    """A ticket that is made private stops at once; one sent as private never starts."""
    stores, account = firm.desk.stores, firm.account
    async with firm.desk.worker():
        task = await firm.opened()
        await until(lambda: firm.told(firm.boss, task, "created"))
        await stores.companies.make_private(
            account.id, task.id, [firm.owner], private=True
        )
        firm.desk.comment(task, "We are coming")
        await until(lambda: firm.told(firm.owner, task, "replied"))
        await firm.all_said()
        customer = Customer(firm.desk, account, firm.owner)
        done = await customer.done(customer.opening(private=True))
        sent = firm.world.tasks[done.task_id]
        await until(lambda: firm.told(firm.owner, sent, "created"))
        await firm.all_said()

    assert ["created"] == [m["X-Ticket24-Kind"] for m in firm.got(firm.boss)]


async def test_what_continues_a_private_ticket_is_private(firm):
    """An answer after the end makes it, and has no box to tick."""
    stores, account = firm.desk.stores, firm.account
    async with firm.desk.worker():
        task = await firm.opened()
        await stores.companies.make_private(
            account.id, task.id, [firm.owner], private=True
        )
        customer = Customer(firm.desk, account, firm.owner)
        done = await customer.done(customer.opening(follows=task.id))
        sent = firm.world.tasks[done.task_id]
        await until(lambda: firm.told(firm.owner, sent, "created"))
        await firm.all_said()

    both = [task.id, done.task_id]
    assert {*both} == await stores.companies.private(account.id, both)
    assert [] == firm.told(firm.boss, sent, "created")


async def test_what_staff_copy_of_a_private_ticket_is_private(firm):
    """However long after: the task that a private ticket is has the same words."""
    stores, account = firm.desk.stores, firm.account
    async with firm.desk.worker():
        customer = Customer(firm.desk, account, firm.owner)
        done = await customer.done(customer.opening())
        task = firm.world.tasks[done.task_id]
        await until(lambda: firm.told(firm.boss, task, "created"))
        await stores.companies.make_private(
            account.id, task.id, [firm.owner], private=True
        )
        # Ten minutes later nothing is known of how it was sent.
        await stores.redis.delete(keys.asked(account.id, firm.owner))
        copy = tasks.add_task(
            firm.world,
            2,
            f"Copy of {task.title}",
            responsible_id=task.responsible_id,
            description=task.description,
            group_id=task.group_id,
            contact_ids=task.contact_ids,
        )
        await until(lambda: stores.tickets.get(TicketRef(account.id, copy.id)))
        await firm.all_said()

    both = [task.id, copy.id]
    assert {*both} == await stores.companies.private(account.id, both)
    assert [] == firm.told(firm.boss, copy, "created")


async def test_while_bitrix24_does_not_say_who_is_what_mails_to_managers_wait(
    firm, monkeypatch
):
    """Those to owners go; afterwards all arrive, once each."""
    desk = firm.desk
    of_company = CLASSIC["crm.contact.company.items.get"]

    def busy(_call):
        raise Refused("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)

    async with desk.worker():
        task = await firm.opened()
        await until(lambda: firm.told(firm.boss, task, "created"))
        await firm.forgotten()
        monkeypatch.setitem(CLASSIC, of_company.name, replace(of_company, run=busy))
        desk.comment(task, "We are coming")
        await until(lambda: firm.told(firm.owner, task, "replied"))
        assert [] == firm.told(firm.boss, task, "replied")
        monkeypatch.undo()
        await until(lambda: firm.told(firm.boss, task, "replied"))
        await firm.all_said()

    assert 1 == len(firm.told(firm.boss, task, "replied"))


async def test_nobody_waits_for_what_is_unknown_of_another_manager(firm, monkeypatch):
    """Each is told as soon as Bitrix24 says what they are, and once."""
    desk = firm.desk
    of_company = CLASSIC["crm.contact.company.items.get"]

    def busy(call):
        if int(call.get("id")) == firm.other:
            raise Refused("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)
        return of_company.run(call)

    await desk.stores.preferences.watch(firm.account.id, [firm.other], on=True)
    monkeypatch.setitem(CLASSIC, of_company.name, replace(of_company, run=busy))
    async with desk.worker():
        task = await firm.opened()
        await until(lambda: firm.told(firm.boss, task, "created"))
        assert [] == firm.told(firm.other, task, "created")
        monkeypatch.undo()
        await until(lambda: firm.told(firm.other, task, "created"))
        await firm.all_said()

    assert 1 == len(firm.told(firm.boss, task, "created"))
    assert 1 == len(firm.told(firm.other, task, "created"))


async def test_a_manager_who_wants_mail_together_gets_it_together(firm):
    """Own and others' in one; what was made private meanwhile is not in it."""
    stores, account = firm.desk.stores, firm.account
    async with firm.desk.worker():
        one, two = [await firm.opened(title) for title in ("Toner", "Lamp")]
        await until(lambda: firm.told(firm.boss, two, "created"))
        later = firm.desk.stores.commands.now
        await stores.preferences.choose(
            account.id, [firm.boss], "daily", await later(account.id)
        )
        for task in (one, two, one):
            firm.desk.comment(task, f"About {task.title}")
            await firm.desk.rested(account)

        async def gathered():
            return len(await stores.gathered.all(account.id)) == 3

        await until(gathered)
        await stores.companies.make_private(
            account.id, two.id, [firm.owner], private=True
        )
        now = await later(account.id)
        await stores.preferences.choose(account.id, [firm.boss], "instant", now)
        await until(lambda: firm.got(firm.boss, "digest"))

    (mail,) = firm.got(firm.boss, "digest")
    text = text_of(mail)
    assert 2 == text.count("About Toner")
    assert "Lamp" not in mail.as_string()
    assert re.search(r"unfollow/company-\d+-", mail["List-Unsubscribe"])


async def test_a_manager_hears_nothing_of_a_muted_ticket(firm):
    """Whoever it belongs to; of the others all comes as before."""
    async with firm.desk.worker():
        one, two = [await firm.opened(title) for title in ("Toner", "Lamp")]
        await until(lambda: firm.told(firm.boss, two, "created"))
        preferences = firm.desk.stores.preferences
        await preferences.mute(firm.account.id, [firm.boss], one.id, on=True)
        for task in (one, two):
            firm.desk.comment(task, "We are coming")
        await until(lambda: firm.told(firm.boss, two, "replied"))
        await until(lambda: firm.told(firm.owner, one, "replied"))
        # The company always tells this at once, of own tickets.
        firm.desk.act(one, "complete")
        await until(lambda: firm.told(firm.owner, one, "completed"))
        await firm.all_said()

    for kind in ("replied", "completed"):
        assert [] == firm.told(firm.boss, one, kind)


async def test_what_a_digest_cannot_tell_yet_of_others_comes_after_it(
    firm, monkeypatch
):
    """Own news do not wait for Bitrix24; the rest follows, and nothing comes twice."""
    stores, account, desk = firm.desk.stores, firm.account, firm.desk
    of_company = CLASSIC["crm.contact.company.items.get"]

    def busy(_call):
        raise Refused("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)

    async with desk.worker():
        others = await firm.opened("Toner")
        await until(lambda: firm.told(firm.boss, others, "created"))
        own = tasks.add_task(
            *(firm.world, 1, "Lamp"),
            responsible_id=3,
            group_id=desk.groups[0],
            contact_ids=(firm.boss,),
        )
        await until(lambda: firm.told(firm.boss, own, "created"))
        now = await stores.commands.now(account.id)
        await stores.preferences.choose(account.id, [firm.boss], "daily", now + DAY)
        for task in (own, others):
            desk.comment(task, f"About {task.title}")
            await desk.rested(account)

        async def gathered():
            return len(await stores.gathered.all(account.id)) == 2

        await until(gathered)
        await firm.forgotten()
        monkeypatch.setitem(CLASSIC, of_company.name, replace(of_company, run=busy))
        await stores.preferences.choose(account.id, [firm.boss], "instant", now)
        await until(lambda: firm.got(firm.boss, "digest"))
        (first,) = firm.got(firm.boss, "digest")
        monkeypatch.undo()
        await until(lambda: len(firm.got(firm.boss, "digest")) == 2)
        await firm.all_said()

    (second,) = [mail for mail in firm.got(firm.boss, "digest") if mail is not first]
    assert first["Message-ID"] != second["Message-ID"]
    for mail, told, untold in ((first, "Lamp", "Toner"), (second, "Toner", "Lamp")):
        assert 1 == text_of(mail).count(f"About {told}")
        assert untold not in mail.as_string()


async def test_a_mailbox_hears_it_once_and_nobody_of_an_own_click(firm):
    """A manager with the owner's address; what one writes and does tells the owner."""
    boss, owner = firm.world.contacts[firm.boss], firm.world.contacts[firm.owner]
    async with firm.desk.worker():
        task = await firm.opened()
        await until(lambda: firm.told(firm.boss, task, "created"))
        manager = Customer(firm.desk, firm.account, firm.boss)
        await manager.done(manager.reply(task, "I know that one", heard=()))
        await until(lambda: firm.told(firm.owner, task, "said"))
        await manager.done(manager.move(task, "completed"))
        await until(lambda: firm.told(firm.owner, task, "completed"))
        await firm.all_said()
        assert 1 == len(firm.got(firm.boss))

        address = firm.at(firm.owner)
        people.update_contact(
            firm.world, 1, boss.id, emails=[address.upper(), *boss.emails]
        )
        await firm.desk.rested(firm.account)
        shared = await firm.opened("Shared")
        await firm.all_said()

    assert 1 == len(firm.told(firm.owner, shared, "created"))
    assert owner.emails
