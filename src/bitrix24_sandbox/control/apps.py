"""The part of the control API that plays applications and their administrators."""

import dataclasses
from collections.abc import Callable

from aiohttp import web

from bitrix24_sandbox.account.world import WORLD, World
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.control.guard import Handler, answer
from bitrix24_sandbox.php import Json

Order = dict[str, Json]
_Act = Callable[[World, int, str, Order], Json]


async def list_applications(request: web.Request) -> web.Response:
    """List the applications, including their secrets."""
    known = request.app[WORLD].applications.values()
    return answer([dataclasses.asdict(application) for application in known])


async def act_on_application(request: web.Request) -> web.Response:
    """Do what `do` says with an application, as `user` (1 if absent)."""
    world = request.app[WORLD]
    order = await request.json()
    by = int(order.pop("user", 1))
    name = order.pop("do")
    if name == "register":
        made = applications.register(world, **order)
        return answer(dataclasses.asdict(made))
    return answer(_ACTS[name](world, by, order.pop("client_id"), order))


async def end_tokens(request: web.Request) -> web.Response:
    """Let access tokens expire, and with `refresh` refresh tokens too."""
    order = await request.json()
    count = 0
    if order.pop("expire"):
        count = applications.expire(request.app[WORLD], **order)
    return answer({"expired": count})


async def rename(request: web.Request) -> web.Response:
    """Give the account another address."""
    world = request.app[WORLD]
    applications.rename(world, (await request.json())["address"])
    return answer({"address": world.address, "former": world.former_addresses})


async def dismiss(request: web.Request) -> web.Response:
    """Dismiss a user."""
    order = await request.json()
    by = int(order.get("user", 1))
    applications.dismiss(request.app[WORLD], by, int(order["who"]))
    return answer({})


def _add(world: World, by: int, client_id: str, _order: Order) -> Json:
    return dataclasses.asdict(applications.add(world, by, client_id))


def _finish(world: World, by: int, client_id: str, _order: Order) -> Json:
    applications.finish_install(world, by, client_id)
    return {}


def _update(world: World, by: int, client_id: str, order: Order) -> Json:
    return dataclasses.asdict(applications.update(world, by, client_id, **order))


def _remove(world: World, by: int, client_id: str, order: Order) -> Json:
    clean = bool(order.get("clean", True))
    applications.remove(world, by, client_id, clean=clean)
    return {}


def _pay(world: World, _by: int, client_id: str, order: Order) -> Json:
    application = applications.find(world, client_id)
    application.paid = bool(order.get("paid", True))
    return {"paid": application.paid}


def _frame(world: World, by: int, client_id: str, order: Order) -> Json:
    url, query, form = applications.frame_fields(world, by, client_id, **order)
    return {"url": url, "query": query, "form": form}


_ACTS: dict[str, _Act] = {
    "add": _add,
    "finish": _finish,
    "update": _update,
    "remove": _remove,
    "pay": _pay,
    "frame": _frame,
}
ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "applications", list_applications),
    ("POST", "applications", act_on_application),
    ("POST", "tokens", end_tokens),
    ("POST", "rename", rename),
    ("POST", "dismiss", dismiss),
]
