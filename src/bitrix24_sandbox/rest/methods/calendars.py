"""calendar.settings.get (ar/calendar/calendar-settings-get.md)."""

from bitrix24_sandbox.account.calendar import OUTSIDE
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table("calendar")


@table.method("calendar.settings.get")
def settings(call: Call) -> Json:
    """Return the calendar's settings; to people from outside only the hours."""
    known = call.world.calendar
    if call.user.kind == "employee":
        return dict(known)
    return {name: known[name] for name in OUTSIDE}
