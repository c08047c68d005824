"""Old conversations live in Bitrix24 alone, and come back when somebody reads them."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession, DummyCookieJar
from desk import SETTINGS, Desk, until
from examples import NOON, ticket
from handing_over import address_in, answer_to, bounce, handing_over
from holdups import held_up
from savings import save

from ticket24.domain.accounts.model import Account
from ticket24.domain.customers.budgets import RETRIEVALS, Charge
from ticket24.domain.news.letters import Kind
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.tickets.archiving import archive, retrieve
from ticket24.store import keys
from ticket24.store.letters.parked import LETTER
from ticket24.store.sign_in.sessions import RedisSessions
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.pictures import RedisTickets

AGO = timedelta(days=100)


@pytest.fixture
async def desk(redis, redis_url, mailbox, tmp_path, pace):
    made = Desk(redis_url, mailbox, tmp_path, pace=pace, archive_after_days=30)
    async with made as desk:
        yield desk


@pytest.fixture(params=["chat", "forum"])
def task(request, desk):
    """A ticket that was solved long ago, with words of both sides and internal ones."""
    task = desk.ticket(request.param)
    desk.comment(task, "Have you tried turning it off?")
    desk.comment(task, "## They never pay.")
    desk.act(task, "complete")
    age(desk, task)
    return task


def age(desk, task):
    """Make all that happened in a task happen a hundred days earlier."""
    for name in ("created_at", "changed_at", "activity_at", "status_changed_at"):
        setattr(task, name, getattr(task, name) - AGO)
    task.closed_at -= AGO
    for one in desk.world.messages.values():
        one.posted_at -= AGO * (one.chat_id == task.chat_id)
    for one in desk.world.comments.values():
        one.posted_at -= AGO * (one.task_id == task.id)


async def kept(desk, account, task):
    return await desk.stores.tickets.get(TicketRef(account.id, task.id))


async def archived(desk, account, task):
    ticket = await kept(desk, account, task)
    return ticket is not None and ticket.archived


def words(desk):
    return [text for text in desk.mailbox.texts() if "turning it off" in text]


@pytest.fixture
async def account(desk, task):
    marks = f'internal_marks = ["##"]\n{SETTINGS}'
    return await desk.connect(settings=marks)


@pytest.fixture
async def reader(desk, account, task):
    """Whoever opened the ticket, signed in."""
    contact = desk.world.contacts[task.contact_ids[0]]
    email = contact.emails[0].value
    sessions = RedisSessions(desk.stores.redis)
    cookie = await sessions.start(account.id, [contact.id], email, contact.name)
    headers = {"Cookie": f"ticket24_session={cookie}"}
    async with ClientSession(headers=headers, cookie_jar=DummyCookieJar()) as browser:

        async def read():
            async with browser.get(desk.portal(f"tickets/{task.id}")) as answer:
                assert 200 == answer.status
                return await answer.text()

        yield read


async def test_old_words_are_not_kept_and_come_back(desk, account, task, reader):
    """Within two seconds of opening the page; nobody is mailed, all the while."""
    async with desk.worker():
        await until(lambda: archived(desk, account, task))
        stored = await kept(desk, account, task)
        began = time.monotonic()
        async with held_up(desk.stores.redis) as holdups:
            page = await reader()
        seconds = time.monotonic() - began - holdups.seconds
        again = await kept(desk, account, task)
        await desk.rested(account)

    assert "turning it off" not in repr(stored)
    assert "turning it off" in page
    assert "They never pay" not in page
    assert seconds < 2
    assert not again.archived
    assert [] == desk.mailbox.texts()


async def test_bitrix24_is_away_and_the_page_says_so(desk, account, task, reader):
    """The page comes without the words, and has them once Bitrix24 is back."""
    async with desk.worker():
        await until(lambda: archived(desk, account, task))
        desk.world.faults.rest = "502"
        page = await reader()
        desk.world.faults.rest = ""

        async def back():
            return "turning it off" in await reader()

        await until(back)

    assert "This is an old ticket" in page
    assert "turning it off" not in page
    assert "Look again" in page


async def test_reloading_asks_bitrix24_no_more(desk, account, task, reader):
    """However often somebody opens the page meanwhile, it makes no more of one look."""
    assert await archived(desk, account, task)
    marks = keys.marks(account.id)
    await reader()
    asked = await desk.stores.redis.hgetall(marks)
    await reader()

    assert [f"ticket:{task.id}".encode()] == [*asked]
    assert asked == await desk.stores.redis.hgetall(marks)


async def test_what_was_internal_stays_internal(desk, account, task, reader):
    """Even if the company marks internal words otherwise by now."""
    async with desk.worker():
        await until(lambda: archived(desk, account, task))
        await save(desk, account, internal_marks=("!!",))
        await desk.rested(account)
        page = await reader()

    assert "turning it off" in page
    assert "They never pay" not in page
    assert [] == desk.mailbox.texts()


async def test_who_goes_on_is_told_once(desk, account, task, reader):
    """A new answer is mailed, with its words and no older ones; then all stay."""
    async with desk.worker():
        await until(lambda: archived(desk, account, task))
        desk.comment(task, "We found the cause after all.")
        await until(lambda: "found the cause" in str(desk.mailbox.texts()))
        await desk.rested(account)
        ticket = await kept(desk, account, task)

    assert 1 == str(desk.mailbox.texts()).count("found the cause")
    assert [] == words(desk)
    assert not ticket.archived
    assert "turning it off" in repr(ticket)


async def test_what_nothing_moves_is_archived_too(desk, account, task, reader):
    """A conversation that is old by now, with those that somebody read a day ago."""
    async with desk.worker():
        await until(lambda: archived(desk, account, task))
        await reader()
        ref = TicketRef(account.id, task.id)
        assert not await archived(desk, account, task)
        await desk.stores.tickets.want(ref, desk.world.now() - timedelta(days=1))
        await desk.stores.alarms.set(ref, desk.world.now() - timedelta(hours=1))
        await until(lambda: archived(desk, account, task))


async def test_however_many_moved_last_in_the_same_second(stores, redis):
    """A program may have closed them all at once, long ago."""
    await redis.hset(keys.account("acme"), "account", "{}")
    old = 2 * int((NOON - timedelta(days=90)).timestamp())
    same = {str(number): old for number in range(1, 251)}
    await redis.zadd(keys.tickets("acme"), {**same, "300": old + 1, "301": old - 1})
    archiving = replace(stores, tickets=RedisTickets(redis, 30))

    for count in (200, 251, 252):
        await archive(Account("acme", "acme", 1, NOON), archiving)
        assert count == await stores.due.count("acme")


async def test_old_conversations_have_a_budget(stores):
    """Nobody has all of Bitrix24 read again; who reloads a page pays once."""
    await stores.redis.hset(keys.account("acme"), "account", "{}")
    refs = [TicketRef("acme", number) for number in range(1, 122)]
    for ref in refs:
        assert await stores.tickets.commit(ticket(ref=ref), 0, ClaimedRef(ref, 0), [])
    anna, ben = ([Charge(RETRIEVALS, who)] for who in ("43", "44"))

    for ref in (*refs[:-1], refs[0]):
        assert await retrieve(ref, stores, anna)
    assert not await retrieve(refs[-1], stores, anna)
    assert 120 == await stores.due.count("acme")
    await retrieve(refs[-1], stores, ben)
    assert 121 == await stores.due.count("acme")


async def test_whoever_opened_too_many_of_them_reads_so(desk, account, task, reader):
    """And not that the words are on their way."""
    charge = Charge(RETRIEVALS, str(task.contact_ids[0]))
    async with desk.worker():
        await until(lambda: archived(desk, account, task))
        while not await desk.stores.budgets.spend(account.id, [charge]):
            pass
        page = await reader()

    assert "opened many of them in a short time" in page
    assert "We’re fetching" not in page
    assert await archived(desk, account, task)


async def test_what_was_found_too_early_is_looked_at_once_more(desk, task):
    """Its dates are far apart, and it is found but once: by what they are together."""
    task.activity_at += timedelta(days=90)
    account = await desk.connect()
    alarms = keys.alarms(account.id)
    async with desk.worker():
        await desk.rested(account)
        assert not await archived(desk, account, task)
        at = await desk.stores.redis.zscore(alarms, str(task.id))
        left = timedelta(seconds=at / 1_000 - time.time())
        assert timedelta(days=20) < left < timedelta(days=21)

        age(desk, task)
        await desk.stores.redis.zadd(alarms, {str(task.id): 0})
        await until(lambda: archived(desk, account, task))


async def test_an_answer_by_mail_is_compared_with_the_words(desk, tmp_path):
    """It waits for them: what it quotes of an old conversation is not posted again.

    So it does if it answers in another ticket as well.
    """
    desk.settings = desk.settings.model_copy(
        update={
            "reply_address": "support+{token}@example.com",
            "lmtp": f"unix:{tmp_path}/lmtp.sock",
        }
    )
    task, live = desk.ticket("forum"), desk.ticket("chat")
    live.crm[:] = task.crm
    account = await desk.connect()
    async with (
        desk.worker(),
        desk.inbox(),
        handing_over(f"{tmp_path}/lmtp.sock") as session,
    ):
        desk.comment(task, "Have you tried turning it off?")
        ((mail, _),) = await until(desk.mailbox.read)
        desk.comment(live, "Which one of them?")
        await until(lambda: len(desk.mailbox.mails) == 2)
        other = desk.mailbox.mails[1]
        desk.act(task, "complete")
        await desk.rested(account)
        age(desk, task)
        await desk.stores.due.mark(TicketRef(account.id, task.id))
        await until(lambda: archived(desk, account, task))
        known = {*desk.world.tasks}

        both = f"{address_in(other)}, {address_in(mail)}"
        raw = answer_to(mail, "It burns again.", to=both)
        await session.mail(raw, address_in(other))
        await until(lambda: {*desk.world.tasks} - known)
        (new,) = {*desk.world.tasks} - known
        ref = TicketRef(account.id, live.id)

        async def said():
            ticket = await desk.stores.tickets.get(ref)
            return any("It burns again." in one.text for one in ticket.messages)

        await until(said)

    assert "It burns again." in desk.world.tasks[new].description
    assert "turning it off" not in desk.world.tasks[new].description


async def test_what_comes_back_of_an_old_conversation_has_its_words(desk, tmp_path):
    """Staff read what did not arrive, and it can be sent again; so is its end."""
    where = {"lmtp": f"unix:{tmp_path}/lmtp.sock"}
    desk.settings = desk.settings.model_copy(update=where)
    task = desk.ticket()
    account = await desk.connect()
    async with (
        desk.worker(),
        desk.inbox(),
        handing_over(f"{tmp_path}/lmtp.sock") as session,
    ):
        for text in ("Have you tried turning it off?", "And on again?"):
            desk.comment(task, text)
            await until(lambda text=text: text in "".join(desk.mailbox.texts()))
        desk.act(task, "complete")
        await until(lambda: len(desk.mailbox.mails) == 3)
        first, _, end = desk.mailbox.mails
        await desk.rested(account)
        desk.world.skew_seconds = AGO.total_seconds()
        await desk.stores.due.mark(TicketRef(account.id, task.id))
        await until(lambda: archived(desk, account, task))
        desk.world.skew_seconds = 0

        to = first["To"].addresses[0].addr_spec
        for mail in (first, end):
            raw = bounce(to, mail["Message-ID"])
            await session.mail(raw, "support@example.com", sender="")

        async def came_back():
            found = [one async for one in desk.stores.parked.all(account.id)]
            letters = [LETTER.validate_json(one.content) for one in found]
            return letters if len(letters) == 2 else []

        letters = {one.kind: one for one in await until(came_back)}

    assert {Kind.REPLIED, Kind.COMPLETED} == letters.keys()
    (message,) = letters[Kind.REPLIED].messages
    assert "turning it off" in message.text
