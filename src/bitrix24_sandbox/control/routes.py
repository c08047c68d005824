"""The control API under /sandbox/api/: for tests, demo and bench, in JSON.

=========================  ====================================================
GET, POST faults           read; set the fields that are named
GET, POST switches         likewise
GET, POST limits           likewise
GET, POST, DELETE          webhooks: outgoing; POST {"url", "application_token",
                           "events"?} answers the id, DELETE ?id=13 or all
POST act                   {"do": "comment", "task": 51, "user": 3, "text": ...}
POST bulk                  {"acts": [...], "times": 5}: one after another; {n}
                           in a text is the number of the act
GET, DELETE calls          what was asked since the last DELETE
GET, POST clock            {"skew_seconds": 90}
GET applications           those that the account knows, and what they keep
POST applications          {"do": "register", ...}, and with a "client_id"
                           {"do": "add"}, or finish, update, remove, pay, frame
POST tokens                {"expire": true, "refresh": true}: over from now on
POST rename                {"address": "http://localhost:8025"}
POST dismiss               {"who": 3}
GET events                 the log, ?since=NUMBER
GET tasks/51               a task and its conversation
GET world                  everything, as `--data` reads it
POST flush                 waits until all events are out
=========================  ====================================================

Bodies are sent as application/json; no page of another site gets in.
"""

import dataclasses
import json

from aiohttp import web
from pydantic import TypeAdapter

from bitrix24_sandbox.account.conversations import reading
from bitrix24_sandbox.account.switches import Faults, Limits, Switches
from bitrix24_sandbox.account.world import WORLD, World, dump
from bitrix24_sandbox.control import apps as control_apps
from bitrix24_sandbox.control.acting import act
from bitrix24_sandbox.control.guard import Handler, answer, guarded
from bitrix24_sandbox.outgoing.sender import SENDER
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.limits import Stats
from bitrix24_sandbox.rest.obstacles import SERVER

_ROOT = "/sandbox/api/"
# Built once, not for each account: tests make thousands of accounts.
_READERS: dict[type, TypeAdapter[Faults | Limits | Switches]] = {
    kind: TypeAdapter(kind) for kind in (Faults, Limits, Switches)
}


def add_routes(app: web.Application) -> None:
    """Add the control API."""
    for name, kind in (("faults", Faults), ("switches", Switches), ("limits", Limits)):
        app.router.add_get(_ROOT + name, guarded(_reader(name)))
        app.router.add_post(_ROOT + name, guarded(_writer(name, kind)))
    routes: list[tuple[str, str, Handler]] = [
        ("GET", "webhooks", list_webhooks),
        ("POST", "webhooks", add_webhook),
        ("DELETE", "webhooks", remove_webhooks),
        ("POST", "act", act_once),
        ("POST", "bulk", act_often),
        ("GET", "calls", show_calls),
        ("DELETE", "calls", reset_calls),
        ("GET", "clock", show_clock),
        ("POST", "clock", set_clock),
        ("GET", "events", show_events),
        ("GET", r"tasks/{number:\d+}", show_task),
        ("GET", "world", show_world),
        ("POST", "flush", flush),
    ]
    for verb, path, handler in (*routes, *control_apps.ROUTES):
        app.router.add_route(verb, _ROOT + path, guarded(handler))


async def list_webhooks(request: web.Request) -> web.Response:
    """List the outgoing webhooks."""
    return answer([dataclasses.asdict(hook) for hook in request.app[WORLD].outgoing])


async def add_webhook(request: web.Request) -> web.Response:
    """Add an outgoing webhook."""
    body = await request.json()
    made = request.app[WORLD].add_outgoing(
        body["url"], body["application_token"], body.get("events", ())
    )
    return answer({"id": made.id})


async def remove_webhooks(request: web.Request) -> web.Response:
    """Remove one outgoing webhook, or all."""
    world = request.app[WORLD]
    number = request.query.get("id")
    world.outgoing = [h for h in world.outgoing if number and h.id != int(number)]
    return answer({"left": len(world.outgoing)})


async def act_once(request: web.Request) -> web.Response:
    """Act once as a member of staff."""
    made = act(request.app[WORLD], await request.json())
    return answer({"id": made})


async def act_often(request: web.Request) -> web.Response:
    """Act many times without a pause."""
    body = await request.json()
    count = 0
    for _ in range(int(body.get("times", 1))):
        for order in body["acts"]:
            act(request.app[WORLD], _numbered(order, count))
            count += 1
    return answer({"acts": count})


async def show_calls(request: web.Request) -> web.Response:
    """Count the requests, their batch commands, and the events sent."""
    sender = request.app[SENDER]
    shown = dict(vars(request.app[SERVER].stats))
    shown["events"] = {
        "sent": sender.sent,
        "failed": sender.failed,
        "dropped": sender.dropped,
        "waiting": len(sender.waiting),
    }
    return answer(shown)


async def reset_calls(request: web.Request) -> web.Response:
    """Set the counts back to zero."""
    sender = request.app[SENDER]
    request.app[SERVER].stats = Stats()
    sender.sent = sender.failed = sender.dropped = 0
    return answer({})


async def show_clock(request: web.Request) -> web.Response:
    """Show the account's time and its skew."""
    world = request.app[WORLD]
    return answer({"now": world.now().isoformat(), "skew_seconds": world.skew_seconds})


async def set_clock(request: web.Request) -> web.Response:
    """Skew the account's clock."""
    request.app[WORLD].skew_seconds = float((await request.json())["skew_seconds"])
    return await show_clock(request)


async def show_events(request: web.Request) -> web.Response:
    """Show the latest events."""
    since = int(request.query.get("since", 0))
    log = request.app[WORLD].log
    return answer([dataclasses.asdict(event) for event in log if event.number > since])


async def show_task(request: web.Request) -> web.Response:
    """Show a task and everything that was said under it."""
    world = request.app[WORLD]
    task = world.tasks[int(request.match_info["number"])]
    said = [
        {**dataclasses.asdict(entry), "files": [file.name for file in entry.files]}
        for entry in reading.conversation(world, task)
    ]
    return answer({"task": dataclasses.asdict(task), "conversation": said})


async def show_world(request: web.Request) -> web.Response:
    """Show everything, as a file for `--data`."""
    return web.Response(body=dump(request.app[WORLD]), content_type="application/json")


async def flush(request: web.Request) -> web.Response:
    """Wait until every event has been sent."""
    await request.app[SENDER].idle()
    return answer({})


def _reader(name: str) -> Handler:
    async def read(request: web.Request) -> web.Response:
        return answer(dataclasses.asdict(getattr(request.app[WORLD], name)))

    return read


def _writer(name: str, kind: type[Faults | Limits | Switches]) -> Handler:
    adapter = _READERS[kind]

    async def write(request: web.Request) -> web.Response:
        world: World = request.app[WORLD]
        body = await request.json()
        fields = {**dataclasses.asdict(getattr(world, name)), **body}
        unknown = body.keys() - {field.name for field in dataclasses.fields(kind)}
        if unknown:
            raise KeyError(*unknown)
        setattr(world, name, adapter.validate_python(fields))
        return answer(dataclasses.asdict(getattr(world, name)))

    return write


def _numbered(order: dict[str, Json], number: int) -> dict[str, Json]:
    text = json.dumps(order).replace("{n}", str(number))
    numbered: dict[str, Json] = json.loads(text)
    return numbered
