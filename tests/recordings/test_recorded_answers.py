"""Recorded answers of a real Bitrix24: batches, refusals, tokens, the time."""

import json
from datetime import UTC, datetime

import pytest
from recorded import FILES, body, result

from ticket24.bitrix.apps.application import (
    Binding,
    missing_scopes,
    present,
    why_silent,
)
from ticket24.bitrix.apps.oauth import to_grant
from ticket24.bitrix.people import directory
from ticket24.bitrix.rest import batch
from ticket24.bitrix.rest.answers import to_answer, token_fault
from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.clock import told
from ticket24.bitrix.rest.errors import (
    AccessDenied,
    AccountClosed,
    OutOfRunTime,
    Permanent,
    TooManyRequests,
    from_answer,
    is_error,
)

ANSWERS = [name.removesuffix(".json") for name in FILES if name.endswith(".json")]
UNSURE = "f26b4ebc-3a82-4fe6-8d26-595d6eaf029b"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Errors: status, what it means, its code and text.
ERRORS = {
    "errors/01-disapprove-1048582-int": (
        400,
        Permanent,
        "1048582",
        "Действие над задачей не разрешено",
    ),
    "errors/02-query-limit-503": (
        503,
        TooManyRequests,
        "QUERY_LIMIT_EXCEEDED",
        "Too many requests",
    ),
    "errors/03-crm-not-found-400": (400, Permanent, "", "Not found"),
    "errors/05-getlist-te-8": (
        400,
        Permanent,
        "ERROR_CORE",
        "TASKS_ERROR_EXCEPTION_#8; Action failed; 8/TE/ACTION_FAILED_TO_BE_PROCESSED",
    ),
    "errors/06-authorization-error-401": (
        401,
        AccountClosed,
        "authorization_error",
        "Unable to authorize user",
    ),
    "errors/07-access-error-403": (
        403,
        AccessDenied,
        "ACCESS_ERROR",
        "You do not have access to the specified dialog",
    ),
    "errors/10-v3-dto-validation": (
        400,
        Permanent,
        "BITRIX_REST_V3_EXCEPTION_VALIDATION_DTOVALIDATIONEXCEPTION",
        'Error during object validation [taskId: The required field "taskId"',
    ),
    "oauth/03-code-expired-2024-10": (
        400,
        AccountClosed,
        "expired_token",
        "The authorization token provided has expired.",
    ),
    "oauth/05-wrong-client-no-description": (
        200,
        AccountClosed,
        "wrong_client",
        "refused without a reason",
    ),
}

GRANTS = ("oauth/01-refresh-2024-06", "oauth/02-refresh-2024-10")

# Without the time of an ordinary answer.
TIMELESS = {
    "rest-files/01-upload-answer-token-2025-10",
    "rest-files/02-upload-answer-webhook-2024-10",
}

# Batches: their keys with how many rows each, or how each was refused.
BATCHES = {
    "batch/01-tasks-list-2022": {f"cmd{n:010}": 4 for n in range(7)},
    "batch/02-list-empty-2022": {"order0000000000": 0},
    "batch/03-two-lists-2022": {"statuses": 4, "sources": 4},
    "batch/05-contact-add-2024": {"order0000000000": 58943},
    "batch/06-mixed-errors-2022": {
        "35943": {"ID": "35943"},
        "0": "ID is not defined or invalid.",
        "1": "Not found",
    },
    "batch/07-all-errors-2022": {
        "0": "ID is not defined or invalid.",
        "1": "Not found",
    },
    "batch/09-numeric-key-2022": {"0": 4},
    "batch/10-numeric-big-key-2025": {"205364": 2},
    "batch/11-mixed-empty-2025": {"145572": 0, "144518": 2, "145620": 1},
    "batch/13-docs-2": {
        "get_user": "insufficient_scope",
        "get_department": "insufficient_scope",
    },
    "errors/09-operation-time-limit-in-batch-2023": {
        UNSURE: "Method is blocked due to operation time limit."
    },
}

BEGAN = {
    "rest-tasks/01-get-2025-12": "2025-12-10T14:12:56",
    "rest-tasks/02-get-2026-02-new-card": "2026-02-15T20:43:50",
    "rest-comments/01-getlist-2024-07": "2024-07-06T19:52:17",
    "rest-crm/01-item-list-2024": "2024-05-27T10:55:27",
}


@pytest.mark.parametrize("name", sorted({*ANSWERS} - {*ERRORS, *GRANTS}))
def test_every_recorded_answer_is_one(name):
    """Whatever lacks or has another type: no error, and an instant in UTC."""
    whole = body(name)
    answer = to_answer(whole)

    assert not is_error(whole)
    assert whole["result"] == answer.result
    if name in TIMELESS:
        assert answer.server_time is None
    elif name.endswith("-docs"):  # A translator has changed its zone.
        assert answer.server_time
    else:
        start = datetime.fromtimestamp(int(whole["time"]["start"]), UTC)
        assert start == answer.server_time == told(answer.server_time)


@pytest.mark.parametrize(("name", "began"), BEGAN.items())
def test_zones_are_no_matter(name, began):
    """One account answers in +03:00 and in +00:00: instants are what counts."""
    assert at(began) == to_answer(body(name)).server_time


@pytest.mark.parametrize("name", ERRORS)
def test_recorded_refusals_are_told_apart(name):
    """They are sorted by whose fault they are, with Bitrix24's code and words."""
    status, kind, code, words = ERRORS[name]
    error = from_answer(status, body(name), "method")

    assert is_error(body(name))
    assert (kind, code, status) == (type(error), error.code, error.status)
    assert words in error.text
    assert "<br>" not in error.text


def test_recorded_faults_of_tokens_are_known():
    """A dismissed user's, and one that is over."""
    faults = {name: token_fault(body(name)) for name in ERRORS}

    assert {"authorization_error", "expired_token"} == {
        str(fault) for fault in faults.values() if fault
    }


@pytest.mark.parametrize("name", BATCHES)
def test_recorded_batches_are_read_by_their_keys(name):
    """Lists and maps, of answers and of errors, with and without any of them."""
    expected = BATCHES[name]
    commands = {key: Call("crm.contact.get") for key in expected}
    answer = to_answer(body(name))
    found = batch.read(answer.result, commands, answer.server_time)

    got = found.results | {key: error.text for key, error in found.errors.items()}
    for key, wanted in expected.items():
        if isinstance(wanted, str):
            assert wanted in f"{got[key]} {found.errors[key].code}"
        else:
            rows = got[key]["tasks"] if "tasks" in str(got[key])[:9] else got[key]
            assert wanted == (len(rows) if isinstance(rows, list) else rows)
    assert expected.keys() == got.keys()


def test_run_time_that_is_over_is_waited_for():
    """If the batch does not say how long, we wait for a minute."""
    whole = body("errors/09-operation-time-limit-in-batch-2023")
    found = batch.read(whole["result"], {UNSURE: Call("im.dialog.get")}, None)
    error = found.errors[UNSURE]

    assert (OutOfRunTime, "im.dialog.get", 60.0) == (
        type(error),
        error.method,
        error.retry_after,
    )


@pytest.mark.parametrize("name", GRANTS)
def test_a_recorded_renewal_gives_a_pair(name):
    """It names the account's own address; its scope is the one word `app`."""
    grant = to_grant(body(name))

    assert "app" == body(name)["scope"]
    assert ("b" * 8, "a" * 8) == (grant.access_token[-8:], grant.refresh_token[-8:])
    assert "0000000000000000000000000000aaaa" == grant.member_id
    assert "https://portal-a.bitrix24.example/rest/" == grant.client_endpoint


def test_recorded_facts_about_an_application():
    """Its scopes are read, whether it gets events, and where it is shown."""
    scopes = result("rest-system/06-scope-docs")

    assert ("task", "im", "crm", "disk", "sonet_group") == missing_scopes(scopes)
    assert "" == why_silent(result("rest-system/05-app-info-docs"))
    places = result("rest-system/10-placement-get-docs")
    assert Binding(
        "IM_CONTEXT_MENU", "https://app.example.org/?handler=2", placed=True
    ) in present([], places)
    assert 3 == len(present([], places))


def test_a_recorded_list_may_lead_to_an_empty_page():
    """`next` is 50 where there are 50 in all, and no multiple of 50 is promised."""
    answer = to_answer(body("rest-system/02-workgroup-list-2022"))

    assert (50, 50) == (answer.next, answer.total)


def test_recorded_workgroups_and_people():
    """They are read by id and name; those who left stay, unknown ones are nobody."""
    groups = directory.read_workgroups(result("rest-system/03-sonet-group-get-docs"))
    (ben,) = directory.read_people(result("rest-users/02-user-get-2026-02"))
    found = directory.read_people(result("rest-users/05-user-search-docs"))
    current = result("rest-users/01-user-current-2026-03")
    (ann,) = directory.read_people([current])

    assert [(77, "New Project Title"), (79, "Scrum Project")] == [
        (group.id, group.name) for group in groups
    ]
    assert not any(group.closed for group in groups)
    assert (3292, "Ben Example", "", True) == (
        ben.id,
        ben.name,
        ben.position,
        ben.active,
    )
    assert (1, "Ann Example") == (ann.id, ann.name)
    assert ["Ann Example", "John Smith"] == [one.name for one in found]
    assert [] == directory.read_people(
        result("rest-users/03-user-search-empty-2025-12")
    )


def test_recordings_are_json_to_the_last_byte():
    """They also contain nothing of a stranger's."""
    for name in ANSWERS:
        text = json.dumps(body(name), ensure_ascii=False)
        assert "bitrix24.by" not in text
        assert "bitrix24.ru/" not in text
