"""Who has a part in a task, and with it a way into its chat (methods.md 3.3).

Observers may read a chat. Small plans have no observers: what is sent for them is
silently dropped (more.md 1.2), and only the answer shows it. On these plans the people
who made a task or work on it get in; perhaps a member of a chat may let others in.
"""

from datetime import datetime
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import items, mapping, moment, whole, words
from ticket24.bitrix.rest.errors import AccessDenied
from ticket24.domain.tickets.reasons import Cause, reason

_FEATURE = "tasks_observers_participants"


def shut_out(task_id: int) -> AccessDenied:
    """Return the error that nobody let us into a chat, and what would let us in."""
    return AccessDenied(
        "",
        f"we have no part in task {task_id} and cannot use its chat: the plan of this"
        " Bitrix24 has no observers. Make the user we work as its creator or its"
        " responsible",
        why=reason(Cause.SHUT_OUT, task=task_id),
    )


def observes(result: Any, user_id: int) -> bool:  # noqa: ANN401  JSON.
    """Whether an answer with the whole task names a user as observer.

    An answer that says nothing about observers counts as yes.
    """
    task = mapping(mapping(result).get("task"))
    auditors = [whole(one) for one in items(task.get("auditors"))]
    return "auditors" not in task or user_id in auditors


def changed_at(result: Any) -> datetime | None:  # noqa: ANN401  JSON.
    """Return when an answer with the whole task says that it was last changed."""
    return moment(mapping(mapping(result).get("task")).get("changedDate"))


def join_call(chat_id: int, user_id: int) -> Call:
    """Make a user a member of a chat, who sees all of it."""
    return Call(
        "im.chat.user.add",
        {"CHAT_ID": chat_id, "USERS": [user_id], "HIDE_HISTORY": "N"},
    )


def feature_call() -> Call:
    """Ask whether the plan has observers and participants."""
    return Call("feature.get", {"CODE": _FEATURE})


def has_observers(result: Any) -> bool:  # noqa: ANN401  JSON.
    """Whether the plan has observers; a box that has them may answer nothing."""
    return words(mapping(result).get("value")) != "N"
