"""Events and faults on the staff pages."""

import asyncio
import re

import pytest
from sandbox_staff import CHAT_TITLE, HANNAH, titled

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.switches import Faults


@pytest.mark.parametrize(
    ("status", "faults", "outcome"),
    [
        (200, {}, "Delivered (200)"),
        (500, {}, "Refused (500)"),
        (200, {"event_drop": 1.0}, "Lost on purpose"),
    ],
)
async def test_event_is_listed_with_its_outcome(
    world, browser, subscriber, status, faults, outcome
):
    """The list of events says what became of each."""
    subscriber.status = status
    world.faults = Faults(delay_min=0.0, delay_max=0.0, **faults)
    tasks.start(world, HANNAH, titled(world, CHAT_TITLE))
    await browser.events_out()

    page = await browser.open("/staff/events")

    outcomes = re.findall(r'<span class="badge[^"]*">([^<]+)</span>', page)
    assert [outcome, outcome] == outcomes


async def test_event_that_reaches_nobody_is_listed(world, browser):
    """An event whose subscriber is gone, or that nobody wants, says so."""
    world.add_outgoing("http://127.0.0.1:9/", "secret", ["ONTASKUPDATE"])
    tasks.start(world, HANNAH, titled(world, CHAT_TITLE))
    await browser.events_out()

    page = await browser.open("/staff/events")

    outcomes = re.findall(r'<span class="badge[^"]*">([^<]+)</span>', page)
    assert ["Nobody asked for it", "Not reachable"] == outcomes


async def test_outcomes_of_events_at_once_are_told_apart(world, browser, subscriber):
    """Deliveries that run at the same time are each noted with their own event."""
    world.faults = Faults(delay_min=0.0, delay_max=0.05, event_double=1.0)
    number = titled(world, CHAT_TITLE)
    talk.add_comment(world, HANNAH, number, "a")
    world.faults = Faults(delay_min=0.0, delay_max=0.05)
    await asyncio.gather(
        browser.open("/staff/"), browser.send("/staff/contacts/43", {"name": "J"})
    )
    await browser.events_out()

    page = await browser.open("/staff/events")

    rows = page.split("<tr>")[2:]
    assert [("Contact changed", 1), ("Message added", 2)] == [
        (re.findall(r'class="main">([^<]+)<', row)[0], row.count("Delivered (200)"))
        for row in rows
        if "ONTASKUPDATE" not in row
    ]


async def test_faults_are_set_and_mended(world, browser):
    """Faults chosen in the page apply, are announced everywhere, and can be undone."""
    typed = {
        "event_drop": "0.3",
        "event_double": "nan",
        "delay_min": "2",
        "delay_max": "1",
        "rest": "maintenance",
        "rest_rate": "7",
        "slow_seconds": "1,5",
    }

    await browser.send("/staff/faults", typed)
    announced = "Something goes wrong on purpose" in await browser.open("/staff/")
    broken = world.faults
    await browser.send("/staff/faults", {"mend": "1"})

    assert announced
    assert broken == Faults(
        event_drop=0.3,
        delay_min=2.0,
        delay_max=2.0,
        rest="maintenance",
        rest_rate=1.0,
        slow_seconds=1.5,
    )
    assert Faults() == world.faults


@pytest.mark.parametrize(
    ("faults", "announced"),
    [
        (Faults(delay_min=5, delay_max=9), False),
        (Faults(rest_rate=0.3), False),
        (Faults(rest="503", rest_rate=0), False),
        (Faults(rest="503"), True),
        (Faults(event_drop=0.1), True),
        (Faults(event_double=0.1), True),
        (Faults(event_reorder=0.1), True),
        (Faults(slow_seconds=1), True),
        (Faults(moved_to="https://new.test"), True),
    ],
)
async def test_only_faults_are_announced(world, browser, faults, announced):
    """Events that come late are not a fault, and no page warns of them."""
    world.faults = faults

    page = await browser.open("/staff/")

    assert announced == ("Something goes wrong on purpose" in page)


async def test_unknown_rest_fault_is_ignored(world, browser):
    """A fault that the sandbox does not know leaves REST as it was."""
    await browser.send("/staff/faults", {"rest": "explode"})

    assert not world.faults.rest
