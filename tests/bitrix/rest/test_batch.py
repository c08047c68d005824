"""Many commands in one request, written and read."""

from datetime import UTC, datetime

import pytest

from ticket24.bitrix.rest.batch import Batch, Call, join, read, split, to_params
from ticket24.bitrix.rest.errors import (
    AccountClosed,
    BitrixBroken,
    OutOfRunTime,
    Permanent,
    TooManyRequests,
)

EARLY = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATE = datetime(2026, 11, 21, 13, tzinfo=UTC)


def commands(*keys):
    return {key: Call("user.get", {"ID": key}) for key in keys}


def test_commands_are_query_strings():
    """A command is its method and an encoded query, the keys keep their order."""
    task = Call("tasks.task.get", {"taskId": 5, "select": ["ID", "a&b"]})
    cmd = {"z": task, "a": Call("profile")}

    query = "taskId=5&select%5B0%5D=ID&select%5B1%5D=a%26b"
    expected = {"z": f"tasks.task.get?{query}", "a": "profile?"}
    assert {"halt": 0, "cmd": expected} == to_params(cmd)
    assert ["z", "a"] == list(to_params(cmd)["cmd"])


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (50, [50]), (101, [50, 50, 1])])
def test_fifty_commands_make_a_request(count, sizes):
    """No request has more than 50 commands, and none is lost."""
    all_of_them = commands(*map(str, range(count)))
    parts = split(all_of_them)

    assert sizes == [len(part) for part in parts]
    assert list(all_of_them) == [key for part in parts for key in part]


def test_results_and_errors_are_told_apart():
    """Each command has a result, which may be null, or an error of its method."""
    result = {
        "result": {"a": {"ID": "1"}, "c": None},
        "result_error": {"b": {"error": "", "error_description": "Not found"}},
        "result_total": [],
        "result_next": [],
        "result_time": {},
    }
    batch = read(result, commands("a", "b", "c"), EARLY)

    assert {"a": {"ID": "1"}, "c": None} == batch.results
    assert {"b": "user.get: Not found"} == {k: e.text for k, e in batch.errors.items()}
    assert Permanent is type(batch.errors["b"])
    assert EARLY == batch.server_time


@pytest.mark.parametrize("empty", [[], {}, None])
def test_any_map_may_be_an_empty_list(empty):
    """What is empty over there comes as a list and is read as nothing."""
    names = ("result_error", "result_total", "result_next", "result_time")
    maps = dict.fromkeys(names, empty)

    assert Batch({"a": 1}, {}) == read(
        {"result": {"a": 1}, **maps}, commands("a"), None
    )
    assert ["a"] == list(read({"result": empty, **maps}, commands("a"), None).errors)


def test_keys_from_zero_come_back_as_a_list():
    """Commands named 0 to n find their answers in lists."""
    result = {"result": ["x", "y"], "result_error": []}

    assert {"0": "x", "1": "y"} == read(result, commands("0", "1"), None).results


def test_a_refusal_in_a_list_is_found():
    """A refused command named 0 finds its error in a list."""
    result = {"result": {"1": "y"}, "result_error": [{"error": "X"}]}
    batch = read(result, commands("0", "1"), None)

    assert (["0"], {"1": "y"}) == (list(batch.errors), batch.results)


def test_a_command_without_answer_is_broken():
    """A command with neither result nor error can be tried again."""
    error = read({"result": {"a": 1}}, commands("a", "b"), None).errors["b"]

    assert BitrixBroken is type(error)
    assert "user.get" in error.text


def test_a_method_out_of_run_time_says_until_when():
    """A blocked command takes the end of the block from its own time."""
    result = {
        "result": [],
        "result_error": {"a": {"error": "OPERATION_TIME_LIMIT"}},
        "result_time": {"a": {"start": 100, "operating_reset_at": 350}},
    }
    error = read(result, commands("a"), None).errors["a"]

    assert (OutOfRunTime, 250, "user.get") == (
        type(error),
        error.retry_after,
        error.method,
    )


@pytest.mark.parametrize("odd", ["ERROR", None, ["x"]])
def test_odd_errors_are_errors(odd):
    """An error of unknown shape is still an error."""
    batch = read({"result": [], "result_error": {"a": odd}}, commands("a"), None)

    assert ["a"] == list(batch.errors)


@pytest.mark.parametrize("result", [None, [], "text", True])
def test_an_answer_without_maps_is_broken(result):
    """A batch that answers with anything but its maps has not been answered."""
    with pytest.raises(BitrixBroken):
        read(result, commands("a"), None)


def test_requests_are_joined_at_the_earliest_time():
    """Results and errors come together; the time is the one nothing was before."""
    refused = Permanent("X", "no")
    outcomes = [Batch({"a": 1}, {}, LATE), Batch({}, {"b": refused}, EARLY)]

    assert Batch({"a": 1}, {"b": refused}, EARLY) == join(
        [commands("a"), commands("b")], outcomes
    )


def test_a_failed_request_fails_its_commands_only():
    """What one request has brought is not lost by the failure of another."""
    failure = TooManyRequests("X", "no")
    joined = join(
        [commands("a", "b"), commands("c")], [failure, Batch({"c": 1}, {}, EARLY)]
    )

    assert Batch({"c": 1}, {"a": failure, "b": failure}, EARLY) == joined


def test_nothing_but_failures_is_raised():
    """When no request came through, the first failure is raised."""
    failures = [AccountClosed("A", "first"), BitrixBroken("B", "second")]

    with pytest.raises(AccountClosed, match="first"):
        join([commands("a"), commands("b")], failures)


def test_a_bug_is_never_hidden():
    """An error that is not Bitrix24's is raised, whatever else came back."""
    with pytest.raises(RuntimeError):
        join([commands("a"), commands("b")], [Batch({"a": 1}, {}), RuntimeError()])


def test_no_commands_no_answers():
    """An empty batch is empty."""
    assert Batch({}, {}) == join([], [])
