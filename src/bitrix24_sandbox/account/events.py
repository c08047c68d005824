"""The events of tasks, comments and contacts, with the data they carry.

The shapes come from ar/tasks/events-tasks, ar/tasks/comment-item/events-comment and
ar/crm/contacts/events. The word `undefined` is sent exactly as it is written here.
"""

from bitrix24_sandbox.account.records import Comment, Message
from bitrix24_sandbox.account.world import World

UNDEFINED = "undefined"

NAMES = (
    "ONTASKADD",
    "ONTASKUPDATE",
    "ONTASKDELETE",
    "ONTASKCOMMENTADD",
    "ONTASKCOMMENTUPDATE",
    "ONTASKCOMMENTDELETE",
    "ONCRMCONTACTADD",
    "ONCRMCONTACTUPDATE",
    "ONCRMCONTACTDELETE",
    "ONCRMCONTACTUSERFIELDADD",
    "ONCRMCONTACTUSERFIELDUPDATE",
    "ONCRMCONTACTUSERFIELDDELETE",
)


def task_added(world: World, by: int, task_id: int) -> None:
    """Raise ONTASKADD."""
    data = {
        "FIELDS_BEFORE": UNDEFINED,
        "FIELDS_AFTER": {"ID": task_id},
        "IS_ACCESSIBLE_BEFORE": "N",
        "IS_ACCESSIBLE_AFTER": UNDEFINED,
    }
    world.raise_event("ONTASKADD", data, by)


def task_updated(world: World, by: int, task_id: int) -> None:
    """Raise ONTASKUPDATE, which does not say what changed."""
    data = {
        "FIELDS_BEFORE": {"ID": task_id},
        "FIELDS_AFTER": {"ID": task_id},
        "IS_ACCESSIBLE_BEFORE": UNDEFINED,
        "IS_ACCESSIBLE_AFTER": UNDEFINED,
    }
    for _ in range(max(1, world.switches.updates_per_save)):
        world.raise_event("ONTASKUPDATE", data, by)


def task_deleted(world: World, by: int, task_id: int) -> None:
    """Raise ONTASKDELETE."""
    data = {
        "FIELDS_BEFORE": {"ID": task_id},
        "FIELDS_AFTER": UNDEFINED,
        "IS_ACCESSIBLE_BEFORE": UNDEFINED,
        "IS_ACCESSIBLE_AFTER": "N",
    }
    world.raise_event("ONTASKDELETE", data, by)


def comment_added(
    world: World, by: int, task_id: int, written: Comment | Message
) -> None:
    """Raise ONTASKCOMMENTADD: with ID 0 and MESSAGE_ID for a chat message."""
    after = {"ID": written.id, "TASK_ID": task_id}
    if isinstance(written, Message):
        after = {"ID": 0, "MESSAGE_ID": written.id, "TASK_ID": task_id}
    data = {
        "FIELDS_BEFORE": UNDEFINED,
        "FIELDS_AFTER": after,
        "IS_ACCESSIBLE_BEFORE": "N",
        "IS_ACCESSIBLE_AFTER": UNDEFINED,
    }
    world.raise_event("ONTASKCOMMENTADD", data, by)


def comment_changed(world: World, by: int, comment: Comment, action: str) -> None:
    """Raise ONTASKCOMMENTUPDATE (EDIT) or ONTASKCOMMENTDELETE (DEL)."""
    ids = {"ID": comment.id, "TASK_ID": comment.task_id}
    data = {
        "FIELDS_BEFORE": ids,
        "FIELDS_AFTER": {**ids, "ACTION": action},
        "IS_ACCESSIBLE_BEFORE": UNDEFINED,
        "IS_ACCESSIBLE_AFTER": UNDEFINED,
    }
    name = "ONTASKCOMMENTUPDATE" if action == "EDIT" else "ONTASKCOMMENTDELETE"
    world.raise_event(name, data, by)


def contact(world: World, by: int, contact_id: int, what: str) -> None:
    """Raise ONCRMCONTACT + ADD, UPDATE or DELETE."""
    world.raise_event(f"ONCRMCONTACT{what}", {"FIELDS": {"ID": contact_id}}, by)


def userfield(world: World, by: int, field_id: int, name: str, what: str) -> None:
    """Raise ONCRMCONTACTUSERFIELD + ADD, UPDATE or DELETE."""
    fields = {"ID": field_id, "ENTITY_ID": "CRM_CONTACT", "FIELD_NAME": name}
    world.raise_event(f"ONCRMCONTACTUSERFIELD{what}", {"FIELDS": fields}, by)
