"""Many calls in one request: how they are written and read. No I/O.

settings/how-to-call-rest-api/batch.md of the Bitrix24 REST documentation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from ticket24.bitrix.events.phpform import encode
from ticket24.bitrix.rest.decode import whole
from ticket24.bitrix.rest.errors import BitrixBroken, BitrixError, from_answer

MOST_CALLS = 50


@dataclass(frozen=True, slots=True)
class Call:
    """One method and its parameters inside a batch; their order is kept.

    A value may refer to an earlier call of the same request with
    `$result[key][path]`. So text written by people must not travel in a batch:
    Bitrix24 would replace what looks like a reference in it. A reference to
    nothing becomes empty, and an empty filter may select everything: look at
    the rows that come back.
    """

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method}?{encode(self.params)}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What came back, by the keys of the calls: each has a result or an error.

    `server_time` is the instant (UTC) at which Bitrix24 began, of several
    requests the earliest. Lists that go on have where, among the `nexts`.
    """

    results: dict[str, Any]
    errors: dict[str, BitrixError]
    server_time: datetime | None = None
    nexts: dict[str, int] = field(default_factory=dict)


def split(calls: Mapping[str, Call]) -> list[dict[str, Call]]:
    """Divide calls into as many requests as Bitrix24 wants, in order."""
    pairs = list(calls.items())
    starts = range(0, len(pairs), MOST_CALLS)
    return [dict(pairs[start : start + MOST_CALLS]) for start in starts]


def to_params(calls: Mapping[str, Call]) -> dict[str, Any]:
    """Write the parameters of one request that goes on after an error."""
    return {"halt": 0, "cmd": {key: str(each) for key, each in calls.items()}}


def read(
    result: object, calls: Mapping[str, Call], server_time: datetime | None
) -> Batch:
    """Read the answer to one request.

    A call with neither result nor error has the error BitrixBroken.
    """
    if not isinstance(result, Mapping):
        raise BitrixBroken("", "batch: no usable answer", HTTPStatus.OK)
    results, refusals, times, nexts = (
        _by_key(result.get(name))
        for name in ("result", "result_error", "result_time", "result_next")
    )
    batch = Batch({}, {}, server_time)
    for key, call in calls.items():
        if key in refusals:
            refusal = _refusal(refusals[key], times.get(key))
            error = from_answer(HTTPStatus.OK, refusal, call.method)
            batch.errors[key] = error
        elif key in results:
            batch.results[key] = results[key]
            if following := whole(nexts.get(key)):
                batch.nexts[key] = following
        else:
            text = f"{call.method}: the batch came back without an answer to it"
            batch.errors[key] = BitrixBroken("", text, HTTPStatus.OK)
    return batch


def join(
    parts: Iterable[Mapping[str, Call]],
    outcomes: Iterable[Batch | BaseException],
) -> Batch:
    """Put several requests together; an outcome is a Batch or what was raised.

    The error of a request becomes the error of each of its calls, unless
    every request failed: then the first error is raised.
    """
    outcomes = list(outcomes)
    failures = [each for each in outcomes if isinstance(each, BaseException)]
    bugs = [each for each in failures if not isinstance(each, BitrixError)]
    if bugs or (failures and len(failures) == len(outcomes)):
        raise (bugs or failures)[0]

    results: dict[str, Any] = {}
    errors: dict[str, BitrixError] = {}
    times: list[datetime] = []
    nexts: dict[str, int] = {}
    for part, outcome in zip(parts, outcomes, strict=True):
        if isinstance(outcome, BitrixError):
            errors |= dict.fromkeys(part, outcome)
        elif isinstance(outcome, Batch):
            results |= outcome.results
            errors |= outcome.errors
            nexts |= outcome.nexts
            times += [outcome.server_time] if outcome.server_time else []
    return Batch(results, errors, min(times, default=None), nexts)


def _by_key(answers: object) -> Mapping[str, Any]:
    """Read a PHP array: a list when its keys are 0 to n, so also when empty."""
    if isinstance(answers, list):
        return {str(number): answer for number, answer in enumerate(answers)}
    return answers if isinstance(answers, Mapping) else {}


def _refusal(error: object, time: object) -> dict[str, object]:
    body = dict(error) if isinstance(error, Mapping) else {}
    return {"error": "" if isinstance(error, Mapping) else error, **body, "time": time}
