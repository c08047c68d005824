"""What Bitrix24's refusals mean for us."""

from math import inf

import pytest

from ticket24.bitrix.rest.errors import (
    AccessDenied,
    AccountClosed,
    BitrixBroken,
    OutOfRunTime,
    Permanent,
    TooManyRequests,
    UnknownMethod,
    from_answer,
    is_error,
)

PLAN = "REST is available only on commercial plans."
V3 = "BITRIX_REST_V3_EXCEPTION_"


@pytest.mark.parametrize(
    ("status", "code", "text", "meaning"),
    [
        (503, "QUERY_LIMIT_EXCEEDED", "Too many requests", TooManyRequests),
        (429, "OPERATION_TIME_LIMIT", "Method is blocked", OutOfRunTime),
        (500, "INTERNAL_SERVER_ERROR", "Internal server error", BitrixBroken),
        (500, "ERROR_UNEXPECTED_ANSWER", "Server returned an...", BitrixBroken),
        (401, "CONNECTION_ERROR", "Error connecting to...", BitrixBroken),
        (502, "0", "Something", BitrixBroken),
        # The documentation says 403, the source 401.
        (401, "INVALID_CREDENTIALS", "Invalid request credentials", AccountClosed),
        (403, "INVALID_CREDENTIALS", "Invalid request credentials", AccountClosed),
        (401, "insufficient_scope", "Higher privileges", AccountClosed),
        (403, "insufficient_scope", "Higher privileges", AccountClosed),
        (200, "insufficient_scope", "", AccountClosed),
        (401, "user_access_error", "The user does not...", AccountClosed),
        (403, "user_access_error", "The user does not...", AccountClosed),
        (401, "authorization_error", "Unable to authorize user", AccountClosed),
        (401, "NO_AUTH_FOUND", "Wrong authorization data", AccountClosed),
        (401, "invalid_token", "Unable to get application", AccountClosed),
        (401, "expired_token", "The access token...", AccountClosed),
        (401, "APPLICATION_NOT_FOUND", "Application not found", AccountClosed),
        (401, "verification_needed", "License check failed.", AccountClosed),
        (403, "PORTAL_DELETED", "Portal was deleted", AccountClosed),
        (410, "PORTAL_DELETED", "Portal was deleted", AccountClosed),
        (500, "PORTAL_DELETED", "Portal was deleted", AccountClosed),
        (503, "OVERLOAD_LIMIT", "REST API is blocked", AccountClosed),
        (401, "OVERLOAD_LIMIT", "REST API is blocked", AccountClosed),
        (401, "ERROR_OAUTH", "Disk quota", AccountClosed),
        (401, "SOMETHING_NEW", "No", AccountClosed),
        # One code for two things: the plan's and the method's.
        (401, "ACCESS_DENIED", PLAN, AccountClosed),
        (403, "ACCESS_DENIED", PLAN, AccountClosed),
        (200, "ACCESS_DENIED", PLAN, AccountClosed),
        (403, "ACCESS_DENIED", "Access denied!", AccessDenied),
        (400, "ACCESS_DENIED", "Access denied", AccessDenied),
        (403, "ACCESS_ERROR", "You do not have access", AccessDenied),
        (400, "ACCESS_ERROR", "You do not have access", AccessDenied),
        (403, "WRONG_AUTH_TYPE", "Current authorization...", AccessDenied),
        (401, "METHOD_CONFIRM_WAITING", "Waiting for...", AccessDenied),
        (403, "SOMETHING_NEW", "No", AccessDenied),
        (400, "", "Access denied.", AccessDenied),
        (400, "Access denied.", "", AccessDenied),
        (404, "ERROR_METHOD_NOT_FOUND", "Method not found!", UnknownMethod),
        (400, "", "Not found", Permanent),
        (400, "0", "Action on the task is not allowed<br>", Permanent),
        (400, "1048582", "Task not found or access denied", Permanent),
        (400, 100, "Could not find value", Permanent),
        (400, "ERROR_ARGUMENT", "Argument 'x' is null", Permanent),
        (400, "Parameter NAME is required", "", Permanent),
        (405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not...", Permanent),
        (200, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length", Permanent),
        (200, "WRONG_ENCODING", "Wrong encoding", Permanent),
    ],
)
def test_refusal_has_a_meaning(status, code, text, meaning):
    """Each refusal is temporary, permanent, or closes the account."""
    body = {"error": code, "error_description": text}

    assert meaning is type(from_answer(status, body, "tasks.task.get"))


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (400, f"{V3}VALIDATION_REQUESTVALIDATIONEXCEPTION", Permanent),
        (400, f"{V3}ENTITYNOTFOUNDEXCEPTION", Permanent),
        (422, f"{V3}IDEMPOTENCYKEYREUSEDEXCEPTION", Permanent),
        (400, f"{V3}ACCESSDENIEDEXCEPTION", AccessDenied),
        (401, f"{V3}ACCESSDENIEDEXCEPTION", AccessDenied),
        (403, f"{V3}ACCESSDENIEDEXCEPTION", AccessDenied),
        (403, f"{V3}INSUFFICIENTSCOPEEXCEPTION", AccountClosed),
        (404, f"{V3}METHODNOTFOUNDEXCEPTION", UnknownMethod),
        (503, "QUERY_LIMIT_EXCEEDED", TooManyRequests),
        (403, "ACCESS_DENIED", AccessDenied),
    ],
)
def test_objects_of_rest_3_are_understood(status, code, meaning):
    """An error of REST 3.0 is an object and means the same as the old ones."""
    error = from_answer(status, {"error": {"code": code, "message": "No"}}, "x.y")

    assert (meaning, code) == (type(error), error.code)


def test_rest_3_names_the_wrong_fields():
    """The text of a validation error says which field is wrong, and why."""
    body = {
        "error": {
            "code": "X",
            "message": "Not valid.",
            "validation": [{"field": "title", "message": "Required"}, "odd"],
        }
    }

    assert (
        "tasks.task.add: Not valid. [title: Required]"
        == from_answer(400, body, "tasks.task.add").text
    )


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [None, [], "text", {}, {"odd": 1}])
def test_no_json_means_broken(status, body):
    """A web page or a foreign JSON where an answer should be is worth a retry."""
    assert BitrixBroken is type(from_answer(status, body, "profile"))


def test_a_web_page_may_say_too_many_requests():
    """A 429 without an error comes from a front end and means the same as a 503."""
    assert TooManyRequests is type(from_answer(429, None, "profile"))


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ({"start": 1000, "operating_reset_at": 1123}, 123),
        ({"start": 1000.5, "operating_reset_at": 1001}, 1),
        ({"start": 1000, "operating_reset_at": 900}, 1),
        ({"start": 1000, "operating_reset_at": 9_999_999}, 660),
        ({"start": 1000}, 60),
        ({"start": 1000, "operating_reset_at": inf}, 660),
        ({"start": inf, "operating_reset_at": inf}, 1),
        ({"start": 1000.5, "operating_reset_at": 10**400}, 60),
        ([], 60),
        (None, 60),
    ],
)
def test_blocked_method_says_when_it_returns(time, seconds):
    """The pause is reckoned by Bitrix24's clock, and bounded."""
    body = {"error": "OPERATION_TIME_LIMIT", "time": time}
    error = from_answer(429, body, "crm.contact.list")

    assert (seconds, "crm.contact.list") == (error.retry_after, error.method)


def test_texts_are_one_short_line():
    """Foreign words become one line without tags, of bounded length."""
    body = {"error": "0", "error_description": "Not<br/>\nallowed " + "x" * 9999}
    error = from_answer(400, body, "tasks.task.complete")

    assert str(error).startswith("tasks.task.complete: Not allowed xxx")
    assert 350 > len(str(error))


def test_errors_tell_all_they_know():
    """The text ends with Bitrix24's code and the HTTP status."""
    body = {"error": "ERROR_CORE", "error_description": "No"}

    assert "a.b: No (ERROR_CORE, HTTP 400)" == str(from_answer(400, body, "a.b"))


def test_a_closed_account_says_what_to_do():
    """The text for a closed account begins with what to do."""
    body = {"error": "INVALID_CREDENTIALS", "error_description": "Invalid"}

    assert "make a new inbound webhook" in from_answer(401, body, "profile").text


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        ({"result": []}, False),
        ({"result": None, "time": {}}, False),
        ({"result": True, "error": ""}, False),
        ({"result": None, "error": "X"}, True),
        ({"error": ""}, True),
        ({"error": "0"}, True),
        ({"error": 0}, True),
        ({}, True),
        ([], True),
        (None, True),
    ],
)
def test_an_error_is_known_by_its_body(body, is_one):
    """The key counts, not the status; an empty code is an error without result."""
    assert is_one == is_error(body)
