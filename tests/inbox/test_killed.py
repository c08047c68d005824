"""Whoever dies when: no mail is lost, and none is there twice."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest_asyncio

from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.commands.model import MoveTicket, PostReply
from ticket24.domain.tickets.model import Status, TicketRef
from ticket24.flows.arrivals.taking_in import take_in
from ticket24.store import keys
from ticket24.store.connection import texts
from ticket24.store.tickets.due import ClaimedRef

# Into so many parts the time is divided that a mail takes.
_PARTS = 7

REPLY_ADDRESS = "support+{token}@example.com"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk):
    update = {"reply_address": REPLY_ADDRESS}
    shared_desk.settings = shared_desk.settings.model_copy(update=update)
    await shared_desk.connect()
    return shared_desk


async def test_a_mail_has_one_fate_at_whichever_step_its_process_dies(desk):
    """It is judged again by another process, and asked for once, with its file."""
    account = await desk.stores.accounts.by_slug("acme")
    refs = [TicketRef(account.id, one.id) for one in desk.tickets()]
    known = await desk.stores.tickets.get_all(refs)
    # A mail is compared with all of its ticket: one with few messages is quick.
    ticket = min((one.ticket for one in known), key=lambda one: len(one.messages))
    arrivals = desk.stores.arrivals
    email = desk.world.contacts[ticket.contact_ids[0]].emails[0].value
    replies = ReplyAddresses(REPLY_ADDRESS, desk.stores.seal.digests)
    to = replies.of(ticket.ref, email)

    def mail(text, by):
        return (
            f"From: <{by}>\r\nTo: <{to}>\r\nMessage-ID: <{text}@x>\r\n"
            'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
            f"--b\r\n\r\n{text}\r\n--b\r\nContent-Disposition: attachment;"
            f' filename="{text}.txt"\r\n\r\nfile\r\n--b--\r\n'
        ).encode()

    async def take():
        [claimed] = await arrivals.claim(9)
        await take_in(claimed, desk.stores, desk.settings, replies, None)

    for by in (email, "eve@evil.example"):
        for first in range(2):  # The very first one takes longer.
            await arrivals.keep(mail(f"word-{first}-{by[:3]}", by), [to])
            began = time.perf_counter()
            await take()
            whole = time.perf_counter() - began
        for part in range(2, _PARTS):
            await arrivals.keep(mail(f"word-{part}-{by[:3]}", by), [to])
            taking = asyncio.create_task(take())
            await asyncio.sleep(whole * part / _PARTS)
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
            for id_ in await desk.stores.redis.zrange(keys.ARRIVALS, 0, -1):
                await desk.stores.redis.zadd(keys.ARRIVALS, {id_: 0})
                await take()

    asked = await desk.stores.commands.waiting(account.id, ticket.contact_ids)
    came = await arrivals.came()
    held = await desk.stores.held.all(account.id)
    words = [f"word-{n}-{email[:3]}" for n in range(_PARTS)]
    assert words == [one.command.text for one in asked]
    assert {1} == {len(one.command.uploads) for one in asked}
    assert _PARTS == len({one.id for one in held}) == came.fates["held"]
    assert 2 * _PARTS == came.all == came.settled


async def test_what_dies_between_a_reopening_and_its_reply_loses_neither(desk):
    """The reply comes last: whoever finds it knows that nothing is left to ask for."""
    account = await desk.stores.accounts.by_slug("acme")
    ref = TicketRef(account.id, desk.ticket().id)
    kept = (await desk.stores.tickets.get_all([ref]))[0]
    now = datetime.now(UTC)
    solved = replace(kept.ticket, status=Status.COMPLETED, closed_at=now)
    assert await desk.stores.tickets.commit(
        solved, kept.revision, ClaimedRef(ref, 0), [], before=kept.ticket
    )
    email = desk.world.contacts[solved.contact_ids[0]].emails[0].value
    replies = ReplyAddresses(REPLY_ADDRESS, desk.stores.seal.digests)
    mail = f"From: <{email}>\r\nMessage-ID: <1@x>\r\n\r\nIt burns once more.\r\n"
    await desk.stores.arrivals.keep(mail.encode(), [replies.of(ref, email)])

    [claimed] = await desk.stores.arrivals.claim(9)
    await take_in(claimed, desk.stores, desk.settings, replies, None)

    commands = desk.stores.commands
    name = keys.lane(account.id, str(ref.task_id))
    lane = texts(await desk.stores.redis.lrange(name, 0, -1))
    asked = [
        await commands.outcome(account.id, solved.contact_ids, id_) for id_ in lane
    ]
    assert [MoveTicket, PostReply] == [type(one.command) for one in asked]
