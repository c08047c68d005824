"""REST 3.0 over HTTP: only a JSON body counts (platform.md 4.5)."""

import json
from dataclasses import dataclass
from time import perf_counter

from aiohttp import web

from bitrix24_sandbox import php
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest import obstacles
from bitrix24_sandbox.rest.calls import Caller
from bitrix24_sandbox.rest.http import caller_of
from bitrix24_sandbox.rest.obstacles import SERVER
from bitrix24_sandbox.rest.server import Answered, Server
from bitrix24_sandbox.rest.v3 import methods as rest_v3

_DAY_SECONDS = 86_400


async def v3(request: web.Request) -> web.StreamResponse:
    """Answer /rest/api/{user}/{code}/{method} and /rest/api/{method}."""
    rest = request.app[SERVER]
    name = request.match_info["method"].lower()
    early = await obstacles.first(request, name)
    if early is not None:
        return early
    try:
        params = await _params(request)
        caller = _caller(request, rest, params)
        visit = _Visit(rest, caller, name, perf_counter())
        response = visit.answer(params, request.headers.get("Idempotency-Key"))
    except Refused as refusal:
        rest.stats.served_errors += 1
        return obstacles.answer(rest_v3.error(refusal), refusal.status)
    if obstacles.meets(rest, name, "500_after_write"):
        return obstacles.broken()
    if obstacles.meets(rest, name, "cut_after_write"):
        return obstacles.cut(request)
    return response


@dataclass
class _Visit:
    """One request, once its caller is known."""

    rest: Server
    caller: Caller
    name: str
    started: float

    def answer(self, params: Json, key: str | None) -> web.Response:
        if self.name == "batch":
            commands = php.as_list(params)
            return obstacles.text_answer(self._body([self._each(c) for c in commands]))
        if key is None or self.name not in rest_v3.WRITES:
            return obstacles.text_answer(self._body(self._run(self.name, params)))
        return self._once(params, key)

    def _once(self, params: dict[str, Json], key: str) -> web.Response:
        """Run a write, or repeat the answer that the same key got before.

        Errors are not kept. See ar/rest-v3.md.
        """
        rest_v3.check_key(key)
        place = (self.caller.key, self.name, key)
        print_ = rest_v3.fingerprint(params)
        now = self.rest.world.timestamp()
        known = self.rest.answered.get(place)
        if known is not None and known.at + _DAY_SECONDS > now:
            if known.fingerprint != print_:
                raise rest_v3.refused(
                    "IDEMPOTENCYKEYREUSEDEXCEPTION",
                    "The key was used with another request",
                    422,
                )
            headers = {"Idempotent-Replayed": "true"}
            return obstacles.text_answer(known.text, headers=headers)
        text = self._body(self._run(self.name, params))
        self.rest.answered[place] = Answered(print_, text, now)
        return obstacles.text_answer(text)

    def _run(self, name: str, params: Json) -> Json:
        method = self.rest.v3_methods.get(name)
        if method is None or not self.rest.world.switches.has_v3:
            raise Refused("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        plain = params if isinstance(params, dict) else {}
        plain = {key: value for key, value in plain.items() if key != "auth"}
        return self.rest.run(method, self.caller, plain, inner=False).result

    def _each(self, command: Json) -> Json:
        self.rest.stats.batch_commands += 1
        fields = php.as_map(command)
        try:
            return self._run(str(fields.get("method", "")).lower(), fields.get("query"))
        except Refused as refusal:
            return rest_v3.error(refusal)

    def _body(self, result: Json) -> str:
        time = self.rest.time(self.caller, self.name, self.started)
        return php.dumps({"result": result, "time": time})


async def _params(request: web.Request) -> Json:
    text = await request.read()
    try:
        return json.loads(text or b"{}")
    except ValueError:
        raise rest_v3.refused("INVALIDJSONEXCEPTION", "Invalid JSON") from None


def _caller(request: web.Request, rest: Server, params: Json) -> Caller:
    """Return the caller; a refusal is flat or nested, as a switch says."""
    try:
        return caller_of(request, rest, php.as_map(params))
    except Refused as refusal:
        if rest.world.switches.v3_auth_errors == "flat":
            raise
        raise rest_v3.refused(
            "ACCESSDENIEDEXCEPTION", refusal.text, refusal.status
        ) from None
