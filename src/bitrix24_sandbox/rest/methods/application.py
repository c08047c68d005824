"""What an installed application may call about itself (platform.md 2.7, 1.8).

A webhook gets the documented refusal. There is no queue of offline events: its methods
do not exist for a token.
"""

from typing import Any

from bitrix24_sandbox import php
from bitrix24_sandbox.account.switches import language_id
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table()

_CONTEXT = "Access denied! Application context required"


@table.method("app.info")
def app_info(call: Call) -> Json:
    """Describe the application; a webhook gets its scopes and the licence."""
    if call.caller.code and call.world.switches.auth_errors == "docs":
        raise Refused("ACCESS_DENIED", _CONTEXT)
    if call.caller.code:
        return {"SCOPE": list(call.caller.scopes), "LICENSE": "en_pro"}
    known = call.world.applications.get(call.caller.application)
    paid = known is None or known.paid
    return {
        "ID": known.id if known else 1,
        "CODE": known.code if known else call.caller.application,
        "VERSION": known.version if known else 1,
        "STATUS": known.status if known else "L",
        "INSTALLED": known.installed if known else True,
        "PAYMENT_EXPIRED": "N" if paid else "Y",
        "DAYS": None if paid else -1,
        "LANGUAGE_ID": language_id(call.world.switches.language),
        "LICENSE": "en_pro",
        "LICENSE_TYPE": "pro",
        "LICENSE_FAMILY": "pro",
    }


@table.method("app.option.get")
def get_app_option(call: Call) -> Json:
    """Return one of the application's options, or all; any user may ask."""
    _require_application(call, _app_refusal())
    return _option(call, call.application.options)


@table.method("app.option.set")
def set_app_option(call: Call) -> bool:
    """Keep options of the application; only administrators may."""
    _require_application(call, _app_refusal())
    if not call.admin:
        raise Refused("AccessException", "Access denied! Administrator required")
    call.application.options |= _options(call)
    return True


@table.method("user.option.get")
def get_user_option(call: Call) -> Json:
    """Return one of the user's options, or all."""
    _require_application(call, _user_refusal(call))
    return _option(call, call.application.user_options.get(call.by, {}))


@table.method("user.option.set")
def set_user_option(call: Call) -> bool:
    """Keep options of the user."""
    _require_application(call, _user_refusal(call))
    call.application.user_options.setdefault(call.by, {}).update(_options(call))
    return True


def _offline(call: Call) -> Json:
    if call.caller.code:
        raise Refused("ACCESS_DENIED", "Access denied!", 403)
    raise Refused("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)


for _name in ("list", "get", "clear", "error"):
    table.method(f"event.offline.{_name}")(_offline)


def _option(call: Call, known: dict[str, Any]) -> Json:
    """Return a value, null if it is missing, or [] if there are no options."""
    name = call.get("option")
    return known.get(str(name)) if name else dict(known)


def _options(call: Call) -> dict[str, Json]:
    given = php.as_map(call.get("options"))
    if not given:
        raise Refused("ArgumentNullException", "options is empty")
    return given


def _require_application(call: Call, refusal: Refused) -> None:
    if call.caller.code:
        raise refusal


def _app_refusal() -> Refused:
    return Refused("AccessException", _CONTEXT)


def _user_refusal(call: Call) -> Refused:
    """Refuse as the docs do, or as the source does: they differ here."""
    if call.world.switches.auth_errors == "docs":
        return Refused("AccessException", _CONTEXT)
    return Refused("ACCESS_DENIED", _CONTEXT, 403)
