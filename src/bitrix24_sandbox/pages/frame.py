"""The page around an application's frame.

The browser posts the viewer's tokens into the frame; then the frame and this page talk
by `postMessage` (platform.md 2.2, 2.3 and 6.6). `static/host.js` does the talking.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from yarl import URL

from bitrix24_sandbox.account import access
from bitrix24_sandbox.account.switches import language_id
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.frames import DEFAULT
from bitrix24_sandbox.apps.records import Application
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.languages import chosen_of
from bitrix24_sandbox.pages.site import (
    SECRET,
    acting_user,
    administrators,
    page,
    staff,
    world_of,
)

# As in Bitrix24's own frames, none of which is sandboxed.
ALLOWED = "geolocation *; microphone *; camera *; autoplay *"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self' {0}; frame-src 'self' {0};"
    " frame-ancestors 'self'; base-uri 'none'"
)
_ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]+")
_PARAM = re.compile(r"params\[(\w{1,50})\]")


@dataclass
class Frame:
    """One frame to show: what is posted into it, and what its page knows about it."""

    name: str
    title: str
    action: str
    fields: dict[str, str]
    origin: str
    host: dict[str, object]
    allow: str = ALLOWED


async def app_page(request: web.Request) -> web.StreamResponse:
    """Show an application, or its installer until that has finished."""
    go_home(request)
    application = application_of(request)
    world, me = world_of(request), acting_user(request)
    if not application.added:
        raise web.HTTPSeeOther(f"/staff/apps/{application.client_id}/about")
    if not application.installed and not access.is_admin(world, me.id):
        return page(
            request,
            "app_unfinished.html",
            application=application,
            admins=administrators(world),
        )
    if application.script_only:
        return page(request, "app_unseen.html", application=application)
    frame = frame_of(request, application, options=_params(request.query))
    response = page(
        request,
        "app.html",
        application=application,
        frame=frame,
        finished=request.query.get("install_finished", ""),
    )
    return allow(response, frame)


def application_of(request: web.Request) -> Application:
    """Return the application that the address names."""
    found = world_of(request).applications.get(request.match_info["app"])
    if found is None:
        raise web.HTTPNotFound
    return found


def frame_of(
    request: web.Request,
    application: Application,
    placement: str = DEFAULT,
    *,
    handler: str = "",
    options: Mapping[str, str] | None = None,
    title: str = "",
) -> Frame:
    """Make a frame for the acting user, with that user's tokens."""
    world, me = world_of(request), acting_user(request)
    url, query, fields = applications.frame_fields(
        world, me.id, application.client_id, placement, options, handler=handler
    )
    if chosen := chosen_of(request):
        # Frames are in the person's own language.
        query["LANG"] = language_id(chosen)
    origin, sid = origin_of(url), query["APP_SID"]
    place = {"PLACEMENT": placement, "PLACEMENT_OPTIONS": options or ""}
    host: dict[str, object] = {
        "origin": origin,
        "sid": sid,
        "csrf": request.app[SECRET],
        "address": f"/staff/apps/{application.client_id}/frame",
        "title": title or application.title,
        "users": [
            {"id": str(user.id), "name": user.full_name} for user in staff(world)
        ],
        "init": _init(world, me.id, application, query, fields) | place,
    }
    return Frame(
        name=f"{query['DOMAIN']}|{query['PROTOCOL']}|{sid}",
        title=title or application.title,
        action=applications.frame_address(url, query),
        fields=fields,
        origin=origin,
        host=host,
    )


def _init(
    world: World,
    by: int,
    application: Application,
    query: Mapping[str, str],
    fields: Mapping[str, str],
) -> dict[str, object]:
    """Return what `getInitData` tells the frame."""
    return {
        "LANG": query["LANG"],
        "DOMAIN": query["DOMAIN"],
        "PROTOCOL": int(query["PROTOCOL"]),
        "PATH": "/rest",
        "AUTH_ID": fields["AUTH_ID"],
        "AUTH_EXPIRES": fields["AUTH_EXPIRES"],
        "REFRESH_ID": fields["REFRESH_ID"],
        "MEMBER_ID": world.member_id,
        "FIRST_RUN": application.first_run,
        "IS_ADMIN": access.is_admin(world, by),
        "INSTALL": not application.installed,
        "USER_OPTIONS": application.user_options.get(by, {}),
        "APP_OPTIONS": application.options,
    }


def origin_of(url: str) -> str:
    """Return the origin of a page as browsers write it; refuse if it has none."""
    try:
        origin = str(URL(url).origin())
    except ValueError:
        origin = ""
    if not _ORIGIN.fullmatch(origin):
        raise Refused("", "{url} is not the address of a web page", url=url)
    return origin


def allow(response: web.Response, frame: Frame) -> web.Response:
    """Let a page post into a frame of exactly this origin and show it."""
    response.headers["Content-Security-Policy"] = _POLICY.format(frame.origin)
    # Clients can tell a form that is posted without its origin from Bitrix24's own.
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


def go_home(request: web.Request) -> None:
    """Redirect the browser to the account's own address: frames talk to no other."""
    home = world_of(request).home
    if request.host != home.partition("://")[2]:
        raise web.HTTPSeeOther(f"{home}{request.path_qs}")


def _params(query: Mapping[str, str]) -> dict[str, str]:
    """Read `params[name]=value`, which links to an application may contain."""
    found = {name: _PARAM.fullmatch(name) for name in query}
    return {match[1]: query[name] for name, match in found.items() if match}
