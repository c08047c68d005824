"""Mails that wait are listed for staff, who let them speak or discard them."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest_asyncio
from living import settled

from bitrix24_sandbox.account import people
from ticket24.domain.arrivals.fates import HeldFor, HeldMail, Release

TAB = "CRM_CONTACT_DETAIL_TAB"
GONE = "Someone has already taken care of this."


def said(page):
    """Return the words of a page, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", page)).split())


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_app_desk):
    async def ready():
        account = await settled(shared_app_desk)
        return account, shared_app_desk.ticket().id

    desk = shared_app_desk
    desk.account, number = await desk.prepared("settled", ready)
    desk.task = desk.world.tasks[number]
    return desk


async def hold(desk, words, **changes):
    """Let a mail wait; return its id."""
    id_ = await desk.stores.arrivals.keep(words.encode(), [])
    mail = HeldMail(
        id_,
        HeldFor.STRANGER,
        datetime.now(UTC),
        desk.account.id,
        desk.task.id,
        desk.task.contact_ids[0],
        "maria@home.example",
        "Maria <b>Home</b>",
        "Re: Printer",
        words,
        2,
    )
    await desk.stores.held.hold(replace(mail, **changes))
    return id_


async def open_tab(desk, contact_id):
    return await desk.frame(placement=TAB, options={"ID": str(contact_id)})


async def released(desk):
    """Return what was decided about the mails that are to be judged again."""
    return {one.id: one.release for one in await desk.stores.arrivals.claim(9)}


async def test_who_sees_a_contact_decides_about_its_mails(desk):
    """A mail is released, or released with its address, or discarded; once."""
    (contact_id,) = desk.task.contact_ids
    first, second, _ = [await hold(desk, f"Word {n}.") for n in range(3)]
    frame = await open_tab(desk, contact_id)
    words = said(frame.page)
    other = people.add_contact(desk.world, 1, "Else", emails=["else@example.com"])
    stranger = await open_tab(desk, other.id)

    assert "Emails waiting for your decision" in words
    assert "Maria <b>Home</b> < maria@home.example > Word 0. 2 files" in words
    assert "The sender isn’t one of the ticket’s customers." in words
    assert "Word 0." not in stranger.page
    fields = {"csrf_token": stranger.token, "release": first}
    await stranger.post("/bitrix24/contact-tab/held", fields)
    assert GONE in said(stranger.page)
    assert 3 == await desk.stores.held.count(desk.account.id)

    await frame.submit("/held", "Add to ticket")
    assert "It’s on its way into the ticket." in said(frame.page)
    await frame.submit("/held", "Add, and remember the address")
    assert "the address is remembered" in said(frame.page)
    await frame.submit("/held", "Discard")
    assert "It was discarded." in said(frame.page)

    release = Release(desk.account.id, desk.task.id, contact_id)
    expected = {first: release, second: replace(release, remember=True)}
    assert expected == await released(desk)
    assert 0 == await desk.stores.held.count()


async def test_an_administrator_sees_those_that_are_nobodys_ticket(desk):
    """Also without a contact, when they can only be discarded; not other accounts'."""
    (contact_id,) = desk.task.contact_ids
    begun = await hold(desk, "New.", why=HeldFor.NO_TICKET, task_id=0)
    await hold(desk, "Who?", why=HeldFor.NO_TICKET, task_id=0, contact_id=0)
    await hold(desk, "Not yours.", account="other")
    frame = await desk.frame()
    assert "2 emails are waiting for your decision." in said(frame.page)

    await frame.submit("/app/held")
    words = said(frame.page)
    assert "New." in words
    assert "Who?" in words
    assert "Not yours." not in words
    assert 1 == words.count("Create ticket")
    await frame.submit("/app/held", "Create ticket")
    assert "A ticket is being created from it." in said(frame.page)
    fields = {"csrf_token": frame.token, "release": begun}
    await frame.post("/bitrix24/app/held", fields)
    assert GONE in said(frame.page)

    assert {begun: Release(desk.account.id, 0, contact_id)} == await released(desk)


async def test_the_mails_of_an_account_go_with_it(desk):
    """And those of a sender whose contact is gone."""
    await hold(desk, "One.")
    await hold(desk, "Two.", sender="jo@example.com")

    await desk.stores.held.forget(desk.account.id, {"jo@example.com"})
    assert 1 == await desk.stores.held.count(desk.account.id)
    await desk.stores.held.forget(desk.account.id)

    assert 0 == await desk.stores.held.count()
