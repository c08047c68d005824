"""`held`: what waits is listed, shown, released and dropped."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from ticket24.domain.arrivals.fates import HeldFor, HeldMail, Release

RAW = b"From: <eve@evil.example>\r\nSubject: Hi\r\n\r\nLet \x1b[2Jme in.\r\n"


async def hold(stores, **changes):
    """Let a mail wait; return its id."""
    id_ = await stores.arrivals.keep(RAW, [])
    mail = HeldMail(id_, HeldFor.STRANGER, datetime(2026, 11, 30, 12, tzinfo=UTC))
    mail = replace(mail, sender="eve@evil.example", subject="Hi", **changes)
    await stores.held.hold(mail)
    return id_


async def test_what_waits_is_listed_and_shown(stores, invoke):
    """A line each: id, sender, ticket and reason; what controls a terminal is not."""
    id_ = await hold(stores, account="acme", task_id=51, contact_id=7)

    listed = await asyncio.to_thread(invoke, "held", "list")
    shown = await asyncio.to_thread(invoke, "held", "show", id_[:12])

    line = f"{id_[:12]}  eve@evil.example  acme/51  "
    assert [f"{line}The sender isn’t one of the ticket’s customers."] == listed.out
    assert "subject  Hi" in shown.out
    assert not any("\x1b" in one for one in shown.out)
    assert any(one.endswith("me in.") for one in shown.out)
    assert (0, 0) == (listed.code, shown.code)


async def test_one_is_released_once(stores, invoke):
    """It is judged again; the second try says that nothing has this name."""
    id_ = await hold(stores, account="acme", task_id=51, contact_id=7)

    done = await asyncio.to_thread(invoke, "held", "release", id_, "--remember")
    again = await asyncio.to_thread(invoke, "held", "release", id_)

    assert [f"Released {id_[:12]}."] == done.out
    [mail] = await stores.arrivals.claim(9)
    assert Release("acme", 51, 7, remember=True) == mail.release
    assert 1 == again.code
    assert again.err[-1].startswith("ticket24: no mail is held by the name")


async def test_what_is_nobodys_can_only_be_dropped(stores, invoke):
    """It says so in one line."""
    id_ = await hold(stores, why=HeldFor.NO_TICKET)

    refused = await asyncio.to_thread(invoke, "held", "release", id_)
    dropped = await asyncio.to_thread(invoke, "held", "drop", id_)
    nothing = await asyncio.to_thread(invoke, "held")

    assert 1 == refused.code
    assert "nobody knows whose it is" in refused.err[-1]
    assert [f"Dropped {id_[:12]}."] == dropped.out
    assert ["No mail is held."] == nothing.out
