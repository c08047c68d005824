"""Addresses of Bitrix24's own pages, which links and applications contain."""

import re
from urllib.parse import urlencode

from aiohttp import web

from bitrix24_sandbox.pages.site import world_of

_TASK = r"/company/personal/user/{user:\d{1,15}}/tasks/task/view/{task:\d{1,15}}/"


def add_routes(router: web.UrlDispatcher) -> None:
    """Redirect the addresses of Bitrix24 to the staff pages."""
    router.add_get(_TASK, _task)
    router.add_get(r"/workgroups/group/{group:\d{1,15}}/", _group)
    router.add_get(r"/crm/contact/details/{contact:\d{1,15}}/", _contact)
    router.add_get(r"/crm/company/details/{company:\d{1,15}}/", _company)
    router.add_get(r"/marketplace/{view:view|app}/{app:[\w.-]{1,100}}/", _application)


async def _task(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/staff/tasks/{request.match_info['task']}")


async def _group(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/staff/?group={request.match_info['group']}")


async def _contact(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/staff/contacts/{request.match_info['contact']}")


async def _company(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(f"/staff/companies/{request.match_info['company']}")


async def _application(request: web.Request) -> web.StreamResponse:
    """Redirect to an application by its client id or its number, with parameters."""
    wanted = request.match_info["app"]
    for application in world_of(request).applications.values():
        if wanted in {application.client_id, str(application.id)}:
            params = {k: v for k, v in request.query.items() if re.match("params", k)}
            end = f"?{urlencode(params)}" if params else ""
            raise web.HTTPFound(f"/staff/apps/{application.client_id}/{end}")
    raise web.HTTPNotFound
