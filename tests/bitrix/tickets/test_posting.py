"""What goes to Bitrix24 when a customer writes, and how it is found again."""

from datetime import UTC, datetime

import pytest

from ticket24.bitrix.rest.answers import Answer
from ticket24.bitrix.rest.errors import BitrixBroken, BitrixError, Permanent
from ticket24.bitrix.tickets import moving, posting

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Caller:
    """A REST client with prepared answers, by method; the last one stays."""

    def __init__(self, **answers):
        self.answers = {name.replace("__", "."): list(a) for name, a in answers.items()}
        self.asked = []

    async def call(self, method, params=None, *, urgent=False):
        assert urgent
        self.asked.append((method, params))
        answers = self.answers[method]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BitrixError):
            raise answer
        return Answer(answer)

    def methods(self):
        return [method.rpartition(".")[2] for method, _ in self.asked]


def rows(*ids, description=""):
    return {"tasks": [{"id": str(id_), "description": description} for id_ in ids]}


async def test_a_comment_names_its_task_first():
    """Old methods read their parameters by position (methods.md 2.1)."""
    caller = Caller(task__commentitem__add=[3157])

    assert 3157 == await posting.add_comment(caller, 51, "Hello", [9])
    assert [("TASKID", 51), ("FIELDS", {"POST_MESSAGE": "Hello"})] == [
        (name, {"POST_MESSAGE": "Hello"} if name == "FIELDS" else value)
        for name, value in caller.asked[0][1].items()
    ]
    assert ["n9"] == caller.asked[0][1]["FIELDS"]["UF_FORUM_MESSAGE_DOC"]


@pytest.mark.parametrize(
    "answer", [{"task": []}, {"task": {"id": "0"}}, [], True, None]
)
async def test_a_task_without_an_id_may_be_there(answer):
    """Nobody knows whether it was made, so it is looked for."""
    with pytest.raises(BitrixBroken):
        await posting.add_task(Caller(tasks__task__add=[answer]), {})


async def test_only_the_mark_finds_a_task():
    """A list that ignores its filter names other tasks too."""
    other, ours = rows(60, description="mark-2"), rows(61, description="x\nmark-1")
    found = {"tasks": other["tasks"] + ours["tasks"]}

    assert 61 == await posting.find_task(
        Caller(tasks__task__list=[found]), "mark-1", NOON
    )
    assert 0 == await posting.find_task(
        Caller(tasks__task__list=[other]), "mark-1", NOON
    )
    assert 0 == await posting.find_task(Caller(tasks__task__list=[[]]), "mark-1", NOON)


async def test_tasks_are_searched_page_by_page():
    """The search goes on while ids rise; a list that repeats itself ends it."""
    pages = [rows(*range(1, 50)), rows(*range(50, 101)), rows(101, description="mark")]
    caller = Caller(tasks__task__list=pages)

    assert 101 == await posting.find_task(caller, "mark", NOON)
    assert [0, 49, 100] == [params["filter"][">ID"] for _, params in caller.asked]
    assert NOON.isoformat() == caller.asked[0][1]["filter"][">=CREATED_DATE"]
    again = Caller(tasks__task__list=[rows(*range(1, 51))])
    assert 0 == await posting.find_task(again, "mark", NOON)


@pytest.mark.parametrize(
    ("kept", "same"),
    [
        ("[B]Anna[/B] · ticket24\nA & B\u2060 <c>", True),
        (" [B]Anna[/B] · ticket24 \r\n A &amp; B &lt;c&gt;\n", True),
        ("[B]Anna[/B] · ticket24\nA & B <d>", False),
        ("[B]Anna[/B] · ticket24\na & b <c>", False),
        ("", False),
    ],
)
def test_words_are_compared_without_spaces_and_entities(kept, same):
    """Bitrix24 trims, escapes, and may drop what is invisible."""
    text = "[B]Anna[/B] · ticket24\nA & B <c>"

    assert same is posting.same(text, kept)


def status(code):
    return {"task": {"id": "51", "status": str(code)}}


NO = Permanent("1048582", "Action not available")


async def test_a_refused_renewal_may_be_an_update():
    """The last way to open a task again (methods.md 1.7)."""
    caller = Caller(
        tasks__task__get=[status(5), status(5), status(2)],
        tasks__task__renew=[NO],
        tasks__task__update=[status(2)],
    )
    await moving.reopen(caller, 51)

    assert ["get", "renew", "get", "update", "get"] == caller.methods()
    assert {"taskId": 51, "fields": {"STATUS": 2}} == caller.asked[3][1]


async def test_a_refused_renewal_of_an_open_task_is_done():
    """Somebody was faster: the code does not tell."""
    caller = Caller(
        tasks__task__get=[status(5), status(3)],
        tasks__task__renew=[Permanent("0", "Action on the task is not allowed")],
    )
    await moving.reopen(caller, 51)

    assert ["get", "renew", "get"] == caller.methods()


async def test_a_review_that_we_may_not_end_is_reached_all_the_same():
    """Its creator approves: the customer has done what he can."""
    caller = Caller(
        tasks__task__complete=[status(4)],
        tasks__task__approve=[NO],
        tasks__task__get=[status(4)],
    )
    await moving.complete(caller, 51)

    assert ["complete", "approve", "get"] == caller.methods()


@pytest.mark.parametrize("move", [moving.complete, moving.reopen])
async def test_a_task_that_is_gone_moves_nowhere(move):
    """Missing and forbidden tasks are an empty list (methods.md 1.3)."""
    caller = Caller(tasks__task__get=[[]], tasks__task__complete=[NO])
    with pytest.raises(Permanent, match="not there"):
        await move(caller, 51)


async def test_a_refusal_to_complete_is_one():
    """The task is as open as before."""
    caller = Caller(tasks__task__get=[status(3)], tasks__task__complete=[NO])
    with pytest.raises(Permanent, match="cannot be completed"):
        await moving.complete(caller, 51)
