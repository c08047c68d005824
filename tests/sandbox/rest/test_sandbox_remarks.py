"""What Bitrix24 itself says on the old card, word for word."""

from datetime import UTC, datetime
from string import Formatter

import pytest

from bitrix24_sandbox.account import tasks
from bitrix24_sandbox.account.conversations import reading
from bitrix24_sandbox.account.conversations.remarks import CHAT, FORUM

DEADLINE = datetime(2027, 1, 2, 12, 4, tzinfo=UTC)
HANNAH = "[USER=2]Hannah Vogel[/USER]"
OLGA = "[USER=4]Olga Petrova[/USER]"
JOHN = "[USER=5]John Miller[/USER]"
PAGE = "/company/personal/user/{}/tasks/task/view/{}/?commentAction="


def said(world, task, reader=0):
    """Return all that was said under a task of the old card, for one reader."""
    return [
        reading.text_of(world, comment, reader)
        for comment in reading.comments(world, task.id)
    ]


@pytest.mark.parametrize("texts", [CHAT, FORUM], ids=["chat", "forum"])
def test_every_language_says_the_same(texts):
    """Each remark has a text in each language, with the same values in it."""

    def values(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    known = {key for language in texts.values() for key in language}
    optional = {key for key in known if key.endswith("_alone")}

    for language, wording in texts.items():
        assert known == wording.keys() | optional
        for key in ("deadline", "responsible", "group"):
            assert values(texts["en"][key]) == values(wording[key]), language


def test_new_task_tells_its_people(world):
    """A new task names what it lacks and whom it concerns, but its author."""
    task = tasks.add_task(
        world,
        1,
        "T",
        responsible_id=4,
        group_id=12,
        created_by=2,
        accomplices=[5],
        auditors=[1],
        task_control=True,
    )

    [text] = said(world, task)
    assert [
        "Task with completion review.",
        "Deadline is required, otherwise task can be overdue.",
        f"Author assigned: {HANNAH}",
        f"{OLGA}, you have been set as assignee.",
        f"Participants added: {JOHN}",
    ] == text.splitlines()


def test_task_for_oneself_says_nothing(world):
    """A task that concerns its author alone is made in silence."""
    task = tasks.add_task(world, 4, "T", responsible_id=4, group_id=12)

    assert [] == said(world, task)


@pytest.mark.parametrize(
    ("language", "deadline", "observer"),
    [
        ("en", "Deadline changed to: January 2, 3:04 pm", "Observers added: {}"),
        (
            "pt",
            "Prazo alterado para: 2 de janeiro, 15:04",
            "Observadores adicionados: {}",
        ),
        (
            "ru",
            "Крайний срок изменен на: 2 января, 15:04",
            "{}, вы добавлены наблюдателем.",
        ),
        (
            "es",
            "La fecha límite cambió al: 2 de enero, 15:04",
            "Observadores agregados: {}",
        ),
    ],
)
def test_auto_comment_follows_the_language(
    world, forum_task, language, deadline, observer
):
    """One auto comment comes back in any language, a line for each change."""
    tasks.update_task(world, 4, forum_task.id, deadline=DEADLINE, auditors=[5])
    world.switches.language = language

    assert f"{deadline}\n{observer.format(JOHN)}" == said(world, forum_task)[-1]


def test_workgroup_is_a_link(world, forum_task):
    """A task that moves names its new workgroup with a link to it."""
    tasks.move_to_group(world, 4, forum_task.id, 7)

    assert ("Task project changed to [URL=/workgroups/group/7/]Support[/URL]") == said(
        world, forum_task
    )[-1]


def test_what_was_taken_away_is_named(world, forum_task):
    """No deadline and no workgroup are said so, and a deadline is asked for."""
    forum_task.deadline = DEADLINE

    tasks.update_task(world, 4, forum_task.id, deadline=None, group_id=0)

    assert (
        "Deadline changed to: Not specified\n"
        "Task project changed to Not specified\n"
        "Deadline is required, otherwise task can be overdue."
    ) == said(world, forum_task)[-1]


@pytest.mark.parametrize(("by", "count"), [(1, 1), (5, 0)])
def test_who_takes_a_task_is_not_told_so(world, forum_task, by, count):
    """A new assignee is addressed, unless it was his own doing."""
    forum_task.accomplices = [5]
    forum_task.deadline = DEADLINE
    before = len(said(world, forum_task))

    tasks.delegate(world, by, forum_task.id, 5)

    told = said(world, forum_task)[before:]
    assert [f"{JOHN}, you have been set as assignee."] * count == told


def test_status_has_a_comment_of_its_own(world, forum_task):
    """A save of status and deadline leaves two comments, the status last."""
    tasks.update_task(world, 4, forum_task.id, deadline=DEADLINE, status=5)

    assert ["Deadline changed to: January 2, 3:04 pm", "Task closed."] == said(
        world, forum_task
    )[-2:]


def test_reopened_task_addresses_its_people(world, forum_task):
    """A reopened task says so to the people who work on it."""
    tasks.complete(world, 4, forum_task.id)
    tasks.renew(world, 1, forum_task.id)
    forum_task.task_control = True
    tasks.complete(world, 4, forum_task.id)
    tasks.disapprove(world, 1, forum_task.id)

    assert f"{OLGA} task has been resumed." == said(world, forum_task)[-3]
    assert f"{OLGA} task has been resumed." == said(world, forum_task)[-1]


def test_task_of_its_creator_addresses_nobody(world):
    """If creator and assignee are the same, nobody is addressed."""
    task = tasks.add_task(world, 4, "T", responsible_id=4, group_id=12)
    tasks.complete(world, 4, task.id)
    tasks.renew(world, 4, task.id)

    assert "Task resumed." == said(world, task)[-1]


def test_reader_finds_links_to_what_he_may_do(world, forum_task):
    """Links depend on the reader's rights at the time of reading."""
    forum_task.deadline = DEADLINE
    tasks.remind(world, forum_task.id)
    overdue = said(world, forum_task, reader=4)[-1]
    forum_task.task_control = True
    tasks.complete(world, 4, forum_task.id)
    page = PAGE.format(4, forum_task.id)
    mine = PAGE.format(1, forum_task.id)

    assert (
        f"{OLGA} task is overdue. Efficiency KPI lowered.\n"
        f"Consider [URL={page}taskComplete]closing the task[/URL] or"
        f" [URL={page}deadlineChange&deadline=1798891440]changing the deadline[/URL]."
    ) == overdue
    assert (
        "Task closed.\n[USER=1]Customer Portal[/USER] must"
        f" [URL={mine}taskApprove]accept the task[/URL] or"
        f" [URL={mine}taskDisapprove]return it for revision[/URL]."
    ) == said(world, forum_task, reader=1)[-1]
    assert "accept the task or return it" in said(world, forum_task, reader=5)[-1]


async def test_rest_shows_the_links_of_its_user(rest, forum_task):
    """A comment read by REST has the links of the webhook's user."""
    rows = await rest.result("task.commentitem.getlist", taskId=forum_task.id)

    link = PAGE.format(1, forum_task.id) + "deadlineChange"
    assert f"[URL={link}]Deadline[/URL] is required" in rows[0]["POST_MESSAGE"]


def test_ping_asks_everyone_who_works_on_it(world, forum_task):
    """The ping names assignee and participants, once each, without a link."""
    forum_task.accomplices = [5, 4]

    tasks.ping(world, 1, forum_task.id)

    assert (
        f"{OLGA}, {JOHN}, please advise as to the current status of the task."
    ) == said(world, forum_task, reader=1)[-1]
