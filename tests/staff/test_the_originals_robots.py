"""The original's chapter on tags and robots: nine ticks, no robots, on any plan."""

import html
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from desk import until
from holdups import held_up
from living import HURRY
from orders import Customer

from bitrix24_sandbox.account import tasks
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.domain.settings.parts import tag_key
from ticket24.domain.tickets.model import TicketRef

SAVE = "/app/settings"
COMPANY = AccountSettings(
    "Acme",
    departments=(Department(7, "Support", 3, 2),),
    tags=Tags(("bugs", "development"), ("high", "medium", "low"), ("USA", "Europe")),
)
MANAGER, DEVELOPER = 2, 4
SECONDS = 3.0


def chosen():
    """Return what is ticked, picked or typed: each counts as one."""
    days = {"high": "1", "medium": "3", "low": "5"}
    return {
        f"automation.responsible.{tag_key('bugs')}": str(DEVELOPER),
        **{f"automation.deadline.{tag_key(tag)}": n for tag, n in days.items()},
        f"automation.flag.{tag_key('high')}": "on",
        "automation.push.creator": "on",
        "automation.mail.responsible": "on",
        "departments.0.stages.completed": "74",
        "automation.completed_to_stage": "on",
    }


@pytest_asyncio.fixture(loop_scope="module")
async def account(app_desk):
    """An account whose administrator has made nine ticks and saved them."""
    app_desk.pace = HURRY
    account = await app_desk.install()
    app_desk.world.skew_seconds = 5  # What is opened from now on is no history.
    await app_desk.stores.accounts.update(
        account.id,
        lambda now: now.with_settings(
            replace(COMPANY, password_field=now.settings.password_field),
            now.connected_at,
        ),
    )
    frame = await app_desk.frame()
    assert 9 >= len(chosen())
    await frame.submit(SAVE, "Save", fields=chosen())
    said = " ".join(html.unescape(re.sub("<[^>]*>", " ", frame.page)).split())
    assert (200, []) == (frame.status, frame.errors), said
    return await app_desk.stores.accounts.get(account.id)


def days_left(task):
    return round((task.deadline - datetime.now(UTC)) / timedelta(days=1))


async def within(desk, claim):
    """Wait for a claim; return how long, without what the machine held us up."""
    since = time.monotonic()
    async with held_up(desk.stores.redis) as holdups:
        await until(claim)
    return time.monotonic() - since - holdups.seconds


async def test_tags_decide_as_the_robots_did(app_desk, account):
    """Who, by when, how urgent, and who hears of it; from the portal and from staff."""
    desk = app_desk
    contact = desk.customer()[0]
    customer = Customer(desk, account, contact.id)
    late = []
    async with desk.worker():
        for priority, days in (("high", 1), ("medium", 3), ("low", 5)):
            done = await customer.done(
                customer.opening(group_id=7, tags=("bugs", priority, "USA"))
            )
            task = desk.world.tasks[done.task_id]
            assert (DEVELOPER, days) == (task.responsible_id, days_left(task))
            assert (priority == "high") == (task.priority == 2)
            assert ["bugs", priority, "USA"] == task.tags

            def told(task=task):
                notes = desk.world.notifications.values()
                mails = desk.mailbox.of_kind("staff")
                return any(
                    one.user_id == MANAGER and f"#{task.id}" in one.text
                    for one in notes
                ) and any(f"#{task.id}" in one["Subject"] for one in mails)

            late.append(await within(desk, told))
        # What staff create is handled as well, though Bitrix24 knows of no automation.
        theirs = tasks.add_task(
            *(desk.world, 2, "By phone"),
            responsible_id=3,
            group_id=7,
            contact_ids=(contact.id,),
            tags=["bugs", "high"],
            auditors=[1],
        )
        late.append(await within(desk, lambda: theirs.responsible_id == DEVELOPER))
        assert (1, 2) == (days_left(theirs), theirs.priority)
        await desk.rested(account)

    assert SECONDS > max(late), late
    frame = await desk.frame()
    await frame.submit(SAVE, "Try the automation")
    tried = frame.page.partition('<div class="tried"')[2].partition("</div>")[0]
    assert "this automation would have handled:" in tried
    assert f"#{theirs.id} By phone" in tried
    note = (await desk.stores.rule_notes.all([TicketRef(account.id, theirs.id)]))[
        theirs.id
    ]
    assert [DEVELOPER] == [one.judgements[0].deed.responsible_id for one in note]


async def test_completed_tickets_go_to_the_stage_from_each_of_the_others(
    app_desk, account
):
    """From New, In progress and Review, as the last robot did."""
    desk, contact = app_desk, app_desk.customer()[0]
    stages = [one.id for one in desk.world.workgroups[7].stages]
    late = []
    async with desk.worker():
        for place in range(3):
            task = tasks.add_task(
                *(desk.world, 2, f"Ticket {place}"),
                responsible_id=3,
                group_id=7,
                contact_ids=(contact.id,),
                auditors=[1],
            )
            if place:
                tasks.move_to_stage(desk.world, 2, task.id, stages[place])
            await desk.rested(account)
            desk.act(task, "complete", by=3)
            late.append(await within(desk, lambda one=task: one.stage_id == 74))

    assert SECONDS > max(late), late
