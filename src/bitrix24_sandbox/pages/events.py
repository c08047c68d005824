"""The events that the account has sent, and what goes wrong on purpose."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from math import isfinite

from aiohttp import web
from pydantic import TypeAdapter

from bitrix24_sandbox.account.records import Event
from bitrix24_sandbox.account.switches import Faults
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.outgoing.sender import SENDER
from bitrix24_sandbox.pages.languages import Say, words
from bitrix24_sandbox.pages.site import page, text_of, world_of

SHOWN = 60
LONGEST_SECONDS = 600.0
_FAULTS = TypeAdapter(Faults)
WORDS = {
    "ONTASKADD": "Task created",
    "ONTASKUPDATE": "Task changed",
    "ONTASKDELETE": "Task deleted",
    "ONTASKCOMMENTADD": "Message added",
    "ONTASKCOMMENTUPDATE": "Comment edited",
    "ONTASKCOMMENTDELETE": "Comment deleted",
    "ONCRMCONTACTADD": "Contact created",
    "ONCRMCONTACTUPDATE": "Contact changed",
    "ONCRMCONTACTDELETE": "Contact deleted",
    "ONCRMCONTACTUSERFIELDADD": "Contact field created",
    "ONCRMCONTACTUSERFIELDUPDATE": "Contact field changed",
    "ONCRMCONTACTUSERFIELDDELETE": "Contact field deleted",
    "ONAPPINSTALL": "Application installed",
    "ONAPPUNINSTALL": "Application deleted",
    "ONAPPTEST": "Test of an application",
}
RATES = {
    0.0: "Never",
    0.1: "1 in 10",
    0.3: "3 in 10",
    0.5: "Every other",
    1.0: "Always",
}
EVENT_FAULTS = {
    "event_drop": ("Get lost", "An event is never sent."),
    "event_double": ("Arrive twice", "An event is sent two times."),
    "event_reorder": ("Arrive out of order", "An event comes after later ones."),
}
REST_FAULTS = {
    "": "Answers as it should",
    "503": "503: too many requests",
    "502": "502 with an HTML page, as a broken proxy does",
    "maintenance": "200 with an HTML page, as during maintenance",
    "500_after_write": "500, though the change was made",
    "cut_after_write": "the connection is cut, though the change was made",
    "refuse": "Cuts the connection",
    "hang": "Answers only when it is switched back",
}


async def event_list(request: web.Request) -> web.StreamResponse:
    """Show the latest events and the switches for faults."""
    world = world_of(request)
    outcomes = request.config_dict[SENDER].outcomes
    return page(
        request,
        "events.html",
        events=[
            {
                "number": event.number,
                "name": event.name,
                "words": WORDS.get(event.name, event.name),
                "at": datetime.fromtimestamp(event.at, UTC),
                "by": event.by,
                "about": about(words(request), world, event),
                "outcomes": outcomes.get(event.number, []),
                "wanted": _wanted(world, event),
            }
            for event in reversed(world.log[-SHOWN:])
        ],
        heard=world.outgoing or any(a.running for a in world.applications.values()),
        faults=world.faults,
        event_faults=EVENT_FAULTS,
        rest_faults=REST_FAULTS,
        rates=RATES,
        saved="saved" in request.query,
    )


def _wanted(world: World, event: Event) -> bool:
    """Whether anybody has subscribed to such an event."""
    if not event.application and any(
        not hook.events or event.name in hook.events for hook in world.outgoing
    ):
        return True
    return any(
        binding.event == event.name
        for application in world.applications.values()
        if application.running and event.application in {"", application.client_id}
        for binding in application.bindings
    )


def about(say: Say, world: World, event: Event) -> tuple[str, str]:
    """Return what an event is about, and the address that shows it, or ""."""
    if event.application:
        application = world.applications.get(event.application)
        if application is None:
            return event.application, ""
        return application.title, f"/staff/apps/{event.application}/about"
    parts = (event.data.get(f"FIELDS{end}") for end in ("", "_AFTER", "_BEFORE"))
    fields = next(part for part in parts if isinstance(part, dict))
    if event.name.startswith("ONTASK"):
        number = fields.get("TASK_ID", fields["ID"])
        return say("Task {number}", number=number), f"/staff/tasks/{number}"
    if "USERFIELD" in event.name:
        return str(fields.get("FIELD_NAME", "")), ""
    number = fields["ID"]
    return say("Contact {number}", number=number), f"/staff/contacts/{number}"


async def save_faults(request: web.Request) -> web.StreamResponse:
    """Set what goes wrong on purpose; `mend` switches all faults off."""
    world = world_of(request)
    form = await request.post()
    world.faults = Faults() if "mend" in form else _read(world.faults, form)
    raise web.HTTPSeeOther("/staff/events?saved=1#faults")


def _read(before: Faults, form: Mapping[str, object]) -> Faults:
    """Read the form; a value that is not a number leaves the previous one."""
    numbers: dict[str, float] = {}
    for name in (*EVENT_FAULTS, "rest_rate"):
        numbers[name] = _number(form, name, getattr(before, name), 1.0)
    for name in ("delay_min", "delay_max", "slow_seconds"):
        numbers[name] = _number(form, name, getattr(before, name), LONGEST_SECONDS)
    numbers["delay_max"] = max(numbers["delay_min"], numbers["delay_max"])
    rest = text_of(form, "rest")
    chosen = {"rest": rest} if rest in REST_FAULTS else {}
    return _FAULTS.validate_python(asdict(before) | numbers | chosen)


def _number(form: Mapping[str, object], name: str, before: float, most: float) -> float:
    try:
        value = float(text_of(form, name).replace(",", "."))
    except ValueError:
        return before
    return min(max(value, 0.0), most) if isfinite(value) else before
