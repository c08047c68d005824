"""What only an installed application may call (platform.md 1.7, 1.8, 2.7, 6.1).

A webhook hears the documented refusal. Nothing can be installed in this account,
so that for a token these methods do not exist.
"""

from collections.abc import Callable

from ticket24.sandbox.calls import Call, Table
from ticket24.sandbox.errors import Refused
from ticket24.sandbox.php import Json

table = Table()

_CONTEXT = "Access denied! Application context required"
_DENIED = ("event.bind", "event.get", "event.unbind", "event.test")
_PLACEMENTS = (
    "placement.list",
    "placement.bind",
    "placement.get",
    "placement.unbind",
)
_OFFLINE = ("list", "get", "clear", "error")


def _missing(_call: Call) -> Json:
    raise Refused("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)


def _refuse_webhook(refusal: Callable[[Call], Refused]) -> Callable[[Call], Json]:
    def run(call: Call) -> Json:
        if call.caller.code:
            raise refusal(call)
        return _missing(call)

    return run


def _offline(_call: Call) -> Refused:
    return Refused("ACCESS_DENIED", "Access denied!", 403)


def _app_option(_call: Call) -> Refused:
    return Refused("AccessException", _CONTEXT)


def _user_option(call: Call) -> Refused:
    """Refuse as the docs or as the source, which differ here."""
    if call.world.switches.auth_errors == "docs":
        return Refused("AccessException", _CONTEXT)
    return Refused("ACCESS_DENIED", _CONTEXT, 403)


for _name in _DENIED:
    table.method(_name, app_only=True)(_missing)
for _name in _PLACEMENTS:
    table.method(_name, scopes=("placement",), app_only=True)(_missing)
for _name in _OFFLINE:
    table.method(f"event.offline.{_name}")(_refuse_webhook(_offline))
for _name in ("get", "set"):
    table.method(f"app.option.{_name}")(_refuse_webhook(_app_option))
    table.method(f"user.option.{_name}")(_refuse_webhook(_user_option))
