"""Every classic method, and the methods that list the others."""

from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Method, Table
from bitrix24_sandbox.rest.methods import application as rest_application
from bitrix24_sandbox.rest.methods import calendars as rest_calendars
from bitrix24_sandbox.rest.methods import disk as rest_disk
from bitrix24_sandbox.rest.methods import events as rest_events
from bitrix24_sandbox.rest.methods import groups as rest_groups
from bitrix24_sandbox.rest.methods import notifications as rest_notifications
from bitrix24_sandbox.rest.methods import placements as rest_placements
from bitrix24_sandbox.rest.methods import system as rest_system
from bitrix24_sandbox.rest.methods import task_fields as rest_task_fields
from bitrix24_sandbox.rest.methods import tasks as rest_tasks
from bitrix24_sandbox.rest.methods import users as rest_users
from bitrix24_sandbox.rest.methods.conversations import chat as rest_chat
from bitrix24_sandbox.rest.methods.conversations import chat_files as rest_chat_files
from bitrix24_sandbox.rest.methods.conversations import (
    chat_messages as rest_chat_messages,
)
from bitrix24_sandbox.rest.methods.conversations import comments as rest_comments
from bitrix24_sandbox.rest.methods.crm import companies as rest_companies
from bitrix24_sandbox.rest.methods.crm import company_links as rest_company_links
from bitrix24_sandbox.rest.methods.crm import contacts as rest_crm
from bitrix24_sandbox.rest.methods.crm import items as rest_items
from bitrix24_sandbox.rest.methods.crm import userfields as rest_userfields
from bitrix24_sandbox.rest.v3 import adding as rest_v3_add
from bitrix24_sandbox.rest.v3 import methods as rest_v3

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
    **rest_notifications.table,
    **rest_disk.table,
    **rest_chat_files.table,
    **rest_crm.table,
    **rest_companies.table,
    **rest_company_links.table,
    **rest_items.table,
    **rest_userfields.table,
    **rest_calendars.table,
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
    """Only list the name: the server runs batches itself."""
    return []


CLASSIC |= table
