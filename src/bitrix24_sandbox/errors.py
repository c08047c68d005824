"""What a Bitrix24 account answers when it refuses."""


class Refused(Exception):
    """An action that the account refuses, with the code and text of its REST answer.

    `code` may be empty, a word, or a number as text. `text` may contain HTML, as
    Bitrix24's own does. `status` is the HTTP status; `extra` is added to the JSON.
    """

    def __init__(
        self, code: str, text: str = "", status: int = 400, **extra: object
    ) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.status = status
        self.extra = extra


NOT_ALLOWED = "Action on the task is not allowed"


def not_allowed() -> Refused:
    """Refuse an action on a task the way most of them do."""
    return Refused("0", NOT_ALLOWED)


def no_such_task() -> Refused:
    """Refuse because the task does not exist, or the user may not do this with it."""
    return Refused("1048582", "Task not found or access denied")
