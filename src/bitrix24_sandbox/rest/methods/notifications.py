"""im.notify.*: notifications of staff (ar/chats/notifications, more.md 1.14)."""

import json

from bitrix24_sandbox import php
from bitrix24_sandbox.account import notifications
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Table

table = Table("im")

ATTACH_LIMIT = 60_000


@table.method("im.notify.system.add")
def add_system(call: Call) -> Json:
    """Notify a user, without an author: ar/chats/notifications/im-notify-system-add."""
    return _add(call, 0)


@table.method("im.notify.personal.add")
def add_personal(call: Call) -> Json:
    """Notify from the REST user: ar/chats/notifications/im-notify-personal-add."""
    return _add(call, call.by)


@table.method("im.notify")
def add_either(call: Call) -> Json:
    """Notify as TYPE says, USER or SYSTEM: ar/chats/notifications/im-notify."""
    return _add(call, 0 if call.get("TYPE") == "SYSTEM" else call.by)


@table.method("im.notify.delete")
def delete(call: Call) -> bool:
    """Delete the REST user's own by ID, or an application's by TAG or SUB_TAG.

    Tags need an application, of which a webhook may name one (CLIENT_ID). But since a
    webhook never sets a tag, it finds nothing: ar/chats/notifications/im-notify-delete.
    """
    if call.get("ID") is not None:
        numbers = {php.as_int(one) for one in php.as_list(call.get("ID"))}
        return notifications.delete(call.world, call.by, numbers)
    if call.caller.code and not call.get("CLIENT_ID"):
        text = "Access denied! Client ID not specified"
        raise Refused("ACCESS_DENIED", text, 403)
    tag, sub_tag = _text(call, "TAG"), _text(call, "SUB_TAG")
    if not (tag or sub_tag):
        raise Refused("PARAMS_ERROR", "Incorrect params")
    application = call.caller.application
    if application:
        notifications.delete_tagged(call.world, application, tag=tag, sub_tag=sub_tag)
    return True


def _add(call: Call, by: int) -> Json:
    """Return the notification's id, or false if nobody got it.

    MESSAGE_OUT is for mails and phones, which the sandbox does not have; of ATTACH
    only the size counts.
    """
    to = call.get("TO")
    user_id = php.as_int(call.get("USER_ID") if to is None else to)
    if user_id <= 0:
        raise Refused("USER_ID_EMPTY", "User ID can't be empty")
    message = call.get("MESSAGE")
    text = message.strip() if isinstance(message, str) else ""
    if not text:
        raise Refused("MESSAGE_EMPTY", "Message can't be empty")
    if _length(call.get("ATTACH")) > ATTACH_LIMIT:
        text = "You have exceeded the maximum allowable size of attach"
        raise Refused("ATTACH_OVERSIZE", text)
    made = notifications.add(
        call.world,
        by,
        user_id,
        text,
        application=call.caller.application,
        tag=_text(call, "TAG"),
        sub_tag=_text(call, "SUB_TAG"),
    )
    return made.id if made else False


def _text(call: Call, name: str) -> str:
    return str(call.get(name) or "")


def _length(attach: Json) -> int:
    return len(attach if isinstance(attach, str) else json.dumps(attach))
