"""Each mail comes back to an address of its own, so bounces of any shape are known."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from answering import REPLY_ADDRESS, socket_of, with_mail_in
from desk import until
from handing_over import answer_to, handing_over
from letters import why
from living import HURRY

from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.customers.followers import LastWord, Stand
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.tickets import failed
from ticket24.store.letters.parked import LETTER

BOUNCES = Path(__file__).parents[1] / "samples" / "bounces"
CARL = "carl@copy.example"
# What becomes of a mail that came back: the address is shut, it is noted, or nothing.
SHUT, NOTED, NOTHING = "shut", "noted", "nothing"
SHAPES = {
    "qmail_names_nobody": SHUT,
    "russian_words_alone": SHUT,
    "hmailserver_in_words": SHUT,  # listmonk#1162
    "mailenable_in_words": SHUT,  # rgl/MailBounceDetector#10
    "forwarder_names_another": SHUT,
    "exchange_without_our_mail": SHUT,
    "full_mailbox": NOTED,
    "delayed_report": NOTHING,
    "delayed_in_words": NOTHING,
    "delivered_report": NOTHING,
    "out_of_office": NOTHING,
    "read_receipt": NOTHING,
}


@pytest.fixture
def pace():
    return HURRY


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk):
    return await with_mail_in(
        shared_desk, returns_to="auto", mail_from="Acme Support <support@example.com>"
    )


@pytest.fixture
def socket(desk):
    return socket_of(desk)


async def told(desk, task, text):
    """Let staff answer; return the mails, by whom they are for."""
    before = len(desk.mailbox.mails)
    desk.comment(task, text)
    await until(lambda: any(text in body for body in desk.mailbox.texts()))
    account = await desk.stores.accounts.by_slug("acme")
    await desk.rested(account)
    mails = desk.mailbox.mails[before:]
    return {fold(mail["X-Envelope-To"]): mail for mail in mails}


def bounce(shape, to, verp):
    raw = (BOUNCES / f"{shape}.eml").read_text(encoding="utf-8")
    return raw.format(to=to, verp=verp).replace("\n", "\r\n").encode()


async def handed(desk, session, raw, to):
    """Hand a mail over from nobody, and wait until it is settled; return its fate."""
    before = await desk.stores.arrivals.came()
    assert ["250 2.0.0 kept"] == await session.mail(raw, to, sender="")

    async def settled():
        return (await desk.stores.arrivals.came()).settled > before.settled

    await until(settled)
    after = await desk.stores.arrivals.came()
    assert after.all == after.settled + after.waiting
    [fate] = [
        one for one in after.fates if after.fates[one] != before.fates.get(one, 0)
    ]
    return fate.value


async def test_whatever_a_bounce_says_it_is_about_whom_its_address_names(desk, socket):
    """Of delays, receipts and people away nothing is noted; all of them are dropped."""
    task = desk.ticket()
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        account = await desk.stores.accounts.by_slug("acme")
        ((to, mail),) = (await told(desk, task, "Please restart it.")).items()
        verp = mail["X-Envelope-From"]
        ((_, second),) = (await told(desk, task, "And again, please.")).items()
        found, words = {}, {}
        for shape in SHAPES:
            fate = await handed(desk, session, bounce(shape, to, verp.upper()), verp)
            assert "dropped" == fate
            shut = await desk.stores.returned.words(account.id, to)
            parked = [one async for one in desk.stores.parked.all(account.id)]
            for one in parked:
                assert to == fold(LETTER.validate_json(one.content).recipient)
                words[shape] = why(one)
                await desk.stores.parked.remove(account.id, one.id)
            assert (shut is None) or parked
            found[shape] = SHUT if shut is not None else NOTED if parked else NOTHING
            await desk.stores.returned.forget(account.id, [to])

    assert SHAPES == found
    assert "Такого пользователя нет" in words["russian_words_alone"]
    assert verp == second["X-Envelope-From"] != mail["Reply-To"]
    assert verp.startswith("support+")
    assert verp.endswith("@example.com")
    assert "<support@example.com>" in mail["From"]


async def test_nobody_else_is_shut_out_by_a_bounce(desk, socket):
    """Not by one to an address that we did not sign, nor by what one says of others.

    A person who answers there is heard.
    """
    other = next(
        one
        for one in desk.tickets()
        if {*one.contact_ids}.isdisjoint(desk.ticket().contact_ids)
    )
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        account = await desk.stores.accounts.by_slug("acme")
        ((to, mail),) = (await told(desk, desk.ticket(), "Look here.")).items()
        ((victim, theirs),) = (await told(desk, other, "And you here.")).items()
        mine, theirs = mail["X-Envelope-From"], theirs["X-Envelope-From"]
        # Their account and person, and another's signature.
        made_up = f"{theirs[:32]}{mine[32:]}"
        assert theirs != made_up != mine
        raw = bounce("full_mailbox", victim, made_up).replace(b"5.2.2", b"5.1.1")
        await handed(desk, session, raw, made_up)
        raw = raw.replace(made_up.encode(), mine.encode()).replace(b".4@", b".41@")
        await handed(desk, session, raw, mine)
        shut = await desk.stores.returned.among(account.id, [to, victim])
        await desk.stores.returned.forget(account.id, [to])
        answer = answer_to(mail, "I press the wrong button.", to=mine)
        fate = await handed(desk, session, answer, mine)
        # What came back much later than mail servers try says nothing.
        at = datetime(2026, 1, 5, tzinfo=UTC)
        ref = TicketRef(account.id, other.id)
        old = ReplyAddresses(REPLY_ADDRESS, desk.stores.seal.digests).for_returns(
            ref, victim, at
        )
        await handed(desk, session, bounce("qmail_names_nobody", victim, old), old)
        late = await desk.stores.returned.words(account.id, victim)

    assert {to} == shut
    assert "message" == fate
    assert late is None


async def test_mail_to_somebody_in_copy_that_comes_back(desk, socket):
    """Staff read it in the task, and the address gets nothing until they say so."""
    task = desk.ticket()
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        account = await desk.stores.accounts.by_slug("acme")
        ref = TicketRef(account.id, task.id)
        words = [LastWord(CARL, Stand.ADDED, datetime.now(UTC))]
        await desk.stores.followers.say(ref, words, task.contact_ids)
        await desk.stores.due.mark(ref)
        await until(
            lambda: any(CARL == one["X-Envelope-To"] for one in desk.mailbox.mails)
        )
        verp = (await told(desk, task, "For all of you."))[CARL]["X-Envelope-From"]
        for at in (1, 2):
            raw = bounce("qmail_names_nobody", "", verp) + b"%d" % at
            await handed(desk, session, raw, verp)
        await desk.rested(account)
        remarks = [
            one.text
            for one in (*desk.world.comments.values(), *desk.world.messages.values())
            if CARL in one.text and "come back" in one.text
        ]
        there = await told(desk, task, "Who reads this?")
        parked = [one async for one in desk.stores.parked.all(account.id)]
        for one in parked:
            await failed.replay(account, one, desk.stores)
        again = await told(desk, task, "Is Carl back?")

    assert 1 == len(remarks)
    assert "5.1.1 Sorry, no mailbox here" in remarks[0]
    assert CARL not in there
    assert 1 == len(there)
    # However often it came back, and without what was not sent.
    assert 1 == len(parked)
    assert {CARL} < again.keys()
