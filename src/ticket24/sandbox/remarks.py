"""What Bitrix24 itself says under a task, in the languages of an account.

The texts are made when they are read, from the key and values that were stored;
the same comment may come back in another language.
"""

import json
from pathlib import Path

from ticket24.sandbox.records import Remark

# Changes for which the old card posts an auto comment. Start, pause and defer
# are silent there.
ON_FORUM = frozenset(
    {
        "created",
        "creator",
        "responsible",
        "accomplices",
        "auditors",
        "deadline",
        "no_deadline",
        "group",
        "completed",
        "review",
        "resumed",
        "returned",
        "approved",
        "overdue",
        "almost_overdue",
        "ping",
    }
)

TEXTS: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("remarks.json").read_text("utf-8")
)


def render(remarks: list[Remark], language: str) -> str:
    """Put remarks into words, one line each."""
    texts = TEXTS[language]
    return "\n".join(texts[r.key].format_map(r.values) for r in remarks)


def mention(user_id: int, name: str) -> str:
    """Write a user as BBCode."""
    return f"[USER={user_id}]{name}[/USER]"
