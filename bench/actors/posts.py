"""Events as Bitrix24 posts them: percent-encoded brackets, about 640 bytes."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

MEMBER_ID = "5a4db0c5a4db0c5a4db0c5a4db0c5a4d"
APPLICATION_TOKEN = "benchbenchbenchbenchbenchbench24"

_HEAD = (
    "POST {path} HTTP/1.1\r\n"
    "Host: 127.0.0.1:{port}\r\n"
    "User-Agent: Bitrix24 Webhook Engine\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: {length}\r\n"
    "Accept-Encoding: gzip\r\n"
    "\r\n"
)
_UNDEFINED = "undefined"


def task_updated(task_id: int) -> bytes:
    """Return ONTASKUPDATE, which says only which task."""
    return _event(
        "ONTASKUPDATE",
        {
            "[FIELDS_BEFORE][ID]": task_id,
            "[FIELDS_AFTER][ID]": task_id,
            "[IS_ACCESSIBLE_BEFORE]": _UNDEFINED,
            "[IS_ACCESSIBLE_AFTER]": _UNDEFINED,
        },
    )


def comment_added(task_id: int, message_id: int, *, card: str) -> bytes:
    """Return ONTASKCOMMENTADD of the new card ("chat") or the old ("forum")."""
    ids = {"[FIELDS_AFTER][ID]": 0, "[FIELDS_AFTER][MESSAGE_ID]": message_id}
    if card == "forum":
        ids = {"[FIELDS_AFTER][ID]": message_id}
    return _event(
        "ONTASKCOMMENTADD",
        {
            "[FIELDS_BEFORE]": _UNDEFINED,
            **ids,
            "[FIELDS_AFTER][TASK_ID]": task_id,
            "[IS_ACCESSIBLE_BEFORE]": _UNDEFINED,
            "[IS_ACCESSIBLE_AFTER]": _UNDEFINED,
        },
    )


def contact_updated(contact_id: int) -> bytes:
    """Return ONCRMCONTACTUPDATE."""
    return _event("ONCRMCONTACTUPDATE", {"[FIELDS][ID]": contact_id})


def with_tokens(body: bytes) -> bytes:
    """Return the event as an application gets it: with the acting user's tokens."""
    return body.replace(b"&auth%5Bdomain%5D", _TOKENS + b"&auth%5Bdomain%5D")


def member(number: int) -> str:
    """Return Bitrix24's name for one of many accounts."""
    return f"{number:032x}"


def of_member(body: bytes, member_id: str) -> bytes:
    """Return an event as another account would send it."""
    return body.replace(MEMBER_ID.encode(), member_id.encode())


def mixed(task_ids: list[int], count: int) -> list[bytes]:
    """Return events of all shapes in a fixed order, half of them with tokens."""
    made = []
    for number in range(count):
        task_id = task_ids[number % len(task_ids)]
        match number % 8:
            case 0 | 1:
                body = comment_added(task_id, 3_100 + number, card="chat")
            case 2:
                body = comment_added(task_id, 3_100 + number, card="forum")
            case 3:
                body = contact_updated(43 + number % 10)
            case _:
                body = task_updated(task_id)
        made.append(with_tokens(body) if number % 2 else body)
    return made


def request(body: bytes, port: int, path: str = "/bitrix24/events") -> bytes:
    """Return the whole HTTP request of a post, on a connection that stays open."""
    head = _HEAD.format(path=path, port=port, length=len(body))
    return head.encode() + body


def _event(name: str, data: Mapping[str, object]) -> bytes:
    pairs: dict[str, object] = {"event": name, "event_handler_id": 509}
    pairs |= {f"data{key}": value for key, value in data.items()}
    pairs["ts"] = 1_795_280_400
    pairs |= {f"auth[{key}]": value for key, value in _AUTH.items()}
    return _form(pairs)


def _form(pairs: Mapping[str, object]) -> bytes:
    return urlencode(pairs, quote_via=quote).encode()


_AUTH = {
    "domain": "acme-support.bitrix24.com",
    "client_endpoint": "https://acme-support.bitrix24.com/rest/",
    "server_endpoint": "https://oauth.bitrix24.tech/rest/",
    "member_id": MEMBER_ID,
    "application_token": APPLICATION_TOKEN,
}
_TOKENS = b"&" + _form(
    {
        "auth[access_token]": "f7670769" + 31 * "a1",
        "auth[expires]": 1_795_284_000,
        "auth[expires_in]": 3600,
        "auth[scope]": "crm,task,im,placement",
        "auth[status]": "L",
        "auth[user_id]": 3,
    }
)
