"""What customers and people in copy write is told to the others, not to its writer."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parseaddr

import pytest
import pytest_asyncio
from answering import socket_of, with_mail_in
from desk import until
from handing_over import address_in, answer_to, handing_over
from living import HURRY
from plainbrowser import PlainBrowser

from ticket24.domain.customers import budgets
from ticket24.domain.customers.followers import LastWord, Stand
from ticket24.domain.tickets.model import TicketRef
from ticket24.mail.message_ids import tags_in

CARL, DORA = "carl@copy.example", "dora@copy.example"
CARDS = pytest.mark.parametrize("card", ["chat", "forum"])


@pytest.fixture
def pace():
    return HURRY


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk):
    return await with_mail_in(shared_desk)


async def followed(desk, card):
    """Have two people follow a ticket; return their mails, and the customer's."""
    task = desk.ticket(card)
    account = await desk.stores.accounts.by_slug("acme")
    ref, now = TicketRef(account.id, task.id), datetime.now(UTC)
    words = [LastWord(one, Stand.ADDED, now) for one in (CARL, DORA)]
    await desk.stores.followers.say(ref, words, task.contact_ids)
    await desk.stores.due.mark(ref)
    await until(lambda: len(desk.mailbox.of_kind("created")) == 2)
    desk.comment(task, "What do you see?")
    await until(lambda: len(desk.mailbox.of_kind("replied")) == 3)
    mails = {m["X-Envelope-To"].lower(): m for m in desk.mailbox.of_kind("replied")}
    return mails.pop(CARL), mails.pop(DORA), *mails.values()


def told(desk, words):
    """Return to whom words were mailed, and the mails."""
    found = {
        mail["X-Envelope-To"].lower(): mail
        for mail, text in desk.mailbox.read()
        if words in text.replace("\u200b", "") and mail["X-Ticket24-Kind"] == "said"
    }
    assert len(found) == sum(mail in found.values() for mail in desk.mailbox.mails)
    return found


@CARDS
async def test_what_one_of_them_writes_is_told_to_the_others(desk, card):
    """By mail and in the portal; whoever had the mail in copy has it already."""
    socket = socket_of(desk)
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        carls, doras, annas = await followed(desk, card)
        anna = annas["X-Envelope-To"].lower()

        async def write(mail, text, **heads):
            raw = answer_to(mail, text, **heads)
            assert ["250 2.0.0 kept"] == await session.mail(raw, address_in(mail))

        await write(annas, "Red smoke.")
        await until(lambda: {CARL, DORA} == told(desk, "Red smoke.").keys())
        await write(carls, "See https://evil.example now.", cc=f"{anna}, x@y.example")
        await until(lambda: {DORA} == told(desk, "See https://evil").keys())
        away = {"auto_submitted": "auto-replied"}
        await write(doras, "I am away.", **away)
        await write(doras, "Grey smoke.")
        await until(lambda: {CARL, anna} == told(desk, "Grey smoke.").keys())
        async with PlainBrowser() as plain:
            text = carls.get_body(("plain",)).get_content()
            page = await plain.open(re.search(r"http\S*/followed/\S+", text)[0])
            form = page.form("/replies").fill(text="From the page.")
            await plain.send(page, form)
            await until(lambda: {DORA, anna} == told(desk, "From the page.").keys())
        account = await desk.stores.accounts.by_slug("acme")
        await desk.rested(account)

    assert {DORA} == told(desk, "See https://evil").keys()
    assert {} == told(desk, "I am away.")
    assert {CARL, anna} == told(desk, "Grey smoke.").keys()
    mail = told(desk, "Grey smoke.")[anna]
    assert "wrote in ticket" in mail.get_body(("plain",)).get_content()
    assert mail["Reply-To"]
    assert "auto-generated" == mail["Auto-Submitted"]
    evil = told(desk, "See https://evil")[DORA]
    assert "https://evil" not in evil.get_body(("plain",)).get_content()
    assert b"evil.example" not in evil.get_body(("html",)).get_content().encode()


async def test_an_answer_to_our_sender_alone_is_known_by_what_it_answers(desk):
    """Some programs leave out Reply-To; people in copy are heard all the same."""
    socket = socket_of(desk)
    ours = parseaddr(desk.settings.mail_from)[1]
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        carls, _doras, annas = await followed(desk, "chat")
        for mail, words in ((carls, "By Carl."), (annas, "By Anna.")):
            raw = answer_to(mail, words, to=ours)
            assert ["250 2.0.0 kept"] == await session.mail(raw, ours)
        await until(lambda: DORA in told(desk, "By Carl."))
        await until(lambda: DORA in told(desk, "By Anna."))
        # Who answers with the mail of another is nobody there.
        raw = answer_to(carls, "By Erik.", by="erik@evil.example", to=ours)
        await session.mail(raw, ours)
        await until(lambda: settled(desk, 3))
        held = await desk.stores.held.all()

    assert ["erik@evil.example"] == [one.sender for one in held]
    copied, tags = desk.stores.copied, tags_in([carls["Message-ID"]])
    account = await desk.stores.accounts.by_slug("acme")
    assert await copied.find(account.id, CARL, tags)
    assert await copied.find(account.id, DORA, tags) is None
    await copied.forget(account.id, [CARL])
    assert await copied.find(account.id, CARL, tags) is None


async def settled(desk, count):
    return (await desk.stores.arrivals.came()).settled == count


async def test_two_programs_that_answer_each_other_stop(desk):
    """What their mails say of themselves does not matter: staff get the rest to see."""
    socket = socket_of(desk)
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        carls, doras, _annas = await followed(desk, "chat")
        account = await desk.stores.accounts.by_slug("acme")
        for sender in (CARL, DORA):  # As if each had answered so often already.
            said = [replace(one, cost=26) for one in budgets.mails(sender)]
            assert [] == await desk.stores.budgets.spend(account.id, said)
        for mail, who in ((carls, "carl"), (doras, "dora")):
            for number in range(7):
                raw = answer_to(mail, f"{who} is a program, answer {number}.")
                assert ["250 2.0.0 kept"] == await session.mail(raw, address_in(mail))

        await until(lambda: settled(desk, 14))
        held = await desk.stores.held.all(account.id)
    assert {"too_many"} == {one.why.value for one in held}
    senders = Counter(one.sender for one in held)
    assert {CARL, DORA} == senders.keys()
    # A budget of thirty refills by one in two minutes.
    assert all(2 <= count <= 3 for count in senders.values())
