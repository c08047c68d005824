"""Whoever dies when: no mail is lost, and none is there twice."""

import asyncio

import pytest_asyncio

from ticket24.domain.arrivals.tokens import ReplyAddresses
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.arrivals.taking_in import take_in
from ticket24.store import keys

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
    task, arrivals = desk.ticket(), desk.stores.arrivals
    email = desk.world.contacts[task.contact_ids[0]].emails[0].value
    replies = ReplyAddresses(REPLY_ADDRESS, desk.stores.seal.digests)
    to = replies.of(TicketRef(account.id, task.id), email)

    def mail(text, by):
        return (
            f"From: <{by}>\r\nTo: <{to}>\r\nMessage-ID: <{text}@x>\r\n"
            'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
            f"--b\r\n\r\n{text}\r\n--b\r\nContent-Disposition: attachment;"
            f' filename="{text}.txt"\r\n\r\nfile\r\n--b--\r\n'
        ).encode()

    async def take():
        [claimed] = await arrivals.claim(9)
        await take_in(claimed, desk.stores, desk.settings, replies)

    steps = range(0, 100, 3)
    for turns in steps:
        for by in (email, "eve@evil.example"):
            await arrivals.keep(mail(f"word-{turns}-{by[:3]}", by), [to])
            taking = asyncio.create_task(take())
            await asyncio.sleep(turns / 4_000)
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
            left = await desk.stores.redis.zrange(keys.ARRIVALS, 0, -1)
            for id_ in left:
                await desk.stores.redis.zadd(keys.ARRIVALS, {id_: 0})
                await take()

    asked = await desk.stores.commands.waiting(account.id, task.contact_ids)
    came = await arrivals.came()
    held = await desk.stores.held.all(account.id)
    assert [f"word-{n}-{email[:3]}" for n in steps] == [a.command.text for a in asked]
    assert {1} == {len(one.command.uploads) for one in asked}
    assert len(steps) == len({one.id for one in held}) == came.fates["held"]
    assert 2 * len(steps) == came.all == came.settled
