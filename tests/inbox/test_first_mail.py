"""A stranger mails, confirms the address, and has a ticket with the mail's files."""

import re
from dataclasses import replace

import pytest
import pytest_asyncio
from answering import socket_of, with_mail_in
from desk import until
from handing_over import handing_over
from living import HURRY

SETTINGS = """
company_name = "Acme Support"
[[departments]]
name = "Support"
group_id = {support}
[[departments]]
name = "Sales"
group_id = {sales}
strangers = ["mail"]
"""
MAIL = """From: Nora Neu <Nora@new.example>\r
To: {to}\r
Subject: Pump\r
Message-ID: <{id}@new.example>\r
{heads}MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b"\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
The pump is broken.\r
--b\r
Content-Type: text/plain\r
Content-Disposition: attachment; filename="log.txt"\r
\r
all wet\r
--b--\r
"""


@pytest.fixture
def pace():
    return replace(HURRY, typing_seconds=0)


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk):
    return await with_mail_in(shared_desk, settings=SETTINGS)


def mail(number, to="support@example.com", heads=""):
    return MAIL.format(to=to, id=number, heads=heads).encode()


def confirmations(desk):
    return desk.mailbox.of_kind("confirmation")


async def link(desk):
    (asked,) = await until(lambda: confirmations(desk))
    text = asked.get_body(("plain",)).get_content()
    return re.search(r"http\S+/contact/[\w-]+", text)[0]


async def settled(desk):
    return not (await desk.stores.arrivals.came()).waiting


async def test_a_mail_of_a_stranger_is_a_ticket_once_it_is_confirmed(desk):
    """Before, nothing is in Bitrix24; then the ticket has the words and the file."""
    before = set(desk.world.contacts), set(desk.world.tasks)
    socket = socket_of(desk)
    account = await desk.stores.accounts.by_slug("acme")
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        for number, to in ((1, "support@example.com"), (2, "support+ACME@example.com")):
            assert ["250 2.0.0 kept"] == await session.mail(mail(number, to), to)
        address = await link(desk)
        await until(lambda: settled(desk))
        async with desk.http.get(address) as shown:
            page = await shown.text()
        assert before == (set(desk.world.contacts), set(desk.world.tasks))
        first, second = re.findall(r'name="id" value="([^"]+)"', page)
        assert 0 == await desk.stores.held.count(account.id)

        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        data = [("csrf_token", token), ("do", "send"), ("id", first), ("id", first)]
        async with desk.http.post(address, data=data) as sent:
            assert 200 == sent.status
        await until(lambda: set(desk.world.tasks) - before[1])
        await until(lambda: desk.mailbox.of_kind("created"))
        await desk.rested(account)

    (number,) = set(desk.world.tasks) - before[1]
    (contact,) = set(desk.world.contacts) - before[0]
    task, nora = desk.world.tasks[number], desk.world.contacts[contact]
    assert ("The pump is broken." in page, "with 1 file" in page) == (True, True)
    assert ("Pump", desk.groups[1], [contact]) == (
        task.title,
        task.group_id,
        [*task.contact_ids],
    )
    assert ("Nora Neu", "nora@new.example") == (nora.name, nora.emails[0].value)
    assert "log.txt" in {one.name for one in desk.world.files.values()}
    assert 1 == len(confirmations(desk))
    came = await desk.stores.arrivals.came()
    assert {"ticket": 1, "held": 1} == {
        fate.value: count for fate, count in came.fates.items() if count
    }
    assert second != first


async def test_programs_and_forged_senders_are_asked_nothing(desk):
    """Nor is whoever our mail server vouches for not; their mail is as before."""
    socket = socket_of(desk)
    heads = (
        "Auto-Submitted: auto-replied\r\n",
        "Return-Path: <>\r\n",
        "Precedence: bulk\r\nX-Auto-Response-Suppress: All\r\n",
        "Authentication-Results: mx.example.com; dmarc=fail\r\n",
        "In-Reply-To: <confirmation." + "a" * 32 + "@example.com>\r\n",
        "",
    )
    async with (
        desk.worker(),
        desk.inbox(authserv_id="mx.example.com"),
        handing_over(socket) as session,
    ):
        for number, head in enumerate(heads):
            await session.mail(mail(number, heads=head), "support@example.com")
        ours = mail(99).replace(b"Nora@new.example", b"Support@Example.com")
        await session.mail(ours, "support@example.com")
        vouched = "Authentication-Results: mx.example.com; dmarc=pass\r\n"
        await session.mail(mail(100, heads=vouched), "support@example.com")
        await link(desk)
        await until(lambda: settled(desk))

    held = await desk.stores.held.all()
    assert 1 == len(confirmations(desk))
    assert ["failed_verdict", *["no_ticket"] * 3, "unconfirmed"] == sorted(
        one.why.value for one in held
    )
