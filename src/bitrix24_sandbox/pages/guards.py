"""What runs before each staff page: origin of forms, problems, choice of staff."""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages import languages
from bitrix24_sandbox.pages.languages import LANGUAGES, words
from bitrix24_sandbox.pages.site import (
    COOKIE,
    SECRET,
    Form,
    number,
    page,
    reason,
    size,
    staff,
    text_of,
    world_of,
)
from bitrix24_sandbox.pages.tasks.bbcode import to_html

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
        " connect-src 'self'; form-action 'self'; frame-ancestors 'self';"
        " base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
SENTENCES = {
    403: "This form did not come from a page of this sandbox, or the sandbox was"
    " restarted since. Go back, reload the page and try again.",
    404: "There is no such page here.",
    413: "That is more than the sandbox takes in one go. Try a smaller file.",
}


def set_up(app: web.Application) -> None:
    """Give an application the templates, the secret and the guards of these pages."""
    app[SECRET] = secrets.token_urlsafe()
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"bbcode": to_html, "size": size}
    app.middlewares.extend([show_problems, check_origin])


@web.middleware
async def show_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer refusals and errors with a page that says why in one sentence."""
    try:
        response = await handler(request)
    except Refused as refusal:
        say = words(request)
        sentence = say("Bitrix24 refuses this: {reason}.", reason=reason(refusal, say))
        response = page(request, "problem.html", status=409, problem=sentence)
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        sentence = words(request)(SENTENCES.get(error.status, f"{error.reason}."))
        response = page(request, "problem.html", status=error.status, problem=sentence)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a form that did not come from a page of this process."""
    if request.method not in {"GET", "HEAD"}:
        token = text_of(await request.post(), "csrf")
        if not secrets.compare_digest(token.encode(), request.app[SECRET].encode()):
            raise web.HTTPForbidden
    return await handler(request)


async def choose_staff(request: web.Request) -> web.StreamResponse:
    """Act as someone else from now on."""
    form = await request.post()
    chosen = number(form.get("user"))
    if chosen not in {user.id for user in staff(world_of(request))}:
        raise web.HTTPNotFound
    response = web.HTTPSeeOther(_way_back(form))
    response.set_cookie(
        COOKIE, str(chosen), path="/staff", httponly=True, samesite="Lax"
    )
    raise response


async def choose_language(request: web.Request) -> web.StreamResponse:
    """Show the pages, and what applications show in them, in another language."""
    form = await request.post()
    chosen = text_of(form, "to")
    if chosen not in LANGUAGES:
        raise web.HTTPNotFound
    response = web.HTTPSeeOther(_way_back(form))
    response.set_cookie(
        languages.COOKIE, chosen, path="/staff", httponly=True, samesite="Lax"
    )
    raise response


def _way_back(form: Form) -> str:
    back = text_of(form, "back")
    return back if back.startswith("/staff/") else "/staff/"
