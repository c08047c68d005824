"""event.*: how an application subscribes to events (platform.md 1.7).

The account keeps no queue of offline events and says that its plan has none.
"""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import events
from bitrix24_sandbox.apps import events as app_events
from bitrix24_sandbox.apps import handler_urls
from bitrix24_sandbox.apps.records import Binding
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table()

_SCOPES = {"ONTASK": {"task", "tasks"}, "ONCRM": {"crm"}}
_KINDS = ("online", "offline")


@table.method("events", app_only=True)
def event_names(call: Call) -> Json:
    """Return the events that can be bound, of one scope or of the caller's."""
    wanted = call.get("SCOPE")
    scopes = set(call.caller.scopes)
    if wanted is not None:
        scopes = {str(wanted)} & scopes
    elif php.as_bool(call.get("FULL")):
        scopes = {scope for group in _SCOPES.values() for scope in group}
    basic = app_events.NAMES if wanted in {None, "", "basic"} else ()
    return [*basic, *(name for name in events.NAMES if _covered(name, scopes))]


@table.method("event.bind", app_only=True)
def bind(call: Call) -> bool:
    """Add a handler of an event; only administrators bind for other users."""
    user_id = _bound_user(call)
    name = _event_name(call)
    kind = str(call.get("EVENT_TYPE") or "online").lower()
    if kind not in _KINDS:
        text = "Value must be one of {online|offline}"
        raise Refused("ERROR_ARGUMENT", text, argument="EVENT_TYPE")
    if kind == "offline":
        _refuse_offline(call)
    if call.get("auth_connector"):
        raise Refused("WRONG_LICENSE", _no_feature("auth connector"), 403)
    handler = _handler(call)
    handler_urls.check(handler)
    if not _known(name, set(call.caller.scopes)):
        raise Refused("ERROR_EVENT_NOT_FOUND", "Event not found")
    bindings = call.application.bindings
    if (name, handler, user_id) in {(b.event, b.handler, b.user_id) for b in bindings}:
        text = "Unable to set event handler: Handler already binded"
        raise Refused("ERROR_CORE", text)
    number = call.world.next_id("outgoing")
    bindings.append(Binding(number, name, handler, user_id))
    return True


@table.method("event.get", app_only=True)
def get(call: Call) -> Json:
    """Return the application's handlers; ordinary users see only their own."""
    return [
        {
            "event": binding.event,
            "handler": binding.handler,
            "auth_type": str(binding.user_id),
            "offline": 0,
        }
        for binding in call.application.bindings
        if call.admin or binding.user_id == call.by
    ]


@table.method("event.unbind", app_only=True)
def unbind(call: Call) -> Json:
    """Remove handlers; `auth_type` selects among them, even if it is 0."""
    name, handler = _event_name(call), _handler(call)
    user = call.get("AUTH_TYPE")
    if not call.admin:
        user = call.by
    application = call.application
    kept = [
        binding
        for binding in application.bindings
        if (binding.event, binding.handler) != (name, handler)
        or (user is not None and binding.user_id != php.as_int(user))
    ]
    count = len(application.bindings) - len(kept)
    application.bindings = kept
    return {"count": count}


@table.method("event.test", app_only=True)
def test(call: Call) -> int:
    """Send ONAPPTEST with the given parameters to every handler bound to it."""
    app_events.tested(call.world, call.by, call.application, call.params)
    return 1


def _bound_user(call: Call) -> int:
    user_id = php.as_int(call.get("AUTH_TYPE"))
    if call.admin:
        return user_id
    if user_id not in {0, call.by}:
        text = "Access denied! Event binding with AUTH_TYPE requires administrator"
        raise Refused("ACCESS_DENIED", text, 403)
    return call.by


def _refuse_offline(call: Call) -> None:
    if not call.admin:
        text = "Access denied! Offline events are available for administrators only"
        raise Refused("ACCESS_DENIED", text, 403)
    raise Refused("WRONG_LICENSE", _no_feature("offline events handling"), 403)


def _no_feature(name: str) -> str:
    return f"This feature is not enabled for the current license: {name}"


def _event_name(call: Call) -> str:
    return _given(call, "EVENT").upper()


def _handler(call: Call) -> str:
    return _given(call, "HANDLER")


def _given(call: Call, name: str) -> str:
    value = call.get(name)
    if not isinstance(value, str) or not value:
        text = f"Argument '{name}' is null or empty"
        raise Refused("ERROR_ARGUMENT", text, argument=name)
    return value


def _known(name: str, scopes: set[str]) -> bool:
    if name in app_events.NAMES:
        return True
    return name in events.NAMES and _covered(name, scopes)


def _covered(name: str, scopes: set[str]) -> bool:
    return any(
        name.startswith(start) and wanted & scopes for start, wanted in _SCOPES.items()
    )
