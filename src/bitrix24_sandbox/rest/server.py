"""The classic REST: one call, a batch, and the envelope around both.

See st/how-to-call-rest-api/general-principles.md and batch.md. There is no HTTP in
here.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

from bitrix24_sandbox import php
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest import credentials
from bitrix24_sandbox.rest.calls import Call, Caller, Links, Method, Page
from bitrix24_sandbox.rest.limits import Buckets, Meter, Stats

BATCH_LIMIT = 50
_REFERENCE = re.compile(r"\$result((?:\[[^\[\]]+\])+)")


@dataclass(frozen=True)
class Answered:
    """The answer that an Idempotency-Key got, and the request body that it answered."""

    fingerprint: str
    text: str
    at: float


@dataclass
class Server:
    """The REST side of an account: its methods, its limits, its counters."""

    world: World
    methods: dict[str, Method]
    v3_methods: dict[str, Method] = field(default_factory=dict)
    buckets: Buckets = field(default_factory=Buckets)
    meter: Meter = field(default_factory=Meter)
    stats: Stats = field(default_factory=Stats)
    links: Links = field(default_factory=Links)
    # Answers of REST 3.0 writes by (caller, method, Idempotency-Key).
    answered: dict[tuple[str, str, str], Answered] = field(default_factory=dict)

    def call(
        self, caller: Caller, name: str, params: dict[str, Json], *, inner: bool = False
    ) -> Page:
        """Run one method. Raises `Refused`."""
        method = self.methods.get(name.lower())
        if method is None:
            raise Refused("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        return self.run(method, caller, params, inner=inner)

    def run(
        self, method: Method, caller: Caller, params: dict[str, Json], *, inner: bool
    ) -> Page:
        """Run a method if its caller, scope and running time allow it."""
        credentials.check(self.world, caller, method)
        now = self.world.timestamp()
        limits = self.world.limits
        billed = (caller.key, method.name.lower())
        if inner and limits.operating_bills == "batch":
            billed = (caller.key, "batch")
        over = self.meter.used(billed, now) >= limits.operating_seconds
        if limits.operating_seconds and over:
            self.stats.served_429 += 1
            raise Refused(
                "OPERATION_TIME_LIMIT",
                "Method is blocked due to operation time limit.",
                429,
            )
        self.stats.methods[method.name.lower()] += 1
        self.meter.add(billed, limits.operating_cost, now)
        call = Call(self.world, caller, params, self.links)
        with credentials.hit(self.world, caller):
            result = method.run(call)
        return result if isinstance(result, Page) else Page(result)

    def batch(self, caller: Caller, params: dict[str, Json]) -> dict[str, Json]:
        """Run up to 50 commands in turn; a failed one does not stop the others."""
        maps: dict[str, dict[str, Json]] = {
            name: {}
            for name in (
                "result",
                "result_error",
                "result_total",
                "result_next",
                "result_time",
            )
        }
        halt = php.as_bool(params.get("halt", 0))
        commands = php.as_map(params.get("cmd"))
        for number, (key, command) in enumerate(commands.items()):
            self.stats.batch_commands += 1
            started = perf_counter()
            name = ""
            try:
                if number >= BATCH_LIMIT:
                    raise Refused(  # noqa: TRY301 - One place answers for all.
                        "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"
                    )
                name, arguments = self._command(str(command), maps["result"])
                answer = self.call(caller, name, arguments, inner=True)
            except Refused as refusal:
                maps["result_error"][key] = error(refusal)
                if halt:
                    break
                continue
            maps["result"][key] = php.lists(answer.result)
            if answer.total is not None:
                maps["result_total"][key] = answer.total
            if answer.next is not None:
                maps["result_next"][key] = answer.next
            maps["result_time"][key] = self.time(caller, name, started)
        return maps

    def time(self, caller: Caller | None, name: str, started: float) -> dict[str, Json]:
        """Return the `time` block of an answer."""
        now = self.world.timestamp()
        duration = perf_counter() - started
        begun = datetime.fromtimestamp(now - duration, UTC)
        zone = self.world.zone(begun, self.world.server_zone)
        key = (caller.key if caller else "", name.lower())
        return {
            "start": int(now - duration),
            "finish": round(now, 6),
            "duration": round(duration, 6),
            "processing": 0,
            "date_start": begun.astimezone(zone).isoformat(timespec="seconds"),
            "date_finish": datetime.fromtimestamp(now, zone).isoformat(
                timespec="seconds"
            ),
            "operating_reset_at": self.meter.reset_at(key, now),
            "operating": round(self.meter.used(key, now), 6),
        }

    def _command(
        self, command: str, results: dict[str, Json]
    ) -> tuple[str, dict[str, Json]]:
        path, _, query = command.partition("#")[0].partition("?")
        name = path.strip("/")
        method = self.methods.get(name.lower())
        upload = method is not None and method.upload
        if name.lower() in {"batch", "upload", "download"} or (
            upload and not self.world.switches.uploads_in_batch
        ):
            raise Refused(
                "ERROR_BATCH_METHOD_NOT_ALLOWED",
                "Method is not allowed for batch usage",
            )
        return name, _substitute(php.parse_query(query), results)


# As recorded in 2024-10: this one is an integer, while other numbers are text.
_NUMBERS = {"1048582": 1048582}


def error(refusal: Refused) -> dict[str, Json]:
    """Return the JSON of a refusal."""
    return {
        "error": _NUMBERS.get(refusal.code, refusal.code),
        "error_description": refusal.text,
        **refusal.extra,
    }


def _substitute(value: Json, results: dict[str, Json]) -> Json:
    """Replace `$result[key][path]`; a missing value becomes empty.

    A value that consists only of a reference may become a list or a map. Inside a
    longer text only plain values are inserted.
    """
    if isinstance(value, dict):
        return {key: _substitute(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [_substitute(item, results) for item in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _look_up(whole[1], results)

    def put_in(match: re.Match[str]) -> str:
        found = _look_up(match[1], results)
        return match[0] if isinstance(found, dict | list) else str(found)

    return _REFERENCE.sub(put_in, value)


def _look_up(path: str, results: dict[str, Json]) -> Json:
    here: Json = results
    for part in re.findall(r"\[([^\[\]]+)\]", path):
        if isinstance(here, list) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        elif isinstance(here, dict) and part in here:
            here = here[part]
        else:
            return ""
    return "" if here is None else here
