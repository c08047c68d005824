"""What the page around a frame asks of the account on behalf of the frame.

These are the actions of Bitrix24's own page: `set_installed`, `access_refresh`,
`set_option`, `set_install`, and what it keeps elsewhere.
"""

import json
from collections.abc import Callable

import aiohttp_jinja2
from aiohttp import web

from bitrix24_sandbox.account import access
from bitrix24_sandbox.apps import applications, grants
from bitrix24_sandbox.apps.records import Application
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.frame import application_of, frame_of
from bitrix24_sandbox.pages.languages import words
from bitrix24_sandbox.pages.site import Form, acting_user, text_of, world_of

Answer = dict[str, object]


async def answer_script(request: web.Request) -> web.StreamResponse:
    """Answer the page's script; a refused action has a result of false."""
    form = await request.post()
    run = ACTIONS.get(text_of(form, "action"))
    if run is None:
        raise web.HTTPBadRequest
    application = application_of(request)
    try:
        return web.json_response(run(request, application, form))
    except (Refused, ValueError):
        return web.json_response({"result": False})


def _finish(request: web.Request, application: Application, _form: Form) -> Answer:
    world, me = world_of(request), acting_user(request)
    applications.finish_install(world, me.id, application.client_id)
    return {"result": True}


def _refresh(request: web.Request, application: Application, _form: Form) -> Answer:
    world, me = world_of(request), acting_user(request)
    if not application.added:
        raise Refused("APPLICATION_NOT_FOUND", "Application not found", 401)
    token, refresh = grants.issue(world, application.client_id, me.id)
    return {
        "access_token": token.value,
        "expires_in": grants.ACCESS_SECONDS,
        "refresh_token": refresh.value,
    }


def _set_option(request: web.Request, application: Application, form: Form) -> Answer:
    if not access.is_admin(world_of(request), acting_user(request).id):
        raise Refused("ACCESS_DENIED", "Access denied!", 403)
    application.options[text_of(form, "name")] = json.loads(text_of(form, "value"))
    return {"result": True}


def _set_user_option(
    request: web.Request, application: Application, form: Form
) -> Answer:
    mine = application.user_options.setdefault(acting_user(request).id, {})
    mine[text_of(form, "name")] = json.loads(text_of(form, "value"))
    return {"result": True}


def _set_install(_request: web.Request, application: Application, form: Form) -> Answer:
    application.first_run = text_of(form, "value") != "1"
    return {"result": True}


def _open(request: web.Request, application: Application, form: Form) -> Answer:
    """Return the frame of a side page that was opened with parameters."""
    options = json.loads(text_of(form, "options") or "{}")
    if not isinstance(options, dict):
        raise Refused("", "The parameters of an application are a map")
    texts = {str(name): str(value) for name, value in options.items()}
    frame = frame_of(request, application, options=texts)
    html = aiohttp_jinja2.render_string(
        "frame.html", request, {"frame": frame, "_": words(request)}
    )
    return {"html": html}


ACTIONS: dict[str, Callable[[web.Request, Application, Form], Answer]] = {
    "set_installed": _finish,
    "access_refresh": _refresh,
    "set_option": _set_option,
    "set_user_option": _set_user_option,
    "set_install": _set_install,
    "open": _open,
}
