"""Tasks on the staff pages: their list, their card, their forms."""

import re

import pytest
from sandbox_staff import (
    CHAT_TITLE,
    FORUM_TITLE,
    HANNAH,
    OLGA,
    TOMAS,
    last_said,
    titled,
)

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.records import Status


async def test_list_counts_and_filters(world, browser):
    """The list shows tasks by workgroup, open or closed, and finds by contact."""
    mine = tasks.visible(world, HANNAH)
    closed = [task for task in mine if task.status == Status.COMPLETED]

    opened = await browser.open("/staff/")
    done = await browser.open("/staff/?show=closed")
    found = await browser.open("/staff/?show=all&q=zo%C3%AB")

    assert f"Open <b>{len(mine) - len(closed)}</b>" in opened
    assert f"Closed <b>{len(closed)}</b>" in opened
    assert f"{len(world.tasks) - len(mine)} more tasks are hidden" in opened
    assert CHAT_TITLE in opened
    assert CHAT_TITLE not in done
    assert "E-mails arrive twice" in found
    assert "Interface in Polish?" not in found


async def test_buttons_move_the_task(world, browser):
    """Start, complete and renew move the task, and the card offers what is next."""
    number = titled(world, CHAT_TITLE)
    seen = []

    for action in ("start", "complete", "renew"):
        where, page = await browser.send(f"/staff/tasks/{number}/{action}", {})
        offered = re.findall(rf'action="/staff/tasks/{number}/([a-z]+)"', page)
        seen.append((where, world.tasks[number].status, offered[:3]))

    card = f"/staff/tasks/{number}"
    assert [
        (card, Status.IN_PROGRESS, ["pause", "complete", "comments"]),
        (card, Status.COMPLETED, ["renew", "comments", "change"]),
        (card, Status.PENDING, ["start", "complete", "defer"]),
    ] == seen


async def test_refused_action_says_why(world, browser):
    """An action that the task's status forbids is answered with one sentence."""
    number = titled(world, "How do I add a colleague?")

    _, page = await browser.send(f"/staff/tasks/{number}/start", {}, status=409)

    assert (
        "Hannah Vogel cannot start this task while it is completed:"
        " Action on the task is not allowed."
    ) in page
    assert Status.COMPLETED == world.tasks[number].status


async def test_task_out_of_sight_names_who_may_see_it(world, browser):
    """A task one may not read shows nothing of itself but who may read it."""
    number = titled(world, FORUM_TITLE)

    page = await browser.open(f"/staff/tasks/{number}", status=403)

    assert f"Hannah Vogel may not see task {number}." in page
    assert "Act as Olga Petrova" in page
    assert FORUM_TITLE not in page


async def test_new_task_is_bound_to_its_contact(world, browser):
    """A task made in the page has its contact, workgroup, tags and responsible."""
    typed = {
        "title": "Call back",
        "description": "About the offer",
        "contact": "44",
        "group": "7",
        "responsible": str(TOMAS),
        "tags": "sales,  very urgent ,sales",
    }

    where, page = await browser.send("/staff/tasks/new", typed)

    task = world.tasks[max(world.tasks)]
    assert f"/staff/tasks/{task.id}" == where
    assert "Call back" in page
    assert [44] == task.contact_ids
    assert (7, TOMAS, HANNAH) == (task.group_id, task.responsible_id, task.created_by)
    assert ["sales", "very urgent"] == task.tags


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"title": " "}, "Task title is not specified."),
        ({"group": "12"}, "Choose a workgroup that Hannah Vogel belongs to."),
        ({"responsible": "99"}, "Choose who is responsible."),
    ],
)
async def test_new_task_that_makes_no_sense_is_refused(world, browser, changed, why):
    """A task that cannot be made says why and keeps what was typed."""
    typed = {"title": "T", "description": "Kept", "group": "7", "responsible": "2"}

    _, page = await browser.send("/staff/tasks/new", typed | changed, status=409)

    assert f"The task was not created: {why}" in page
    assert "Kept</textarea>" in page
    assert [] == world.log


async def test_task_is_changed(world, browser):
    """Title, responsible person, contact, tags and column can be changed."""
    number = titled(world, CHAT_TITLE)
    typed = {"title": "New", "responsible": "3", "contact": "44", "tags": "a, b"}
    typed |= {"stage": "73"}

    await browser.send(f"/staff/tasks/{number}/change", typed)

    task = world.tasks[number]
    assert ("New", 3, [44], ["a", "b"], 73) == (
        task.title,
        task.responsible_id,
        task.contact_ids,
        task.tags,
        task.stage_id,
    )


async def test_old_card_becomes_a_new_one(world, browser):
    """An old card can be turned into a new one, and comments go to its chat then."""
    await browser.act_as(OLGA)
    number = titled(world, FORUM_TITLE)

    await browser.send(f"/staff/tasks/{number}/migrate", {})
    await browser.send(f"/staff/tasks/{number}/comments", {"text": "In the chat"})

    entry = last_said(world, number)
    assert ("chat", "In the chat") == (entry.source, entry.text)
