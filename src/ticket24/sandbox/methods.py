"""Every classic method, and the methods that list the others."""

from ticket24.sandbox import (
    rest_application,
    rest_chat,
    rest_chat_files,
    rest_chat_messages,
    rest_comments,
    rest_crm,
    rest_disk,
    rest_events,
    rest_groups,
    rest_items,
    rest_placements,
    rest_system,
    rest_task_fields,
    rest_tasks,
    rest_userfields,
    rest_users,
    rest_v3,
    rest_v3_add,
)
from ticket24.sandbox.calls import Call, Method, Table
from ticket24.sandbox.php import Json

table = Table()

CLASSIC: dict[str, Method] = {
    **rest_system.table,
    **rest_application.table,
    **rest_events.table,
    **rest_placements.table,
    **rest_users.table,
    **rest_groups.table,
    **rest_groups.stage_table,
    **rest_tasks.table,
    **rest_task_fields.table,
    **rest_comments.table,
    **rest_chat.table,
    **rest_chat_messages.table,
    **rest_disk.table,
    **rest_chat_files.table,
    **rest_crm.table,
    **rest_items.table,
    **rest_userfields.table,
}
V3: dict[str, Method] = {**rest_v3.table, **rest_v3_add.table}


@table.method("methods")
def names(call: Call) -> Json:
    """Return the names of the methods that the caller's scopes cover."""
    scopes = set(call.caller.scopes)
    return [m.name for m in CLASSIC.values() if not m.scopes or set(m.scopes) & scopes]


@table.method("method.get")
def method_get(call: Call) -> Json:
    """Tell whether a method exists and may be called."""
    method = CLASSIC.get(str(call.get("name") or "").lower())
    scopes = set(call.caller.scopes)
    allowed = method is not None and (
        not method.scopes or bool(set(method.scopes) & scopes)
    )
    return {"isExisting": method is not None, "isAvailable": allowed}


@table.method("batch")
def batch(_call: Call) -> Json:
    """Stand in the lists; the server runs batches itself."""
    return []


CLASSIC |= table
