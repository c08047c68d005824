"""Files of staff travel in the mails that tell of them, once, or as links."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from desk import until
from examples import SIGNATURE

from bitrix24_sandbox.account import files, tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.rest.obstacles import SERVER
from ticket24.domain.tickets.descriptions import compose
from ticket24.domain.tickets.model import TicketRef

CARL = "carl@example.com"
CARDS = pytest.mark.parametrize("card", ["chat", "forum"])
# More than the small and large ones of these tests fit into.
LETTER, LARGE = b"%PDF-1.7 letter", bytes(1_100_000)


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    desk.pace = replace(desk.pace, file_again_seconds=(0.0, 0.0))
    account = await desk.connect(extra="mail_megabytes = 1\n")
    desk.world.skew_seconds = 5
    return account


def opened(desk, card):
    model = desk.ticket(card)
    return tasks.add_task(
        *(desk.world, 1, "Printer is on fire"),
        description=compose("Anna", "It burns.", [CARL], SIGNATURE),
        responsible_id=desk.staff(model),
        group_id=model.group_id,
        contact_ids=tuple(model.contact_ids),
    )


def answer(desk, task, text, *sent):
    ids = [files.add_file(desk.world, 2, *one).id for one in sent]
    return talk.add_comment(desk.world, desk.staff(task), task.id, text, ids)


def attached(mail):
    return {p.get_filename(): p.get_content() for p in mail.iter_attachments()}


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


async def answered(desk, task, text, *sent):
    """Have staff answer; return the mails that tell of it, the customer's first."""
    answer(desk, task, text, *sent)
    await until(lambda: len(told(desk, text)) == 2)
    mails = told(desk, text)
    return sorted(mails, key=lambda one: one["X-Envelope-To"].lower() == CARL)


def told(desk, text):
    return [one for one in desk.mailbox.of_kind("replied") if text in text_of(one)]


@CARDS
async def test_files_of_an_answer_are_in_its_mails(desk, account, card):
    """Customer and follower get what fits; the rest is a link to where it can be read.

    What is internal goes nowhere, and another mail about the ticket repeats nothing.
    """
    name = "Übersicht für „März“ 2026, ausführlich.pdf"
    sent = (name, LETTER), ("large.zip", LARGE), ("run.exe", b"MZ"), ("a.txt", b"hi")
    async with desk.worker():
        task = opened(desk, card)
        await until(lambda: len(desk.mailbox.of_kind("created")) == 2)
        answer(desk, task, "// among us", ("secret.pdf", b"secret"))
        mails = await answered(desk, task, "Here you are.", *sent)
        later = await answered(desk, task, "Anything else?")
        desk.act(task, "complete")
        await until(lambda: len(desk.mailbox.of_kind("completed")) == 2)
        await desk.quiet(account)

    customer, follower = mails
    for mail, link in ((customer, f"tickets/{task.id}"), (follower, "followed/")):
        assert {name: LETTER, "a.txt": b"hi"} == attached(mail)
        lines = text_of(mail).splitlines()
        (large,) = [line for line in lines if line.startswith("- large.zip")]
        (program,) = [line for line in lines if line.startswith("- run.exe")]
        assert link in large
        assert link in program
        assert "large.zip</bdi></a>" in mail.get_body(("html",)).get_content()
        (whole,) = [line for line in lines if line.startswith(f"- {name}")]
        assert "http" not in whole
        assert mail["Content-Language"] == "en"
    for mail in (*later, *desk.mailbox.of_kind("completed")):
        assert {} == attached(mail)
    assert not any(b"secret" in one for one in desk.mailbox.contents)


async def test_bitrix24_that_does_not_give_a_file_holds_no_mail_back(desk, account):
    """It is asked some times; then the words go, with a link, and once."""
    async with desk.worker():
        task = opened(desk, "chat")
        await until(lambda: len(desk.mailbox.of_kind("created")) == 2)
        desk.world.faults.rest, desk.world.faults.methods = "502", ["download"]
        mails = await answered(desk, task, "Here you are.", ("a.pdf", LETTER))
        desk.world.faults.rest, desk.world.faults.methods = "", []
        again = await answered(desk, task, "Once more.", ("b.pdf", LETTER))
        await desk.quiet(account)

    assert [{}, {}] == [attached(mail) for mail in mails]
    assert f"tickets/{task.id}" in text_of(mails[0]).partition("- a.pdf")[2]
    assert [{"b.pdf": LETTER}] * 2 == [attached(mail) for mail in again]
    assert 2 == len(told(desk, "Here you are."))


@pytest.mark.parametrize(
    "answer_of_the_server",
    [
        "552 5.3.4 Error: message file too big",
        "552 5.7.0 This message was blocked because its content is a threat",
        "550 5.7.1 Message contains a prohibited attachment type",
    ],
)
async def test_a_mail_that_is_refused_for_its_files_goes_without(
    desk, account, answer_of_the_server
):
    """The customer reads the words at once, and the files behind a link."""
    desk.mailbox.refuse_content = {b"attachment": answer_of_the_server}
    async with desk.worker():
        task = opened(desk, "chat")
        await until(lambda: len(desk.mailbox.of_kind("created")) == 2)
        mails = await answered(desk, task, "Here you are.", ("a.pdf", LETTER))
        await desk.quiet(account)

    assert [{}, {}] == [attached(mail) for mail in mails]
    assert not await desk.stores.parked.count(account.id)


async def test_a_digest_has_the_files_of_all_that_it_tells(desk, account):
    """Each once, of whichever ticket; what does not fit beside them is a link."""
    one, other = desk.tickets("chat")[0], desk.tickets("forum")[0]
    other.crm[:] = one.crm[:] = one.crm[:1]
    contacts, later = [*one.contact_ids], datetime.now(UTC) + timedelta(hours=20)
    await desk.stores.preferences.choose(account.id, contacts, "daily", later)
    async with desk.worker():
        await desk.stores.due.mark(TicketRef(account.id, other.id))
        await desk.rested(account)
        answer(desk, one, "First.", ("a.pdf", LETTER), ("large.zip", LARGE))
        answer(desk, other, "Second.", ("b.pdf", LETTER))
        await until(lambda: gathered(desk, account, 2))
        past = datetime.now(UTC) - timedelta(seconds=1)
        await desk.stores.preferences.choose(account.id, contacts, "daily", past)
        await desk.stores.gathered.index(account.id)
        await until(lambda: desk.mailbox.of_kind("digest"))
        await desk.quiet(account)

    (mail,) = desk.mailbox.of_kind("digest")
    assert {"a.pdf": LETTER, "b.pdf": LETTER} == attached(mail)
    (large,) = [x for x in text_of(mail).splitlines() if x.startswith("- large.zip")]
    assert f"tickets/{one.id}" in large


async def gathered(desk, account, count):
    return len(await desk.stores.gathered.all(account.id)) == count


async def test_files_stay_at_home_where_a_company_wants_that(desk):
    """Then mails name them, with a link."""
    account = await desk.connect(extra="mail_megabytes = 0\n")
    desk.world.skew_seconds = 5
    async with desk.worker():
        task = opened(desk, "forum")
        await until(lambda: len(desk.mailbox.of_kind("created")) == 2)
        mails = await answered(desk, task, "Here you are.", ("a.pdf", LETTER))
        await desk.quiet(account)

    assert [{}, {}] == [attached(mail) for mail in mails]
    assert "download" not in desk.sandbox.app[SERVER].stats.methods
