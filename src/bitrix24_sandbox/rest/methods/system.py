"""Methods about the account itself (ar/common/system/*.md, ar/events/*.md)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table()

FEATURES = {
    "rest_offline_extended": "N",
    "rest_auth_connector": "N",
    "tasks_custom_fields": "Y",
    "tasks_observers_participants": "Y",
    "tasks_control": "Y",
}


@table.method("profile")
def profile(call: Call) -> Json:
    """Describe the REST user; no scope is needed."""
    user = call.user
    offset = datetime.now(ZoneInfo(user.time_zone)).utcoffset()
    return {
        "ID": str(user.id),
        "ADMIN": call.admin,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_GENDER": "",
        "TIME_ZONE": user.time_zone,
        "TIME_ZONE_OFFSET": int(offset.total_seconds()) if offset else 0,
    }


@table.method("user.admin")
def user_admin(call: Call) -> bool:
    """Tell whether the REST user is an administrator."""
    return call.admin


@table.method("scope")
def scope(call: Call) -> Json:
    """Return the caller's scopes."""
    return list(call.caller.scopes)


@table.method("server.time")
def server_time(call: Call) -> str:
    """Return the time of the server in its zone."""
    zone = ZoneInfo(call.world.server_zone)
    now = datetime.fromtimestamp(call.world.timestamp(), zone)
    return now.isoformat(timespec="seconds")


@table.method("feature.get")
def feature(call: Call) -> Json:
    """Tell whether the plan has a feature."""
    code = str(call.get("CODE") or "")
    if not code:
        raise Refused("CODE_EMPTY", "CODE can't be empty")
    missing = code in call.world.switches.missing_features
    return {"value": "N" if missing else FEATURES.get(code, "N")}
