"""What a chat message holds besides its text.

Blocks of applications (ar/chats/messages/attachments), messages that were passed on,
polls and calls. All of it becomes BBCode, as the text itself is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ticket24.bitrix.rest.decode import (
    called,
    items,
    listed,
    mapping,
    prose,
    whole,
    words,
)
from ticket24.domain.tickets.model import Matter
from ticket24.markup import says_something

_DEEPEST = 6
_MOST_BLOCKS = 200
_LINKS = ("http://", "https://")
# The keys under which polls and calls describe themselves, at any depth.
_SAYING = ("question", "title", "message_text", "text", "message", "answer", "name")


def whole_text(
    row: Mapping[str, Any], others: Mapping[int, Mapping[str, Any]]
) -> tuple[str, Matter]:
    """Return all words of a message, and what kind of thing it is if it has none.

    `others` are the messages that came along, by id: the originals of forwarded ones.
    """
    params = mapping(row.get("params"))
    text = _with_blocks(prose(row.get("text")), params, row.get("block"))
    if says_something(text):
        return text, Matter.WORDS
    if is_forwarded(row):
        original = first_of(row, others)
        said = _with_blocks(
            prose(original.get("text")),
            mapping(original.get("params")),
            original.get("block"),
        )
        return said, Matter.WORDS if says_something(said) else Matter.FORWARDED
    matter = _matter(params)
    if matter is Matter.WORDS:
        return text, matter
    component = {name: params[name] for name in params if not name.startswith("FILE")}
    said = "\n".join(dict.fromkeys(_sayings(component, 0)))
    return said, Matter.WORDS if says_something(said) else matter


def is_forwarded(row: Mapping[str, Any]) -> bool:
    """Whether a message was forwarded."""
    params = mapping(row.get("params"))
    return bool(mapping(row.get("forward"))) or any(
        name.upper().startswith("FORWARD") and params[name] for name in params
    )


def answered_id(row: Mapping[str, Any]) -> int:
    """Return the id of the message to which this one is a reply, 0 for none.

    Bitrix24 writes a number, or a list of one (more.md 10).
    """
    return whole(next(iter(listed(mapping(row.get("params")).get("REPLY_ID"))), 0))


def first_of(
    row: Mapping[str, Any], others: Mapping[int, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return the original of a forwarded message, {} if it did not come along."""
    return others.get(_forwarded_id(row), {}) if is_forwarded(row) else {}


def _forwarded_id(row: Mapping[str, Any]) -> int:
    params = mapping(row.get("params"))
    ids = (
        mapping(row.get("forward")).get("id"),
        *(params.get(name) for name in ("FORWARD_ID", "FORWARD_MESSAGE_ID")),
        params.get("FORWARD_CONTEXT_ID"),
    )
    # It is an id alone, or an id after the chat that it comes from: `chat58/84877`.
    return next((id_ for one in ids if (id_ := whole(str(one).rpartition("/")[2]))), 0)


def _matter(params: Mapping[str, Any]) -> Matter:
    kind = words(params.get("COMPONENT_ID")).casefold()
    names = [name.upper() for name in params]
    if "vote" in kind or "poll" in kind or _any(names, ("VOTE", "POLL")):
        return Matter.POLL
    calls = ("call", "conference", "zoom")
    if any(one in kind for one in calls) or _any(names, ("CALL_", "CALL")):
        return Matter.CALL
    return Matter.WORDS


def _any(names: list[str], starts: tuple[str, ...]) -> bool:
    return any(name.startswith(starts) for name in names)


def _sayings(value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401  JSON.
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping) and not _numbered(value):
        for name, inner in value.items():
            if isinstance(inner, str):
                if str(name).casefold() in _SAYING and (said := prose(inner).strip()):
                    yield said
            else:
                yield from _sayings(inner, depth + 1)
    else:
        for inner in items(value)[:_MOST_BLOCKS]:
            if isinstance(inner, str) and depth:
                yield prose(inner).strip()
            else:
                yield from _sayings(inner, depth + 1)


def _with_blocks(text: str, params: Mapping[str, Any], block: Any) -> str:  # noqa: ANN401  JSON.
    """Put each attachment where the text names it, and the others after it."""
    for number, attach in enumerate(_attachments(params.get("ATTACH"))):
        said = "\n".join(filter(None, _lines(attach, text)))
        id_ = whole(mapping(attach).get("ID")) or number + 1
        place = f"[ATTACH={id_}]"
        if place in text:
            text = text.replace(place, f"\n{said}\n", 1)
        else:
            text = f"{text}\n{said}" if text.strip() and said else text or said
    said = "\n".join(filter(None, _lines(block, text)))
    return f"{text}\n{said}" if text.strip() and said else text or said


def _attachments(value: Any) -> list[Any]:  # noqa: ANN401  JSON.
    """Return attachments; one of the short form is a list of blocks."""
    if isinstance(value, Mapping):
        return items(value) if _numbered(value) else [value]
    rows = items(value)
    full = any("blocks" in _folded(row) for row in rows)
    return rows if full or not rows else [rows]


def _lines(value: Any, text: str) -> Iterator[str]:  # noqa: ANN401  JSON.
    """Yield the lines of blocks, without links that the text has already."""
    if isinstance(value, Mapping) and not _numbered(value):
        block = _folded(value)
        if "blocks" in block:
            yield from _lines(block["blocks"], text)
            return
        for kind, content in block.items():
            yield from _of_a_kind(kind, content, text)
    else:
        for one in items(value)[:_MOST_BLOCKS]:
            yield from _lines(one, text)


def _of_a_kind(kind: str, content: Any, text: str) -> Iterator[str]:  # noqa: ANN401  JSON.
    match kind:
        case "message" | "text":
            yield prose(content)
        case "html":
            yield prose(content) if "<" not in words(content) else ""
        case "link" | "rich_link" | "user" | "image" | "file":
            alone = _folded(content) and not _numbered(content)
            rows = [content] if alone else items(content)
            for row in map(_folded, rows):
                if (link := words(row.get("link")).strip()) and link in text:
                    continue
                yield _linked(row, link)
                yield prose(row.get("desc"))
        case "grid":
            for row in map(_folded, items(content)):
                parts = (called(row.get("name")), prose(row.get("value")).strip())
                yield ": ".join(filter(None, parts))


def _numbered(value: Mapping[str, Any]) -> bool:
    """Whether this is a list that PHP wrote as a map."""
    return bool(value) and all(str(name).isdigit() for name in value)


def _linked(row: Mapping[str, Any], link: str) -> str:
    name = called(row.get("name"))
    if link.startswith(_LINKS) and not set(link) & set("[]\n"):
        return f"[URL={link}]{name or link}[/URL]"
    return name


def _folded(value: Any) -> dict[str, Any]:  # noqa: ANN401  JSON.
    """Return a map with its names in small letters; empty for anything else."""
    return {str(name).casefold(): inner for name, inner in mapping(value).items()}
