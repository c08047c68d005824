"""Bitrix24's outgoing events: from the bytes of a form to a checked event.

No I/O. The facts are in platform.md 1.2, 1.3, 1.6 and methods.md 10.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import pydantic_core

MAX_BYTES = 256 * 1024
MAX_DEPTH = 8
MAX_KEYS = 1_000

# The room that an event takes in the journal, as JSON, whatever was posted. Its name,
# our own id of the account, the time and all possible ids take 496 bytes at most.
MOST_KEPT_BYTES = 512

_MAX_ID_DIGITS = 18
_MAX_KEY_BYTES = 512
# Real ones have 32 characters each, but nobody promises that.
_MAX_MEMBER = 64
_MAX_TOKEN = 512
_NAME = re.compile(r"[A-Za-z0-9_:]{1,100}")

# Keys that contain the id of something; 0 means "look at MESSAGE_ID".
_IDS = frozenset({"ID", "TASK_ID", "MESSAGE_ID"})

# The parts of an event whose ids say what it is about.
_SUBJECTS = frozenset({"FIELDS", "FIELDS_BEFORE", "FIELDS_AFTER"})

# What may be sent in place of an id: forms cannot contain null.
_NOTHING = frozenset({"", "undefined"})

# Where `data` says which task or contact an event is about.
_TASK_KEYS = {
    "ONTASKADD": "ID",
    "ONTASKUPDATE": "ID",
    "ONTASKDELETE": "ID",
    "ONTASKCOMMENTADD": "TASK_ID",
    "ONTASKCOMMENTUPDATE": "TASK_ID",
    "ONTASKCOMMENTDELETE": "TASK_ID",
}
_CONTACT_EVENTS = frozenset(
    {"ONCRMCONTACTADD", "ONCRMCONTACTUPDATE", "ONCRMCONTACTDELETE"}
)

# The parts of `auth` that are read. The rest are secrets, and we want none of them.
_PROOFS = frozenset({"member_id", "application_token"})

Tree = dict[str, "str | Tree"]


class BadEvent(ValueError):
    """What was posted is not an event of Bitrix24."""


@dataclass(frozen=True, slots=True)
class BitrixEvent:
    """An event of Bitrix24, from an account whose token was checked.

    `data` is the part that was kept: nested strings, some of them the literal
    `undefined`. It names no author, no order and no list of changes.
    """

    name: str
    account: str
    data: Tree = field(default_factory=dict)
    sent_at: int = 0

    @property
    def fields(self) -> Mapping[str, "str | Tree"]:
        """Return `data[FIELDS]`, of CRM events; empty if there is none."""
        return _mapping(self.data.get("FIELDS"))

    @property
    def before(self) -> Mapping[str, "str | Tree"]:
        """Return `data[FIELDS_BEFORE]`; empty if it is `undefined`."""
        return _mapping(self.data.get("FIELDS_BEFORE"))

    @property
    def after(self) -> Mapping[str, "str | Tree"]:
        """Return `data[FIELDS_AFTER]`; empty if it is `undefined`."""
        return _mapping(self.data.get("FIELDS_AFTER"))


@dataclass(frozen=True, slots=True)
class Posted:
    """An event as it was posted, with the proofs of its origin."""

    name: str
    data: Tree
    sent_at: int
    member_id: str
    token: str = field(repr=False)

    def of(self, account: str, keep: Sequence[str] | None = ()) -> BitrixEvent:
        """Return the event without its proofs, once they were checked.

        Of its data there are ids, and what `keep` names (`FIELDS_AFTER.TITLE`) as
        far as it fits into MOST_KEPT_BYTES; nothing if `keep` is None.
        """
        data = {} if keep is None else _ids(self.data)
        event = BitrixEvent(self.name, account, data, self.sent_at)
        for path in keep or ():
            more = replace(event, data=_with(event.data, self.data, path.split(".")))
            if len(to_json(more).encode()) <= MOST_KEPT_BYTES:
                event = more
        return event


def parse(body: bytes) -> Posted:
    """Read an event from its form body, under limits.

    Of `auth` only `member_id` and `application_token` are looked at; OAuth
    tokens are dropped here. Raises BadEvent with a reason fit for the sender.
    """
    form = _form(body)
    name, data, auth = form.get("event"), form.get("data", {}), form.get("auth")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadEvent("there is no event name")
    if not isinstance(data, dict):
        if data:
            raise BadEvent("data is not a map")
        data = {}
    if not isinstance(auth, dict):
        raise BadEvent("there is no auth")
    member_id, token = auth.get("member_id"), auth.get("application_token")
    if not (isinstance(member_id, str) and isinstance(token, str)):
        raise BadEvent("there is no member_id or no application_token")

    if len(member_id) > _MAX_MEMBER or len(token) > _MAX_TOKEN:
        raise BadEvent("member_id or application_token is too long")

    name = name.upper()
    _check_ids(data)
    _check_subject(name, data)
    sent_at = form.get("ts")
    return Posted(
        name,
        data,
        int(sent_at) if isinstance(sent_at, str) and _is_id(sent_at) else 0,
        member_id,
        token,
    )


def to_json(event: BitrixEvent) -> str:
    """Write an event: its name, account, data and time."""
    parts = [event.name, event.account, event.data, event.sent_at]
    return pydantic_core.to_json(parts).decode()


def from_json(raw: str | bytes) -> BitrixEvent:
    """Read what `to_json` wrote; what another version wrote is UNREADABLE."""
    try:
        return BitrixEvent(*pydantic_core.from_json(raw))
    except (TypeError, ValueError):
        return BitrixEvent("UNREADABLE", "")


def number(fields: Mapping[str, "str | Tree"], key: str) -> int:
    """Return the id under `key`; raise BadEvent if there is none."""
    value = fields.get(key)
    if not isinstance(value, str) or not _is_id(value) or not int(value):
        raise BadEvent(f"there is no {key}")
    return int(value)


def _form(body: bytes) -> Tree:
    """Read a form with PHP's brackets; `auth` is cut down to two keys."""
    if len(body) > MAX_BYTES:
        raise BadEvent("too long")
    if body.count(b"&") >= MAX_KEYS:
        raise BadEvent("too many keys")
    tree: Tree = {}
    for pair in body.split(b"&"):
        raw_key, equals, raw_value = pair.partition(b"=")
        if not equals:
            if raw_key:
                raise BadEvent("not a form")
            continue
        if len(raw_key) > _MAX_KEY_BYTES:  # It must not fill the cache.
            raise BadEvent("a key is too long")
        place = _place(raw_key)
        if place is None:
            continue
        branches, leaf = place
        branch = tree
        for part in branches:
            below = branch.get(part or str(len(branch)))
            if not isinstance(below, dict):
                below = branch[part or str(len(branch))] = {}
            branch = below
        # Most values consist of letters and digits, with nothing escaped.
        value = raw_value.decode() if raw_value.isalnum() else _text(raw_value)
        branch[leaf or str(len(branch))] = value
    return tree


@lru_cache(maxsize=1024)  # The same few keys come with every event.
def _place(raw_key: bytes) -> tuple[tuple[str, ...], str] | None:
    """Say where a value goes: `data[FIELDS][ID]` into data, FIELDS, under ID.

    `[]` gives an empty part. Returns None for the parts of `auth` that nobody needs.
    """
    key = _text(raw_key)
    head, bracket, rest = key.partition("[")
    if not head:
        raise BadEvent("a key has no name")
    if bracket and not rest.endswith("]"):
        raise BadEvent("a bracket is not closed")
    inner = rest[:-1].split("][") if bracket else []
    if len(inner) >= MAX_DEPTH:
        raise BadEvent("too deep")
    if any("[" in part or "]" in part for part in inner):
        raise BadEvent("a bracket is not closed")
    *branches, leaf = head, *inner
    if head == "auth" and leaf not in _PROOFS:
        return None
    return tuple(branches), leaf


def _text(raw: bytes) -> str:
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise BadEvent("not UTF-8") from None


def _ids(data: Tree) -> Tree:
    """Return the ids that an event is about, and nothing else of it."""
    return {
        part: {key: at for key, at in fields.items() if key in _IDS and type(at) is str}
        for part, fields in data.items()
        if part in _SUBJECTS and isinstance(fields, dict)
    }


def _with(kept: Tree, data: Tree, path: Sequence[str]) -> Tree:
    """Return `kept` with the value of `data` at this path, if there is one."""
    head, *rest = path
    value = data.get(head)
    if rest:
        if not isinstance(value, dict):
            return kept
        below = kept.get(head)
        value = _with(below if isinstance(below, dict) else {}, value, rest)
    return kept if value is None or value == {} else kept | {head: value}


def _check_ids(tree: Tree) -> None:
    for key, value in tree.items():
        if isinstance(value, dict):
            _check_ids(value)
        elif key in _IDS and value not in _NOTHING and not _is_id(value):
            raise BadEvent(f"{key} is not an id")


def _check_subject(name: str, data: Tree) -> None:
    """Refuse an event that points to nothing."""
    if key := _TASK_KEYS.get(name):
        fields = _mapping(data.get("FIELDS_AFTER")) or _mapping(
            data.get("FIELDS_BEFORE")
        )
        number(fields, key)
    elif name in _CONTACT_EVENTS:
        number(_mapping(data.get("FIELDS")), "ID")


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= _MAX_ID_DIGITS


def _mapping(value: "str | Tree | None") -> Mapping[str, "str | Tree"]:
    return value if isinstance(value, dict) else {}
