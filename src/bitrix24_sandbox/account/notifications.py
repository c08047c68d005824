"""Notifications: what a person is told beside all chats (more.md 1.14).

Their ids are those of chat messages, since Bitrix24 keeps both in one table.
"""

from collections.abc import Collection

from bitrix24_sandbox.account.records import Notification
from bitrix24_sandbox.account.world import World


def add(
    world: World,
    by: int,
    user_id: int,
    text: str,
    *,
    application: str = "",
    tag: str = "",
    sub_tag: str = "",
) -> Notification | None:
    """Notify a person; nobody who has left, no bot and no guest by e-mail.

    If `by` is 0, Bitrix24 itself does it, and names the application. The tag replaces
    what the same application told this person with it before; without an application
    both tags are ignored.
    """
    user = world.users.get(user_id)
    if user is None or not user.active or user.bot or user.kind == "email":
        return None
    if not application:
        tag = sub_tag = ""
    elif not by:
        known = world.applications.get(application)
        text = f"{known.title if known else application}#BR#{text}"
    for one in shown(world, user_id) if tag else ():
        if (one.application, one.tag) == (application, tag):
            del world.notifications[one.id]
    number, at = world.next_id("message"), world.said_at()
    made = Notification(number, user_id, by, text, at, tag, sub_tag, application)
    world.notifications[number] = made
    return made


def shown(world: World, user_id: int) -> list[Notification]:
    """Return the notifications of a person, newest first."""
    mine = [one for one in world.notifications.values() if one.user_id == user_id]
    return mine[::-1]


def delete(world: World, by: int, numbers: Collection[int]) -> bool:
    """Delete notifications that the acting user got; return whether any was."""
    found = [one for one in shown(world, by) if one.id in numbers]
    for one in found:
        del world.notifications[one.id]
    return bool(found)


def delete_tagged(
    world: World, application: str, *, tag: str = "", sub_tag: str = ""
) -> None:
    """Delete what an application told anybody with a tag, or else a second tag."""
    for one in list(world.notifications.values()):
        same = one.tag == tag if tag else one.sub_tag == sub_tag
        if one.application == application and same:
            del world.notifications[one.id]
