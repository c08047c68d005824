"""What all staff pages share: the account, who acts, what a form says, the frame."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web
from markupsafe import Markup
from multidict import MultiDictProxy

from bitrix24_sandbox.account import notifications
from bitrix24_sandbox.account.records import Status, User
from bitrix24_sandbox.account.world import WORLD, World
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.pages.languages import LANGUAGES, Say, language_of, words

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]

SECRET: web.AppKey[str] = web.AppKey("SECRET", str)
COOKIE = "sandbox_staff"
STATUS_NAMES = {
    Status.NEW: "New",
    Status.PENDING: "Pending",
    Status.IN_PROGRESS: "In progress",
    Status.REVIEW: "Awaiting approval",
    Status.COMPLETED: "Completed",
    Status.DEFERRED: "Deferred",
    Status.DECLINED: "Declined",
}
_HTML_TAG = re.compile(r"<[^>]*>")
_ID = re.compile(r"[0-9]{1,15}")
_KILO = 1000


def world_of(request: web.Request) -> World:
    """Return the account that the application serves."""
    return request.config_dict[WORLD]


def staff(world: World) -> list[User]:
    """Return everybody whom one may act as: people who have not left."""
    people = [u for u in world.users.values() if u.active and not (u.hidden or u.bot)]
    return sorted(people, key=lambda user: user.id)


def administrators(world: World) -> list[User]:
    """Return everybody who may install applications."""
    return [user for user in staff(world) if user.admin]


def acting_user(request: web.Request) -> User:
    """Return the chosen user, by default one who is not the integration user.

    Raises `Refused` for an account without staff.
    """
    world = world_of(request)
    people = staff(world)
    chosen = number(request.cookies.get(COOKIE, ""))
    for user in people:
        if user.id == chosen:
            return user
    integration = world.webhooks[0].user_id if world.webhooks else 0
    people.sort(key=lambda user: user.id == integration)
    if not people:
        raise Refused("", "This account has no active staff")
    return people[0]


def number(text: object) -> int:
    """Read an id from a form or an address; 0 if it is not one."""
    text = str(text)
    return int(text) if _ID.fullmatch(text) else 0


def text_of(form: Mapping[str, object], name: str) -> str:
    """Read a text field; a missing one is empty."""
    value = form.get(name, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def texts_of(form: Mapping[str, object], names: Iterable[str]) -> dict[str, str]:
    """Read the text fields of a form, from its post or from an address."""
    return {name: text_of(form, name) for name in names}


def reason(refusal: Refused, say: Say) -> str:
    """Put a refusal into words within a sentence: no HTML, no full stop.

    What the account itself says stays as it says it.
    """
    if "ACTION_NOT_ALLOWED" in refusal.text:
        return say("Action not allowed")
    plain = " ".join(_HTML_TAG.sub(" ", refusal.text).split()).rstrip(".")
    if not plain:
        return say("Bitrix24 gives no reason")
    return say(plain, **refusal.extra)


def size(octets: int) -> str:
    """Write the size of a file."""
    if octets < _KILO:
        return f"{octets} B"
    if octets < _KILO * _KILO:
        return f"{octets / _KILO:.1f} kB"
    return f"{octets / _KILO / _KILO:.1f} MB"


def page(
    request: web.Request, template: str, *, status: int = 200, **context: object
) -> web.Response:
    """Render a page with everything that its frame needs."""
    world = world_of(request)
    everyone = staff(world)
    me = acting_user(request) if everyone else None
    zone = ZoneInfo(me.time_zone if me else world.server_zone)
    now = world.now().astimezone(zone)

    say = words(request)

    def when(moment: datetime) -> Markup:
        return _time(moment.astimezone(zone), now, say)

    def person(user_id: int) -> str:
        user = world.users.get(user_id)
        return user.full_name if user else say("User {number}", number=user_id)

    frame: dict[str, object] = {
        "_": say,
        "csrf": request.app[SECRET],
        "everyone": everyone,
        "faulty": world.faults.active,
        "here": request.path_qs if request.method == "GET" else "/staff/",
        "language": language_of(request),
        "languages": LANGUAGES,
        "me": me,
        "menu": [a for a in world.applications.values() if a.running and a.menu],
        "notified": len(notifications.shown(world, me.id)) if me else 0,
        "person": person,
        "problem": "",
        "status_names": STATUS_NAMES,
        "when": when,
        "world": world,
    }
    response = aiohttp_jinja2.render_template(
        template, request, frame | context, status=status
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _time(moment: datetime, now: datetime, say: Say) -> Markup:
    """Write a moment as briefly as is clear."""
    form = say("%d %b %Y, %H:%M")
    if moment.date() == now.date():
        form = "%H:%M"
    elif moment.year == now.year:
        form = say("%d %b, %H:%M")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(),
        moment.strftime(say("%A, %d %B %Y, %H:%M:%S")),
        moment.strftime(form).lstrip("0") if form != "%H:%M" else f"{moment:%H:%M}",
    )
