"""Managers answer the mails about tickets of their company."""

from dataclasses import replace

import pytest
import pytest_asyncio
from desk import until
from firm import SHARING, Firm
from handing_over import address_in, answer_to, handing_over
from living import HURRY

from bitrix24_sandbox.account import companies, tasks
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.rest.catalogue import CLASSIC
from ticket24.domain.customers.company_view import CompanyRole
from ticket24.flows.arrivals import releasing

OURS = "support@example.com"


@pytest.fixture
def pace():
    return HURRY


@pytest_asyncio.fixture(loop_scope="module")
async def firm(shared_desk):
    shared_desk.settings = shared_desk.settings.model_copy(
        update={
            "reply_address": "support+{token}@example.com",
            "lmtp": f"unix:{shared_desk.folder}/lmtp.sock",
        }
    )
    account = await shared_desk.connect(settings=SHARING)
    shared_desk.world.skew_seconds = 5
    return await Firm(shared_desk, account).roles()


@pytest.fixture
def socket(firm):
    return firm.desk.settings.lmtp.removeprefix("unix:")


def said(firm, words):
    """Return what stands in the task with these words."""
    texts = [one.text for one in firm.world.comments.values()]
    texts += [one.text for one in firm.world.messages.values()]
    return [one for one in texts if words in one]


async def why(firm):
    """Return why mails are held, by their first words."""
    held = await firm.desk.stores.held.all()
    return {one.excerpt.split(" On ")[0]: one.why.value for one in held}


async def answered(firm):
    """Have staff answer; return the task, the manager's mail, and the owner's."""
    task = await firm.opened("Printer")
    firm.desk.comment(task, "We are coming")
    await until(lambda: firm.told(firm.boss, task, "replied"))
    (boss,) = firm.told(firm.boss, task, "replied")
    (owner,) = firm.told(firm.owner, task, "replied")
    return task, boss, owner


async def test_a_manager_answers_the_mail_and_the_owner_hears_it(firm, socket):
    """Under the manager's name, without what the mail repeats; so by a mail's name."""
    desk = firm.desk
    name = firm.world.contacts[firm.boss].full_name
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        task, mail, owner = await answered(firm)
        assert "You can simply reply to this email." in mail.as_string()
        assert address_in(mail) != address_in(owner)
        raw = answer_to(mail, "Please come on Monday.", files=[("plan.txt", b"1")])
        by_name = answer_to(mail, "Or on Tuesday.", to=OURS)

        assert ["250 2.0.0 kept"] == await session.mail(raw, address_in(mail))
        assert ["250 2.0.0 kept"] == await session.mail(by_name, OURS)
        await until(lambda: len(firm.told(firm.owner, task, "said")) == 2)
        await firm.all_said()

        (text,) = said(firm, "Please come on Monday.")
        assert name in text
        assert not said(firm, "wrote:")
        assert not said(firm, "all tickets of your company")
        assert "plan.txt" in {one.name for one in firm.world.files.values()}
        (text,) = said(firm, "Or on Tuesday.")
        assert name in text
        assert [] == firm.told(firm.boss, task, "said")
    assert {} == await why(firm)


async def test_who_acts_no_longer_does_not_speak_by_an_old_mail(firm, socket):
    """Unlinked, a colleague only, a private ticket, another's address: staff decide."""
    desk, stores, account = firm.desk, firm.desk.stores, firm.account

    async def role(contact, what):
        await stores.companies.choose(account.id, contact, what)

    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        task, mail, _ = await answered(firm)
        to = address_in(mail)
        # With the mail of another, a manager speaks as one who reads it.
        forwarded = answer_to(mail, "Let us wait.", by=firm.at(firm.other))
        await session.mail(forwarded, to)
        await until(lambda: said(firm, "Let us wait."))

        await role(firm.other, CompanyRole.COLLEAGUE)
        await session.mail(answer_to(mail, "I read.", by=firm.at(firm.other)), to)
        await stores.companies.make_private(
            account.id, task.id, [firm.owner], private=True
        )
        await session.mail(answer_to(mail, "Was it private?"), to)
        await until(stores.held.count)
        await until(lambda: _all_judged(firm))
        await stores.companies.make_private(
            account.id, task.id, [firm.owner], private=False
        )
        companies.unlink(firm.world, 1, firm.boss, firm.works)
        await firm.forgotten()
        await session.mail(answer_to(mail, "I have left."), to)
        await until(lambda: _all_judged(firm))
        await desk.rested(account)

    assert {
        "I read.": "stranger",
        "Was it private?": "stranger",
        "I have left.": "stranger",
    } == await why(firm)
    for words in await why(firm):
        assert not said(firm, words)


async def _all_judged(firm):
    return not (await firm.desk.stores.arrivals.came()).waiting


async def test_what_staff_release_of_a_manager_is_said_by_the_manager(firm, socket):
    """By an address that the CRM lacks; remembered, the next one needs nobody."""
    desk, name = firm.desk, firm.world.contacts[firm.boss].full_name
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        _, mail, _ = await answered(firm)
        home = f"{name} <boss@home.example>"
        to = address_in(mail)
        await session.mail(answer_to(mail, "From home.", by=home), to)
        await until(desk.stores.held.count)
        [held] = await desk.stores.held.all()
        assert firm.boss == held.contact_id

        assert await releasing.release(held, desk.stores, remember=True)
        await until(lambda: said(firm, "From home."))
        await session.mail(answer_to(mail, "And once more.", by=home), to)
        await until(lambda: said(firm, "And once more."))
        await firm.all_said()

    for words in ("From home.", "And once more."):
        (text,) = said(firm, words)
        assert name in text
    assert {} == await why(firm)


async def test_a_manager_answers_the_mail_that_opened_a_ticket(firm, socket):
    """As whoever has it in copy does, by the name of that mail alone."""
    desk = firm.desk

    def opens(now):
        return replace(now, settings=replace(now.settings, mail_opens_tickets=True))

    await desk.stores.accounts.update(firm.account.id, opens)
    head = f"From: {{}}\r\nTo: {OURS}\r\nSubject: {{}}\r\nMessage-ID: <{{}}@x.example>"
    first = head.format(firm.at(firm.owner), "Smoke", "first")
    again = head.format(firm.at(firm.boss), "Re: Smoke", "again")
    again += "\r\nIn-Reply-To: <first@x.example>\r\nReferences: <first@x.example>"
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        await session.mail(f"{first}\r\n\r\nIt smokes.\r\n".encode(), OURS)
        await until(lambda: firm.got(firm.owner, "created"))
        await session.mail(f"{again}\r\n\r\nCall us at once.\r\n".encode(), OURS)
        await until(lambda: _all_judged(firm))
        assert {} == await why(firm)
        await until(lambda: said(firm, "Call us at once."))

        # Its ticket is known, and not the portal's any more: no mail waits for it.
        number = next(n for n, one in firm.world.tasks.items() if one.title == "Smoke")
        tasks.move_to_group(firm.world, 1, number, 0)
        await desk.rested(firm.account)
        late = again.replace("again@", "late@") + "\r\n\r\nIs it out?\r\n"
        await session.mail(late.encode(), OURS)
        await until(lambda: _all_judged(firm))


async def test_a_made_up_name_of_a_mail_has_nobody_asked(firm, socket, monkeypatch):
    """It is judged at once, also while Bitrix24 does not say who is a manager."""
    desk, of_company = firm.desk, CLASSIC["crm.contact.company.items.get"]
    asked = []

    def busy(_call):
        asked.append(1)
        raise Refused("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)

    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        _, mail, _ = await answered(firm)
        await firm.forgotten()
        monkeypatch.setitem(CLASSIC, of_company.name, replace(of_company, run=busy))
        for part in ("In-Reply-To", "References"):
            del mail[part]
        mail.replace_header("Message-ID", f"<ticket.{'0a' * 16}@example.com>")
        await session.mail(answer_to(mail, "Made up.", to=OURS), OURS)
        await until(lambda: _all_judged(firm))
    assert not asked
    assert not said(firm, "Made up.")


async def test_while_bitrix24_says_nothing_a_managers_mail_waits(
    firm, socket, monkeypatch
):
    """Others are judged meanwhile; afterwards it is posted once."""
    desk = firm.desk
    of_company = CLASSIC["crm.contact.company.items.get"]

    def busy(_call):
        raise Refused("QUERY_LIMIT_EXCEEDED", "Too many requests", 503)

    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        task, mail, owner = await answered(firm)
        await firm.forgotten()
        monkeypatch.setitem(CLASSIC, of_company.name, replace(of_company, run=busy))
        await session.mail(answer_to(mail, "From the boss."), address_in(mail))
        await session.mail(answer_to(owner, "From the owner."), address_in(owner))
        await until(lambda: said(firm, "From the owner."))
        assert not said(firm, "From the boss.")
        assert 1 == (await desk.stores.arrivals.came()).waiting
        monkeypatch.undo()
        await until(lambda: said(firm, "From the boss."))
        await until(lambda: firm.told(firm.owner, task, "said"))

    assert 1 == len(said(firm, "From the boss."))
    assert {} == await why(firm)
