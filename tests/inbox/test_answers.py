"""Customers answer the mail: the whole way, from a mail server's DATA to the ticket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from functools import partial

import pytest
import pytest_asyncio
from answering import socket_of, told, with_mail_in
from desk import until
from handing_over import address_in, answer_to, bounce, handing_over
from letters import why
from living import HURRY

from bitrix24_sandbox.account import files
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import Status
from ticket24.cli.doctor import mail_in
from ticket24.domain.customers.followers import LastWord, Stand
from ticket24.domain.portal.pages import to_page, with_quotes
from ticket24.domain.settings.model import Ratings
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.arrivals import releasing
from ticket24.flows.arrivals.posting import opening_id
from ticket24.flows.tickets import failed
from ticket24.store import keys


@pytest.fixture
def pace():
    return HURRY


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk):
    return await with_mail_in(shared_desk)


@pytest.fixture
def socket(desk):
    return socket_of(desk)


def said(desk, text):
    """Return how often a text stands in the task, on whichever card."""
    texts = [one.text for one in desk.world.comments.values()]
    texts += [one.text for one in desk.world.messages.values()]
    return sum(text in one for one in texts)


async def fates(desk):
    """Return what became of how many mails; the sums agree."""
    came = await desk.stores.arrivals.came()
    assert came.all == came.settled + came.waiting
    return {fate.value: count for fate, count in came.fates.items() if count}


async def test_an_answer_to_a_mail_is_a_message_in_the_ticket(desk, socket):
    """Staff read it in the task with its file, and the customer in the portal."""
    task = desk.ticket("forum")
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await told(desk, task)
        raw = answer_to(mail, "It works again.", files=[("log.txt", b"all fine")])

        answers = await session.mail(raw, address_in(mail).upper())

        assert ["250 2.0.0 kept"] == answers
        await until(lambda: said(desk, "It works again."))
        account = await desk.stores.accounts.by_slug("acme")
        await desk.rested(account)
    assert 1 == said(desk, "It works again.")
    assert 0 == said(desk, "wrote:")
    assert 1 == said(desk, "Please restart it.")
    ref = TicketRef(account.id, task.id)
    page = to_page(await desk.stores.tickets.get(ref))
    marks = [one.mark for one in page.messages]
    quoted = await desk.stores.quoted.of(ref, marks)
    assert [marks[-1]] == [*quoted]
    assert "> Please restart it." in with_quotes(page, quoted).messages[-1].quoted
    assert "log.txt" in {one.name for one in desk.world.files.values()}
    assert {"message": 1} == await fates(desk)


async def test_who_may_speak(desk, socket):
    """A stranger's mail waits for staff, a forged one is dropped, ours is posted."""
    task = desk.ticket()
    other = next(
        one for one in desk.tickets() if {*one.contact_ids}.isdisjoint(task.contact_ids)
    )
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail, others = await told(desk, task), await told(desk, other, "Try again.")
        ours = "Support@Example.com"
        right, wrong = address_in(mail), f"support+{'a' * 40}@example.com"

        def by(who, text, **heads):
            return answer_to(mail, text, by=who, **heads)

        async def settled():
            return not (await desk.stores.arrivals.came()).waiting

        account = await desk.stores.accounts.by_slug("acme")
        await desk.stores.accounts.update(
            account.id,
            lambda now: replace(
                now, settings=replace(now.settings, mail_opens_tickets=True)
            ),
        )
        fresh = f"From: {mail['To']}\r\nTo: {ours}\r\nSubject: Desk\r\n\r\nIt wobbles."
        known = set(desk.world.tasks)

        for raw, to in (
            (by(mail["To"], "I am away.", auto_submitted="auto-replied"), right),
            (fresh.encode(), ours),
            (by("eve@evil.example", "Forwarded to me."), right),
            (by(others["To"], "It is another's."), right),
            (by("eve@evil.example", "Made up.", to=wrong), wrong),
            (by(mail["To"], "Cut short.", to=wrong), wrong),
            (by(mail["To"], "By its name.", to=ours), ours),
            (answer_to(mail, "Once.", message_id="<1@x>"), right),
            (answer_to(mail, "Once.", message_id="<1@x>", received="two"), right),
            (answer_to(mail, "Other words.", message_id="<1@x>"), right),
        ):
            assert ["250 2.0.0 kept"] == await session.mail(raw, to)
        assert ["550"] == [
            one[:3]
            for one in await session.mail(by(mail["To"], "Relay"), "eve@evil.example")
        ]

        await until(settled)
        await desk.rested(account)
    held = {one.excerpt.split(" On ")[0]: one for one in await desk.stores.held.all()}
    assert {
        "Forwarded to me.": "stranger",
        "It is another's.": "stranger",
        "Cut short.": "wrong_signature",
        "Other words.": "other_words",
    } == {words: one.why.value for words, one in held.items()}
    for words in ("By its name.", "Once."):
        assert 1 == said(desk, words)
    for words in (*held, "Made up.", "Relay", "I am away."):
        assert not said(desk, words)
    (number,) = set(desk.world.tasks) - known
    begun = desk.world.tasks[number]
    assert ("Desk", desk.groups[0]) == (begun.title, begun.group_id)
    assert begun.contact_ids == task.contact_ids
    assert {"message": 2, "ticket": 1, "held": 4, "dropped": 2} == await fates(desk)
    mine = held["Forwarded to me."]
    assert (task.id, task.contact_ids[0]) == (mine.task_id, mine.contact_id)


async def test_a_mail_to_the_addresses_of_two_tickets_is_said_in_both(desk, socket):
    """Once in each, wherever its sender may speak, and without their quotes."""
    one, other = desk.ticket("chat"), desk.ticket("forum")
    other.crm[:] = one.crm
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        account = await desk.stores.accounts.by_slug("acme")
        await desk.stores.due.mark(TicketRef(account.id, other.id))
        await desk.rested(account)
        first, second = await told(desk, one), await told(desk, other, "Try again.")
        strange = await told(desk, desk.tickets("forum")[-1], "Nobody's.")
        both = ", ".join(map(address_in, (strange, first, second)))
        raw = answer_to(first, "It is the fuse.", to=both)
        for to in (address_in(first), address_in(second)):
            copy = f"Delivered-To: {to}\r\n".encode() + raw
            assert ["250 2.0.0 kept"] == await session.mail(copy, to)
        await until(lambda: said(desk, "It is the fuse.") == 2)
        await desk.rested(account)

    assert 2 == said(desk, "It is the fuse.")
    texts = [m.text for m in desk.world.messages.values() if m.chat_id == one.chat_id]
    assert any("It is the fuse." in text for text in texts)
    assert {"message": 1} == await fates(desk)


async def test_a_released_mail_speaks_and_its_address_is_remembered(desk, socket):
    """Staff say that it is her address: the next mail from there needs nobody."""
    task = desk.ticket()
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await told(desk, task)
        home = "Maria Home <maria@home.example>"
        await session.mail(answer_to(mail, "From home.", by=home), address_in(mail))
        await until(desk.stores.held.count)
        [held] = await desk.stores.held.all()

        assert await releasing.release(held, desk.stores, remember=True)

        await until(lambda: said(desk, "From home."))
        await session.mail(answer_to(mail, "And again.", by=home), address_in(mail))
        await until(lambda: said(desk, "And again."))
    assert {"message": 2} == await fates(desk)
    assert not await releasing.drop(held, desk.stores)


async def test_a_subject_of_its_own_is_said(desk, socket):
    """Above the words of an answer, and as all that a mail says."""
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await told(desk, desk.ticket("forum"))
        raw = answer_to(mail, "See there.")
        title = f"Re: {mail['Subject']}".encode()
        assert title in raw
        to = address_in(mail)
        head = f"From: {mail['To']}\r\nTo: {to}\r\nSubject: "

        await session.mail(raw.replace(title, b"The scanner, too"), to)
        await session.mail(f"{head}Please call me\r\n\r\n".encode(), to)
        await session.mail(f"{head}Re: [#1] Hall\r\n\r\n".encode(), to)

        await until(lambda: said(desk, "The scanner, too\n\nSee there."))
        await until(lambda: said(desk, "Please call me"))

        async def settled():
            return (await desk.stores.arrivals.came()).settled == 3

        await until(settled)
    assert {"message": 2, "dropped": 1} == await fates(desk)


def outlasted(look):
    """Return a look at tickets that ends when the one it did not find is there."""

    async def looking(refs):
        found = await look(refs)
        for ref, kept in zip(refs, found, strict=True):
            if ref.task_id and kept.ticket is None:
                await until(partial(is_there, ref))
        return found

    async def is_there(ref):
        [kept] = await look([ref])
        return kept.ticket is not None

    return looking


@pytest.mark.parametrize("meanwhile", [False, True])
async def test_who_answers_the_mail_that_opened_a_ticket_is_in_it(
    desk, socket, meanwhile
):
    """Who is nobody there is held; also if the ticket comes while we look for it."""
    account = await desk.stores.accounts.by_slug("acme")
    opens = replace(account.settings, mail_opens_tickets=True)
    await desk.stores.accounts.update(
        account.id, lambda now: replace(now, settings=opens)
    )
    task, ours = desk.ticket(), parseaddr(desk.settings.mail_from)[1]
    other = next(
        one for one in desk.tickets() if {*one.contact_ids}.isdisjoint(task.contact_ids)
    )
    async with (
        desk.worker(),
        desk.inbox() as inbox,
        handing_over(socket) as session,
    ):
        tickets = inbox.stores.tickets
        if meanwhile:
            tickets.get_all = outlasted(tickets.get_all)
        mail, others = await told(desk, task), await told(desk, other, "Try again.")
        known = set(desk.world.tasks)
        head = f"To: {ours}\r\nSubject: {{}}\r\n"
        answers = head.format("Re: Desk") + "In-Reply-To: <first@x>\r\n"

        async def take(who, head, words):
            raw = f"From: {who['To']}\r\n{head}\r\n{words}".encode()
            assert ["250 2.0.0 kept"] == await session.mail(raw, ours)

        async def settled():
            return (await desk.stores.arrivals.came()).settled

        first = head.format("Desk") + "Message-ID: <first@x>\r\n"
        await take(mail, first, "It wobbles.")
        await until(settled)
        await take(mail, answers, "So does the chair.")
        await take(others, answers, "Mine, too.")

        await until(lambda: said(desk, "So does the chair."))
        await until(desk.stores.held.count)
        [held] = await desk.stores.held.all()
    (number,) = set(desk.world.tasks) - known
    assert ("stranger", number) == (held.why.value, held.task_id)
    assert {"message": 1, "ticket": 1, "held": 1} == await fates(desk)


async def test_an_answer_waits_only_for_a_ticket_that_may_come(desk, socket):
    """Longer from look to look; for one that nobody looks for any more, not at all."""
    account = (await desk.stores.accounts.by_slug("acme")).id
    ours, redis = parseaddr(desk.settings.mail_from)[1], desk.stores.redis
    ids = {name: opening_id(account, f"<{name}@x>") for name in ("coming", "gone")}
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await told(desk, desk.ticket())
        for command in ids.values():
            await desk.stores.begun.expect(account, command)
        await desk.stores.begun.note(account, ids["gone"], 90_001)
        await redis.expire(keys.opened(account, ids["gone"]), 179 * 86_400)

        head = f"From: {mail['To']}\r\nTo: {ours}\r\n"
        for name in ids:
            raw = f"{head}In-Reply-To: <{name}@x>\r\n\r\nOn {name}."
            await session.mail(raw.encode(), ours)
        await until(desk.stores.held.count)
        [held] = await desk.stores.held.all()
        assert ("On gone.", "no_ticket") == (held.excerpt, held.why.value)

        [[id_, _]] = await redis.zrange(keys.ARRIVALS, 0, -1, withscores=True)
        id_ = id_.decode()
        at = datetime.now(UTC) - timedelta(minutes=40)
        await redis.hset(keys.arrival(id_), "at", int(at.timestamp() * 1_000))
        await redis.zadd(keys.ARRIVALS, {id_: 0})

        async def rests():
            at = await redis.zscore(keys.ARRIVALS, id_)
            return at > (datetime.now(UTC).timestamp() + 240) * 1_000

        await until(rests)
    assert {"held": 1} == await fates(desk)


async def test_our_subject_names_a_ticket_if_our_server_vouches(desk, socket):
    """Of a mail that says nowhere what it answers, and of its customer alone."""
    task, ours = desk.ticket("forum"), parseaddr(desk.settings.mail_from)[1]
    other = next(
        one for one in desk.tickets() if {*one.contact_ids}.isdisjoint(task.contact_ids)
    )
    server = {"authserv_id": "mx.acme.example"}
    async with desk.worker(), desk.inbox(**server), handing_over(socket) as session:
        mail, others = await told(desk, task), await told(desk, other, "Try again.")
        for who, verdict, words in (
            (mail, "pass", "It hums."),
            (mail, "none", "It might."),
            (others, "pass", "I hum."),
        ):
            domain = who["To"].rpartition("@")[2].strip("> ")
            raw = (
                f"Authentication-Results: mx.acme.example; dmarc={verdict}"
                f" header.from={domain}\r\nFrom: {who['To']}\r\nTo: {ours}\r\n"
                f"Subject: {mail['Subject']}\r\n\r\n{words}"
            )
            assert ["250 2.0.0 kept"] == await session.mail(raw.encode(), ours)
        await until(lambda: said(desk, "It hums."))

        async def settled():
            return (await desk.stores.arrivals.came()).settled == 3

        await until(settled)
        held = await desk.stores.held.all()
    assert {"no_ticket"} == {one.why.value for one in held}
    assert {"It might.", "I hum."} == {one.excerpt for one in held}
    assert {"message": 1, "held": 2} == await fates(desk)


async def test_our_own_address_is_remembered_as_nobodys(desk, socket):
    """Groups write it into From of all that they pass on: each of these waits."""
    group = f"Maria via Support <{parseaddr(desk.settings.mail_from)[1]}>"
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await told(desk, desk.ticket())
        for words in ("By a group.", "By anybody."):
            await session.mail(answer_to(mail, words, by=group), address_in(mail))
            await until(desk.stores.held.count)
            [held] = await desk.stores.held.all()
            await releasing.release(held, desk.stores, remember=True)
            await until(lambda words=words: said(desk, words))

    assert {"message": 2} == await fates(desk)


async def test_one_mailbox_at_gmail_is_one_person_however_it_is_spelled(desk, socket):
    """By dots, tag or either domain; anywhere else each of these is a stranger."""
    account, task = await desk.stores.accounts.by_slug("acme"), desk.ticket()
    for known in ("ma.ry@gmail.com", "ma.ry@mail.example"):
        await desk.stores.held.remember(account.id, known, task.contact_ids[0])
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await told(desk, task)
        for sender in ("Mary+work@googlemail.com", "mary@gmail.com"):
            words = f"I am {sender.partition('@')[0]}."
            await session.mail(answer_to(mail, words, by=sender), address_in(mail))
            await until(lambda words=words: said(desk, words))
        for sender in ("mary@mail.example", "mary@gmail.example", "mar@gmail.com"):
            await session.mail(answer_to(mail, "Me?", by=sender), address_in(mail))

        async def settled():
            return (await desk.stores.arrivals.came()).settled == 5

        await until(settled)
    assert {"message": 2, "held": 3} == await fates(desk)


async def test_people_in_copy_speak_in_their_ticket(desk, socket):
    """A follower's answer is a message in that ticket, by name, and in no other."""
    task = desk.ticket()
    account = await desk.stores.accounts.by_slug("acme")
    ref = TicketRef(account.id, task.id)
    word = LastWord("jo@copy.example", Stand.ADDED, datetime.now(UTC))
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        await desk.stores.followers.say(ref, [word], task.contact_ids)
        await desk.stores.due.mark(ref)
        await desk.quiet(account)
        await told(desk, task)
        mail = next(m for m in desk.mailbox.mails if "jo@copy.example" in m["To"])
        right = address_in(mail)
        seen = [("seen.txt", b"smoke")]
        cc = f"Eve <eve@copy.example>, jo@copy.example, {right}"
        raw = answer_to(mail, "I saw it, too.", files=seen, cc=cc)
        assert ["250 2.0.0 kept"] == await session.mail(raw, right)
        await until(lambda: said(desk, "I saw it, too."))
        await desk.rested(account)

    texts = [one.text for one in desk.world.messages.values()]
    [text] = [one for one in texts if "I saw it, too." in one]
    assert "jo@copy.example" in text
    # Whoever else is in copy waits for the customer's word, and was told nothing.
    words = await desk.stores.followers.said(ref)
    eve = words.pop("eve@copy.example")
    assert (Stand.PROPOSED, "jo@copy.example") == (eve.stand, eve.by)
    assert {"jo@copy.example"} == words.keys()
    assert not [m for m in desk.mailbox.mails if "eve@copy.example" in m["To"]]
    assert {"message": 1} == await fates(desk)


async def test_the_doctor_sends_a_mail_of_its_own(desk):
    """It has to come the whole way, counts for nothing, and is missed else."""

    async def findings():
        found = await mail_in.findings(desk.settings, desk.stores)
        return {one.subject: one.fault for one in found}

    away = await findings()
    async with desk.inbox():
        there = await findings()

    none = "mails received (0: 0 message, 0 ticket, 0 held, 0 dropped)"
    assert {"lmtp": "", none: ""} == there
    assert away["lmtp"].startswith(f"nobody takes mail in at {desk.settings.lmtp}")
    no_way = desk.settings.model_copy(update={"lmtp": ""})
    [first, _] = await mail_in.findings(no_way, desk.stores)
    assert "no way in is set" in first.fault


async def ends(desk, task, days=0):
    """Let staff solve a ticket; return the mail about it, days after that."""
    before = len(desk.mailbox.of_kind("completed"))
    desk.act(task, "complete")
    await until(lambda: len(desk.mailbox.of_kind("completed")) > before)
    task.closed_at -= timedelta(days=days)
    account = await desk.stores.accounts.by_slug("acme")
    await desk.stores.due.mark(TicketRef(account.id, task.id))
    await desk.rested(account)
    return desk.mailbox.of_kind("completed")[-1]


async def test_an_answer_after_the_end_is_not_overlooked(desk, socket):
    """Thanks are posted; what is more reopens the ticket, and later becomes one.

    The question how it was is quoted with the rest.
    """
    task, late = desk.tickets("chat")[0], desk.tickets("forum")[0]
    account = await desk.stores.accounts.by_slug("acme")
    await desk.stores.accounts.update(
        account.id,
        lambda now: replace(
            now, settings=replace(now.settings, ratings=Ratings(ask=True))
        ),
    )
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await ends(desk, task)
        for words in ("Many thanks!", "It burns once more."):
            assert Status.COMPLETED is task.status
            await session.mail(answer_to(mail, words), address_in(mail))
            await until(lambda words=words: said(desk, words))
        await until(lambda: task.status is not Status.COMPLETED)

        assert "How did we do?" in mail.get_body(("plain",)).get_content()
        assert not said(desk, "How did we do?")

        mail = await ends(desk, late, days=8)
        known = set(desk.world.tasks)
        for _ in range(2):
            await session.mail(answer_to(mail, "After a week."), address_in(mail))
        account = await desk.stores.accounts.by_slug("acme")
        await until(lambda: set(desk.world.tasks) - known)
        await desk.rested(account)

    (number,) = set(desk.world.tasks) - known
    assert f"Follow-up: {late.title}" == desk.world.tasks[number].title
    assert "After a week." in desk.world.tasks[number].description
    assert 0 == said(desk, "After a week.")
    assert 1 == said(desk, f"is ticket {number}.")
    assert Status.COMPLETED is late.status


async def test_a_mail_that_came_back_for_its_files_goes_without(desk, socket):
    """Once, with the words and links; the address stays as good as it was."""
    task = desk.ticket()
    sent = files.add_file(desk.world, 2, "report.pdf", b"%PDF")
    words = "552 5.2.3 Message length exceeds administrative limit"
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        talk.add_comment(desk.world, desk.staff(task), task.id, "Look:", [sent.id])
        await until(lambda: any("Look:" in body for body in desk.mailbox.texts()))
        mail = next(one for one, body in desk.mailbox.read() if "Look:" in body)
        to = mail["To"].addresses[0].addr_spec
        for id_ in (mail["Message-ID"], mail["Message-ID"] + " "):
            await session.mail(bounce(to, id_, words), "support@example.com", sender="")
        await until(lambda: len(desk.mailbox.mails) == 2)
        again = desk.mailbox.mails[-1]
        # Nothing is left to take out of that one.
        raw = bounce(to, again["Message-ID"], words)
        await session.mail(raw, "support@example.com", sender="")

        async def settled():
            return (await desk.stores.arrivals.came()).settled == 3

        await until(settled)
        account = await desk.stores.accounts.by_slug("acme")
        await desk.rested(account)
    assert ["report.pdf"] == [one.get_filename() for one in mail.iter_attachments()]
    assert [] == [*again.iter_attachments()]
    assert again["Message-ID"] != mail["Message-ID"]
    assert "Look:" in again.get_body(("plain",)).get_content()
    assert 2 == len(desk.mailbox.mails)
    [parked] = [one async for one in desk.stores.parked.all(account.id)]
    assert words in why(parked)
    assert await desk.stores.returned.words(account.id, to) is None


async def test_a_mail_that_came_back_waits_for_staff_with_the_servers_words(
    desk, socket
):
    """It is dropped and answered by nobody; one that names no mail of ours is not."""
    task = desk.ticket()
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await told(desk, task)
        to = mail["To"].addresses[0].addr_spec
        for id_ in (mail["Message-ID"], "<made.up@example.com>"):
            await session.mail(bounce(to, id_), "support@example.com", sender="")

        async def settled():
            return (await desk.stores.arrivals.came()).settled == 2

        await until(settled)
        account = await desk.stores.accounts.by_slug("acme")
        [parked] = [one async for one in desk.stores.parked.all(account.id)]

        # Nothing more is sent there, until somebody has it sent again.
        desk.comment(task, "Are you there?")

        async def two():
            return await desk.stores.parked.count(account.id) == 2

        await until(two)
        assert not any("Are you there?" in body for body in desk.mailbox.texts())
        for one in [one async for one in desk.stores.parked.all(account.id)]:
            await failed.replay(account, one, desk.stores)
        await until(lambda: any("Are you" in body for body in desk.mailbox.texts()))
    assert f"replied about ticket {task.id} to {to}" == parked.about
    assert "550 5.1.1 no such mailbox here" in why(parked)
    assert "Please restart it." in parked.content
    assert {"dropped": 2} == await fates(desk)
    assert not said(desk, "sorry to have to inform")
