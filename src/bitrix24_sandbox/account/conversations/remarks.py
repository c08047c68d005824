"""What Bitrix24 itself says under a task, in the languages of an account.

The texts are made when they are read, from the stored key and values, so the same
remark may come back in another language. The forum's wording is Bitrix24's own, from
the file named as its source (getLastVersionedMessageKey: the latest version of each).
The chat's wording is ours, because in chats the author 0 shows who speaks.
"""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from babel.dates import format_skeleton

from bitrix24_sandbox.account.records import Remark
from bitrix24_sandbox.account.switches import Language

# <taskComplete>close the task</taskComplete>: a link for readers who may do that.
_ACTION = re.compile(r"<(\w+)>(.+?)</\1>")


def _read(name: str) -> dict[str, Any]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


CHAT: dict[str, dict[str, str]] = _read("remarks_chat.json")
FORUM: dict[str, dict[str, str]] = {
    language: wording["texts"]
    for language, wording in _read("remarks_forum.json").items()
}


def in_chat(remark: Remark, language: Language) -> str:
    """Put a system message of a chat into words."""
    return CHAT[language][remark.key].format_map(_values(remark, language))


def on_forum(said: list[Remark], language: Language, links: dict[str, str]) -> str:
    """Put an auto comment of the forum into words, a line or more for each remark.

    `links` are the addresses of the actions that its reader may take, by action. A
    remark for people, its value `who`, has another text if there are none.
    """
    return "\n".join(_line(remark, language, links) for remark in said)


def mention(user_id: int, name: str) -> str:
    """Write a user as BBCode."""
    return f"[USER={user_id}]{name}[/USER]"


def _line(remark: Remark, language: Language, links: dict[str, str]) -> str:
    texts = FORUM[language]
    text = texts[remark.key]
    if remark.values.get("who") == "":
        text = texts.get(f"{remark.key}_alone", text)

    def link(action: re.Match[str]) -> str:
        name, label = action.groups()
        return f"[URL={links[name]}]{label}[/URL]" if name in links else label

    return _ACTION.sub(link, text).format_map(_values(remark, language))


def _values(remark: Remark, language: Language) -> dict[str, str]:
    if "when" not in remark.values:
        return remark.values
    when = datetime.fromisoformat(remark.values["when"])
    day = format_skeleton("MMMMd", when, locale=language)
    time = f"{when:%H:%M}"
    if language == "en":
        time = f"{when:%I:%M %p}".lstrip("0").lower()
    return {**remark.values, "when": f"{day}, {time}"}
