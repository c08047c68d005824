"""Letters are claimed only where nobody else can be sending them."""

import asyncio
import re
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from desk import Desk, until
from examples import letter, message
from letters import put_letter
from redis.exceptions import ConnectionError as NoConnection

from bitrix24_sandbox.account import files
from bitrix24_sandbox.account.conversations import talk
from ticket24.domain.news.letters import Kind
from ticket24.domain.tickets.model import TicketRef
from ticket24.mail.address import Sender
from ticket24.mail.server.smtp import CONNECTIONS, Mailer
from ticket24.store import keys
from ticket24.worker.loops import Bell, turns
from ticket24.worker.mailing import Mailing
from ticket24.worker.parts import open_parts


@pytest.mark.parametrize(("calm_seconds", "mails"), [(600.0, 0), (0.05, 1)])
async def test_nothing_is_claimed_soon_after_redis_was_away(
    desk, monkeypatch, calm_seconds, mails
):
    """Workers that were sending have time to renew claims; later everything goes on."""
    account = await desk.connect()
    outbox = desk.stores.outbox
    await put_letter(desk.stores.redis, letter(ref=TicketRef(account.id, 999_999)))

    async def away(limit):
        raise NoConnection("it is away")

    async with open_parts(desk.settings, desk.pace) as parts:
        mailing = Mailing(parts, Bell(), calm_seconds=calm_seconds)
        with monkeypatch.context() as broken:
            broken.setattr(type(outbox), "accounts", lambda self, limit: away(limit))
            with pytest.raises(NoConnection):
                await mailing.turn()
        await asyncio.sleep(0.06)
        await mailing.turn()
        await mailing.crew.finish()

    assert mails == len(desk.mailbox.mails)


async def test_letters_of_two_accounts_may_have_the_same_id(
    redis_url, redis, mailbox, tmp_path
):
    """Tickets of two accounts have the same numbers; both mails go out at once."""
    (tmp_path / "other").mkdir()
    async with (
        Desk(redis_url, mailbox, tmp_path) as one,
        Desk(redis_url, mailbox, tmp_path / "other") as other,
        open_parts(one.settings, one.pace) as parts,
    ):
        other.world.member_id = "b" * 32
        for account in (
            await one.connect(),
            await other.connect(slug="other", token="another-token"),
        ):
            await put_letter(
                parts.stores.redis, letter(ref=TicketRef(account.id, 999_999))
            )
        mailbox.held = asyncio.Event()
        mailing = Mailing(parts, Bell())

        await mailing.turn()

        await until(lambda: len(mailbox.mails) == 2)
        mailbox.held.set()
        await mailing.crew.finish()


@asynccontextmanager
async def mailing_on(desk, connections):
    """Let letters be sent, on at most so many connections."""
    stop, bell = asyncio.Event(), Bell()
    async with open_parts(desk.settings, desk.pace) as parts:
        sender = Sender(desk.settings.mail_from, "example.com")
        mailer = Mailer(desk.settings.require_mail(), sender, connections=connections)
        mailing = Mailing(replace(parts, mailer=mailer), bell)
        run = turns("mailing", mailing.turn, bell, pause_seconds=0.05, stop=stop)
        running = asyncio.create_task(run)
        yield mailing
        stop.set()
        await running
        await mailing.crew.finish()
        await mailer.close()


async def test_a_burst_of_one_account_does_not_hold_up_another(
    redis_url, redis, mailbox, tmp_path
):
    """Its mail is the next, though all go to one provider, by few connections."""
    (tmp_path / "other").mkdir()
    async with (
        Desk(redis_url, mailbox, tmp_path) as desk,
        Desk(redis_url, mailbox, tmp_path / "other") as other,
    ):
        other.world.member_id = "b" * 32
        many = await desk.connect()
        single = await other.connect(slug="single", token="another-token")

        async def put(account, count):
            for number in range(count):
                name = f"{account.slug}-{number}"
                waits = letter(
                    id=name,
                    ref=TicketRef(account.id, 900_000 + number),
                    recipient=f"{name}@example.com",
                )
                await put_letter(redis, waits)

        await put(many, 40)
        mailbox.seconds = 0.1
        async with mailing_on(desk, connections=2) as mailing:
            await until(lambda: len(mailbox.mails) > 2)
            mailbox.held = asyncio.Event()
            before = len(mailbox.mails)
            await put(single, 1)
            await until(lambda: mailing.crew.has(single.id))
            mailbox.held.set()
            await until(lambda: len(mailbox.mails) == 41)

    names = [mail["X-Envelope-To"] for mail in mailbox.mails]
    assert 41 == len(set(names))
    # Some of the burst are on their way, and a worker looks now and then.
    assert names.index("single-0@example.com") - before <= 10


async def test_letters_that_wait_for_files_leave_their_places_to_others(
    redis_url, redis, mailbox, tmp_path
):
    """However many wait for a Bitrix24 that hangs, another account's mail goes."""
    (tmp_path / "other").mkdir()
    async with (
        Desk(redis_url, mailbox, tmp_path) as desk,
        Desk(redis_url, mailbox, tmp_path / "other") as other,
    ):
        other.world.member_id = "b" * 32
        desk.pace = replace(desk.pace, reading_patience_seconds=600.0)
        hangs = await desk.connect(extra="mail_megabytes = 1\n")
        single = await other.connect(slug="single", token="another-token")
        mailbox.answer = "451 later"
        async with desk.worker():
            ticket = desk.ticket("chat")
            file = files.add_file(desk.world, 2, "letter.pdf", b"%PDF-1.7 letter")
            by = desk.staff(ticket)
            talk.add_comment(desk.world, by, ticket.id, "Here you are.", [file.id])

            async def decided():
                waits = await desk.stores.outbox.all(hangs.id)
                return [one for one in waits if one.messages and one.messages[-1].files]

            await until(decided)
        (waits,) = await decided()
        desk.world.faults.rest = "hang"
        for number in range(15):
            one = replace(waits, id=f"{number}", recipient=f"{number}@example.com")
            await put_letter(redis, one)
        mailbox.answer = "250 OK"
        async with mailing_on(desk, connections=4) as mailing:
            await until(lambda: len(mailing.crew) >= 15)
            # All that there are, at most: none waits in one of them.
            await until(lambda: mailing.crew.free == CONNECTIONS)
            await put_letter(redis, letter(ref=TicketRef(single.id, 999_999)))
            await until(lambda: mailbox.mails)
            await mailing.crew.cancel()

    assert "anna@example.com" == mailbox.mails[0]["X-Envelope-To"]


async def test_an_answer_comes_before_the_mail_that_the_ticket_is_solved(desk):
    """What one look finds is mailed in its order, one after the other."""
    account = await desk.connect()
    ticket = desk.ticket()
    desk.mailbox.seconds = 0.2
    desk.comment(ticket, "Please restart it.")
    desk.act(ticket, "complete", desk.staff(ticket))
    await desk.stores.due.mark(TicketRef(account.id, ticket.id))
    async with desk.worker():
        await until(lambda: len(desk.mailbox.mails) == 2)
        await desk.quiet(account)

    kinds = [mail["X-Ticket24-Kind"] for mail in desk.mailbox.mails]
    assert ["replied", "completed"] == kinds


async def test_what_is_new_in_a_ticket_comes_in_its_order(desk):
    """Also where several letters to one reader are claimed at once."""
    account = await desk.connect()
    ref, redis = TicketRef(account.id, 999_999), desk.stores.redis
    for place, id_ in enumerate(("51-d", "51-c", "51-b", "51-a")):
        said = (message(place, f"Part {place} of all."),)
        await put_letter(redis, letter(id=id_, ref=ref, messages=said))
        await redis.zadd(keys.outbox_times(account.id), {id_: place})

    async with desk.worker():
        await until(lambda: len(desk.mailbox.mails) == 4)

    texts = [one.get_body(("plain",)).get_content() for one in desk.mailbox.mails]
    for place, text in enumerate(texts):
        assert f"Part {place} of all." in text


async def test_who_waits_first_goes_first_though_its_pause_ends_last(desk):
    """Pauses end in any order; a letter that never comes back is waited for a while."""
    account = await desk.connect()
    ref, redis = TicketRef(account.id, 999_999), desk.stores.redis
    times = keys.outbox_times(account.id)
    for id_ in "dcba":
        said = (message(1, f"This is {id_}."),)
        await put_letter(redis, letter(id=id_, ref=ref, messages=said))
    desk.mailbox.held = asyncio.Event()
    async with open_parts(desk.settings, desk.pace) as parts:
        mailing = Mailing(parts, Bell())

        async def turn(*ready):
            """Let the pauses of these end, and of no others."""
            await redis.zadd(times, dict.fromkeys("abcd", 4e12), xx=True)
            await redis.zadd(times, {id_: n for n, id_ in enumerate(ready)}, xx=True)
            await desk.stores.outbox.index(account.id)
            await mailing.turn()

        for ready in ("dc", "ba", "bac"):
            await turn(*ready)
        desk.mailbox.held.set()
        await mailing.crew.finish()
        for ready in ("ba", "abc", "ba", "ab", "a"):
            await turn(*ready)
            await mailing.crew.finish()

    texts = [one.get_body(("plain",)).get_content() for one in desk.mailbox.mails]
    told = [re.search(r"This is (\w)", text)[1] for text in texts]
    assert [*"dcba"] == told


async def test_while_a_letter_waits_its_ticket_is_looked_at(desk):
    """What staff edit or delete in a chat meanwhile raises no event."""
    account = await desk.connect()
    ref = TicketRef(account.id, desk.ticket().id)
    picture = await desk.stores.tickets.get(ref)
    said = tuple(one for one in picture.messages if one.public)[:1]
    waits = letter(ref=ref, messages=said)
    await put_letter(desk.stores.redis, waits)
    await desk.mailbox.close()

    async with open_parts(desk.settings, desk.pace) as parts:
        mailing, looks = Mailing(parts, Bell()), []
        for _ in range(2):
            await mailing.turn()
            await mailing.crew.finish()
            looks.append(await desk.stores.due.count(account.id))
            await parts.stores.outbox.postpone(waits, 0, counted=False)
            await parts.stores.outbox.index(account.id)

    assert [0, 1] == looks


async def test_nobody_is_told_without_end_what_others_write(desk):
    """Twenty mails an hour go to one address; the others wait, and count no tries."""
    account = await desk.connect()
    ref = TicketRef(account.id, 999_999)
    for number in range(23):
        for name in ("carl", "dora")[: 1 + (number < 3)]:
            said = letter(
                id=f"{name}-{number}",
                ref=ref,
                kind=Kind.SAID,
                recipient=f"{name}@example.com",
                in_copy=True,
            )
            await put_letter(desk.stores.redis, said)
    async with desk.worker():
        await until(lambda: len(desk.mailbox.mails) == 23)

        async def rest():
            return await desk.stores.outbox.count(account.id) == 3

        await until(rest)
    to = Counter(mail["X-Envelope-To"] for mail in desk.mailbox.mails)
    assert {"carl@example.com": 20, "dora@example.com": 3} == to
    assert (0, 0) == (await desk.stores.outbox.failing(account.id))[:2]
