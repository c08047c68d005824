"""Acts as staff by name, for the control API: {"do": "comment", "task": 51, ...}."""

from collections.abc import Callable

from bitrix24_sandbox import php
from bitrix24_sandbox.account import companies, files, people, task_fields, tasks
from bitrix24_sandbox.account.access import ACTIONS
from bitrix24_sandbox.account.conversations import talk
from bitrix24_sandbox.account.records import User
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.php import Json

Act = Callable[[World, int, dict[str, Json]], Json]
_DATES = {"deadline", "start_plan", "end_plan"}


def act(world: World, order: dict[str, Json]) -> Json:
    """Carry out one order and return what it made: an id, or null.

    `do` names the action, and `user` is who acts (1 if absent). Raises `Refused`, or
    LookupError, TypeError or ValueError if the order makes no sense.
    """
    name = order["do"]
    by = int(order.get("user", 1))
    if name in ACTIONS:
        tasks.act(world, by, int(order["task"]), name)
        return None
    return ACTS[name](world, by, order)


def _fields(world: World, order: dict[str, Json]) -> dict[str, Json]:
    fields = dict(order.get("fields", {}))
    for name in _DATES & fields.keys():
        fields[name] = world.parse(fields[name] or "")
    return fields


def _comment(world: World, by: int, order: dict[str, Json]) -> int:
    objects = [
        files.add_file(world, by, file["name"], file.get("text", "").encode()).id
        for file in order.get("files", ())
    ]
    made = talk.add_comment(world, by, order["task"], order.get("text", ""), objects)
    return made.id


def _add_task(world: World, by: int, order: dict[str, Json]) -> int:
    fields = _fields(world, order)
    fields.setdefault("responsible_id", by)
    contact_ids = tuple(order.get("contacts", ()))
    title = fields.pop("title")
    return tasks.add_task(world, by, title, contact_ids=contact_ids, **fields).id


def _attach(world: World, by: int, order: dict[str, Json]) -> int:
    file = files.add_file(world, by, order["name"], order.get("text", "").encode())
    return tasks.attach_file(world, by, order["task"], file.id).id


def _add_contact(world: World, by: int, order: dict[str, Json]) -> int:
    fields = _fields(world, order)
    return people.add_contact(world, by, fields.pop("name", ""), **fields).id


def _add_user(world: World, _by: int, order: dict[str, Json]) -> int:
    """Add a user, such as a guest: {"kind": "email", "email": ...} of a User."""
    number = int(order.get("who", max(world.users) + 1))
    fields = {"name": "", "last_name": ""} | order.get("fields", {})
    world.users[number] = User(number, **fields)
    return number


def _say(world: World, by: int, order: dict[str, Json]) -> int:
    """Write into a task's chat what no page can: applications, polls, forwards."""
    chat = world.chats[world.tasks[order["task"]].chat_id or 0]
    text, params = order.get("text", ""), order.get("params", {})
    return talk.send_message(world, by, chat, text, params=params).id


def _dismiss(world: World, _by: int, order: dict[str, Json]) -> None:
    world.users[order["who"]].active = bool(order.get("active", False))


def _revoke(world: World, _by: int, order: dict[str, Json]) -> None:
    for hook in world.webhooks:
        if hook.code == order["code"]:
            hook.revoked = bool(order.get("revoked", True))


def _quiet(run: Callable[[World, int, dict[str, Json]], object]) -> Act:
    def act_(world: World, by: int, order: dict[str, Json]) -> None:
        run(world, by, order)

    return act_


ACTS: dict[str, Act] = {
    "comment": _comment,
    "edit": _quiet(
        lambda w, by, o: talk.edit_message(w, by, o["source"], o["id"], o["text"])
    ),
    "take_back": _quiet(
        lambda w, by, o: talk.delete_message(w, by, o["source"], o["id"])
    ),
    "mark_read": _quiet(lambda w, by, o: talk.mark_read(w, by, o["chat"])),
    "add_task": _add_task,
    "update": _quiet(
        lambda w, by, o: tasks.update_task(w, by, o["task"], **_fields(w, o))
    ),
    "delete_task": _quiet(lambda w, by, o: tasks.delete_task(w, by, o["task"])),
    "restore_task": _quiet(lambda w, by, o: tasks.restore_task(w, by, o["task"])),
    "move_group": _quiet(
        lambda w, by, o: tasks.move_to_group(w, by, o["task"], o["group"])
    ),
    "move_stage": _quiet(
        lambda w, by, o: tasks.move_to_stage(w, by, o["task"], o["stage"])
    ),
    "bind_contact": _quiet(
        lambda w, by, o: tasks.bind_contact(w, by, o["task"], o["contact"])
    ),
    "unbind_contact": _quiet(
        lambda w, by, o: tasks.unbind_contact(w, by, o["task"], o["contact"])
    ),
    "attach": _attach,
    "ping": _quiet(lambda w, by, o: tasks.ping(w, by, o["task"])),
    "remind": _quiet(
        lambda w, _, o: tasks.remind(w, o["task"], o.get("key", "overdue"))
    ),
    "migrate": _quiet(lambda w, by, o: tasks.migrate_to_chat(w, by, o["task"])),
    "add_contact": _add_contact,
    "update_contact": _quiet(
        lambda w, by, o: people.update_contact(w, by, o["contact"], **_fields(w, o))
    ),
    "delete_contact": _quiet(
        lambda w, by, o: people.delete_contact(w, by, o["contact"])
    ),
    "merge_contacts": _quiet(
        lambda w, by, o: people.merge_contacts(
            w, by, o["winner"], php.as_list(o["losers"])
        )
    ),
    "add_company": lambda w, by, o: (
        companies.add_company(w, by, o["title"], **_fields(w, o)).id
    ),
    "update_company": _quiet(
        lambda w, by, o: companies.update_company(w, by, o["company"], **_fields(w, o))
    ),
    "delete_company": _quiet(
        lambda w, by, o: companies.delete_company(w, by, o["company"])
    ),
    "merge_companies": _quiet(
        lambda w, by, o: companies.merge_companies(
            w, by, o["winner"], php.as_list(o["losers"])
        )
    ),
    "link_company": lambda w, by, o: companies.link(
        w, by, o["contact"], o["company"], primary=bool(o.get("primary"))
    ),
    "unlink_company": lambda w, by, o: companies.unlink(
        w, by, o["contact"], o["company"]
    ),
    "add_company_field": _quiet(
        lambda w, _, o: companies.add_company_field(
            w, o["name"], {int(k): v for k, v in o.get("elements", {}).items()}
        )
    ),
    "add_task_field": _quiet(
        lambda w, _, o: task_fields.add_field(
            w, o["name"], o["label"], mandatory=bool(o.get("mandatory"))
        )
    ),
    "add_user": _add_user,
    "remove_user": _quiet(lambda w, _, o: w.users.pop(o["who"])),
    "say": _say,
    "dismiss": _quiet(_dismiss),
    "revoke_webhook": _quiet(_revoke),
}
