"""The applications of the account: on offer, installed, added by its administrators."""

from aiohttp import web

from bitrix24_sandbox.account import access
from bitrix24_sandbox.apps import applications
from bitrix24_sandbox.apps.records import Application
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.frame import application_of, origin_of
from bitrix24_sandbox.pages.languages import words
from bitrix24_sandbox.pages.site import (
    Form,
    acting_user,
    administrators,
    page,
    reason,
    texts_of,
    world_of,
)

SCOPES = {
    "crm": "CRM: contacts, companies and their fields",
    "task": "Tasks",
    "tasks": "Tasks, extended",
    "tasks_extended": "Tasks, the older extension",
    "im": "Chats and notifications",
    "disk": "Drive: files and folders",
    "user": "Users",
    "user_basic": "Users, basic fields",
    "user_brief": "Users, names only",
    "sonet_group": "Workgroups and projects",
    "calendar": "Calendar",
    "placement": "Places of its own in cards and menus",
    "basic": "Basic rights",
}
_FIELDS = ("title", "handler_url", "install_url", "script_only")


async def app_list(request: web.Request) -> web.StreamResponse:
    """Show the applications of the Market and the local ones."""
    known = sorted(
        world_of(request).applications.values(),
        key=lambda application: (application.title.casefold(), application.id),
    )
    kinds = ("market", "local")
    return page(
        request,
        "apps.html",
        found={kind: [a for a in known if a.kind == kind] for kind in kinds},
        removed="removed" in request.query,
        admin=_is_admin(request),
        admins=administrators(world_of(request)),
    )


async def about_app(request: web.Request) -> web.StreamResponse:
    """Show one application: what it asks for, its keys, how to remove it."""
    return _about(request, application_of(request))


async def install_app(request: web.Request) -> web.StreamResponse:
    """Install an application with all permissions it wants, and open its installer."""
    world, me = world_of(request), acting_user(request)
    application = application_of(request)
    ticked = _ticked(await request.post())
    try:
        if set(application.scopes) - set(ticked):
            raise Refused("", "It needs all that it asks for, tick everything")  # noqa: TRY301 - One sentence for both refusals.
        applications.add(world, me.id, application.client_id)
    except Refused as refusal:
        say = words(request)
        problem = say(
            "The application was not installed: {reason}.",
            reason=reason(refusal, say),
        )
        return _about(request, application, ticked, problem=problem, status=409)
    raise web.HTTPSeeOther(f"/staff/apps/{application.client_id}/")


async def remove_app(request: web.Request) -> web.StreamResponse:
    """Delete an application, and its data if that was chosen."""
    form = await request.post()
    client_id = application_of(request).client_id
    applications.remove(
        world_of(request), acting_user(request).id, client_id, clean="clean" in form
    )
    raise web.HTTPSeeOther("/staff/apps?removed=1")


async def new_app(request: web.Request) -> web.StreamResponse:
    """Show the form for a local application."""
    return _form(request, dict.fromkeys(_FIELDS, ""), ["basic"])


async def add_app(request: web.Request) -> web.StreamResponse:
    """Add a local application, as the developer section of Bitrix24 does."""
    world, me = world_of(request), acting_user(request)
    form = await request.post()
    typed = {name: text.strip() for name, text in texts_of(form, _FIELDS).items()}
    ticked = [scope for scope in _ticked(form) if scope in SCOPES]
    try:
        _check(request, typed)
        application = applications.register(
            world,
            title=typed["title"],
            kind="local",
            handler_url=typed["handler_url"],
            install_url=typed["install_url"],
            scopes=ticked,
            script_only=bool(typed["script_only"]),
        )
        applications.add(world, me.id, application.client_id)
    except Refused as refusal:
        say = words(request)
        problem = say(
            "The application was not added: {reason}.", reason=reason(refusal, say)
        )
        return _form(request, typed, ticked, problem=problem, status=409)
    raise web.HTTPSeeOther(f"/staff/apps/{application.client_id}/about?made=1")


def _check(request: web.Request, typed: dict[str, str]) -> None:
    if not _is_admin(request):
        raise Refused("", "Only an administrator may add one")
    if not typed["title"]:
        raise Refused("", "It needs a name")
    if typed["script_only"] and not typed["install_url"]:
        raise Refused("", "Without pages it needs an initial installation path")
    for name in ("handler_url", "install_url"):
        if typed[name] or name == "handler_url":
            origin_of(typed[name])


def _about(
    request: web.Request,
    application: Application,
    ticked: list[str] | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> web.StreamResponse:
    return page(
        request,
        "app_about.html",
        status=status,
        here=f"/staff/apps/{application.client_id}/about",
        application=application,
        ticked=ticked or [],
        words=SCOPES,
        made="made" in request.query,
        problem=problem,
        admin=_is_admin(request),
        admins=administrators(world_of(request)),
    )


def _form(
    request: web.Request,
    typed: dict[str, str],
    ticked: list[str],
    *,
    problem: str = "",
    status: int = 200,
) -> web.StreamResponse:
    return page(
        request,
        "app_new.html",
        status=status,
        here="/staff/apps/new",
        typed=typed,
        ticked=ticked,
        words=SCOPES,
        problem=problem,
        admin=_is_admin(request),
        admins=administrators(world_of(request)),
    )


def _ticked(form: Form) -> list[str]:
    return [str(scope) for scope in form.getall("scope", [])]


def _is_admin(request: web.Request) -> bool:
    return access.is_admin(world_of(request), acting_user(request).id)
