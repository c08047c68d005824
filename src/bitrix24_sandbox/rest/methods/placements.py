"""placement.*: the places where an application shows itself (platform.md 6.1, 6.2)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.apps import handler_urls
from bitrix24_sandbox.apps.records import PlacementRow
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table("placement")

# The scopes of the tool that each place belongs to. Any one of them suffices; a place
# without scopes needs none.
_TASK = {"task", "tasks"}
_GROUP = {"sonet_group", "socialnetwork"}
PLACEMENTS: dict[str, set[str]] = {
    "CRM_CONTACT_DETAIL_TAB": {"crm"},
    "CRM_COMPANY_DETAIL_TAB": {"crm"},
    "CRM_DEAL_DETAIL_TAB": {"crm"},
    "TASK_VIEW_TAB": _TASK,
    "TASK_VIEW_SIDEBAR": _TASK,
    "TASK_VIEW_TOP_PANEL": _TASK,
    "TASK_LIST_CONTEXT_MENU": _TASK,
    "TASK_USER_LIST_TOOLBAR": _TASK,
    "TASK_GROUP_LIST_TOOLBAR": _TASK,
    "SONET_GROUP_DETAIL_TAB": _GROUP,
    "LEFT_MENU": set(),
    "REST_APP_URI": set(),
    "PAGE_BACKGROUND_WORKER": set(),
}
_ONLY_ONE = {"REST_APP_URI", "PAGE_BACKGROUND_WORKER"}
_OPTIONS = {"TASK_VIEW_TAB": ["groupId"], "TASK_VIEW_SIDEBAR": ["groupId"]}
_TEXTS = ("TITLE", "DESCRIPTION", "GROUP_NAME")


@table.method("placement.list", app_only=True)
def list_(call: Call) -> Json:
    """Return the places that exist, for one scope or for the caller's."""
    wanted = call.get("SCOPE")
    scopes = set(call.caller.scopes)
    if php.as_bool(call.get("FULL")):
        return list(PLACEMENTS)
    if wanted:
        scopes &= {str(wanted)}
        return [code for code, tools in PLACEMENTS.items() if tools & scopes]
    return [code for code in PLACEMENTS if _open(code, scopes)]


@table.method("placement.bind", app_only=True)
def bind(call: Call) -> bool:
    """Show the application in a place; `LANG_ALL` wins over `TITLE`."""
    _require_admin(call)
    status = call.world.switches.placement_errors
    code = _given(call, "PLACEMENT", status).upper()
    handler = _given(call, "HANDLER", status)
    handler_urls.check(handler, status)
    if not _open(code, set(call.caller.scopes)):
        raise Refused("ERROR_PLACEMENT_NOT_FOUND", "Placement not found", status)
    if php.as_int(call.get("USER_ID")) and code != "PAGE_BACKGROUND_WORKER":
        text = "User mode is not available for this placement"
        raise Refused("ERROR_PLACEMENT_USER_MODE", text, status)
    rows = [row for row in call.application.placements if row.placement == code]
    if handler in {row.handler for row in rows}:
        text = "Unable to set placement handler: Handler already binded"
        raise Refused("ERROR_CORE", text, status)
    if rows and code in _ONLY_ONE:
        raise Refused("ERROR_PLACEMENT_MAX_COUNT", "Placement max count: 1", status)
    call.application.placements.append(_row(call, code, handler))
    return True


@table.method("placement.get", app_only=True)
def get(call: Call) -> Json:
    """Return the places where the application shows itself."""
    _require_admin(call)
    return [
        {
            "placement": row.placement,
            "userId": 0,
            "handler": row.handler,
            "options": row.options,
            "title": row.title,
            "description": row.description,
            "langAll": row.titles,
        }
        for row in call.application.placements
    ]


@table.method("placement.unbind", app_only=True)
def unbind(call: Call) -> Json:
    """Remove the application from a place; every removed row counts twice.

    The count adds the rows found and the rows gone.
    """
    _require_admin(call)
    status = call.world.switches.placement_errors
    code = _given(call, "PLACEMENT", status).upper()
    handler = str(call.get("HANDLER") or "")
    application = call.application
    kept = [
        row
        for row in application.placements
        if row.placement != code or handler not in {"", row.handler}
    ]
    gone = len(application.placements) - len(kept)
    application.placements = kept
    return {"count": gone * 2}


def _row(call: Call, code: str, handler: str) -> PlacementRow:
    titles = {
        str(language): _texts(php.as_map(texts))
        for language, texts in php.as_map(call.get("LANG_ALL")).items()
    }
    given = php.as_map(call.get("OPTIONS"))
    kept = {name: given[name] for name in _OPTIONS.get(code, ()) if name in given}
    plain = {name: str(call.get(name) or "") for name in _TEXTS}
    first = titles.get("en") or next(iter(titles.values()), plain)
    return PlacementRow(
        code, handler, first["TITLE"], first["DESCRIPTION"], kept, titles
    )


def _texts(texts: dict[str, Json]) -> dict[str, str]:
    return {name: str(texts.get(name) or "") for name in _TEXTS}


def _open(code: str, scopes: set[str]) -> bool:
    """Whether this place exists for a caller with these scopes."""
    tools = PLACEMENTS.get(code)
    return tools is not None and (not tools or bool(tools & scopes))


def _given(call: Call, name: str, status: int) -> str:
    value = call.get(name)
    if not isinstance(value, str) or not value:
        text = f"Argument '{name}' is null or empty"
        raise Refused("ERROR_ARGUMENT", text, status, argument=name)
    return value


def _require_admin(call: Call) -> None:
    if not call.admin:
        raise Refused("ACCESS_DENIED", "Access denied!", 403)
