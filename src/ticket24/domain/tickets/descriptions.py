"""What the description of a task looks like that a customer opened by the portal.

It opens with the customer line, ends with a footer, and holds the customer's words
between them:

    [B]Anna Smith[/B]
    The printer is on fire.

    [B]Order number:[/B] 0042
    Cc: carl@example.com, dora@example.com
    [URL=https://help.example.com/p/acme/go/0198a7c2…]Open in Ticket24[/URL]

Versions up to 2026-11 wrote `[B]Anna Smith[/B] · ticket24` and this footer, which is
read as well:

    --
    Cc: carl@example.com, dora@example.com
    ticket24 · 0198a7c2…
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ticket24.domain.messages import quotes, signatures
from ticket24.domain.messages.ticks import code
from ticket24.domain.messages.voices import customer_line, split_customer_line
from ticket24.domain.tickets.field_values import FieldValue, headed

# This character keeps words from having a meaning: it is invisible and has no width.
_JOINER = "\u2060"

# What has a meaning: BBCode, entities, which Bitrix24 turns into characters (even
# brackets) in a description, tags, quotes as in a chat, emoji as old databases keep
# them, and our footer.
_MEANINGS = (
    re.compile(r"\[(?=[A-Za-z/*])"),
    re.compile(r"&(?=#\w|\w+;)"),
    re.compile(r"(?<![^\s(\[{<\"'])#(?=\w)"),
    re.compile(r"^>(?=>)|^-(?=-{5,}[^\S\n]*$)", re.MULTILINE),
    re.compile(r":(?=[Ff][0-9A-Fa-f]{7}:)"),
    re.compile(
        r"^[^\S\n]*(?:ticket24(?=[^\S\n]*·)|[Cc][Cc](?=[^\S\n]*:))", re.MULTILINE
    ),
)

_COPIES = re.compile(
    r"(?:\A|\n)[^\S\n]*(?:\[P\])?Cc:(?P<cc>[^\n]*+)"
    rf"(?=\n[^\S\n]*+(?:\[P\])?{signatures.LINK})",
    re.IGNORECASE,
)
# Brackets that customers type are no tags, so a link in their words is ours.
_FOLLOWS = re.compile(
    r"(?:\A|\n)[^\S\n]*(?:\[P\])?\[URL=[^\[\]\n]{0,200}?/tasks/task/view/"
    r"(?P<number>[0-9]{1,9})/\][^\[\]\n]{0,200}\[/URL\]"
    rf"(?=\n[^\S\n]*+(?:\[P\])?{signatures.LINK})",
    re.IGNORECASE,
)
_OLD_FOOTER = re.compile(
    r"(?:\A|\n)--[^\S\n]*\n+"
    r"(?:Cc:(?P<cc>[^\n]*)\n+)?"
    r"[^\S\n]*ticket24 · (?P<mark>[\w-]+)[^\S\n]*(?:\n|\Z)"
)
_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]{1,64}@[^\s@,;:<>()\[\]\\\"]{1,253}")
_BETWEEN = re.compile(r"[,;\s]+")


@dataclass(frozen=True, slots=True)
class Opened:
    """Who opened a ticket, with which words, and for whom else.

    `name` and `mark` are empty if it was not opened by the portal; `mark` is the
    id of the command that made the task. It `follows` the ticket with this number.
    """

    name: str
    text: str
    cc: tuple[str, ...]
    mark: str
    follows: int = 0


def followed(task_id: int, user_id: int, words: str) -> str:
    """Write the line that leads staff to the task that a new one follows."""
    at = f"/company/personal/user/{user_id}/tasks/task/view/{task_id}/"
    return f"[URL={at}]{words}[/URL]"


def compose(
    name: str,
    text: str,
    cc: Collection[str],
    signature: str,
    follows: str = "",
    values: Iterable[FieldValue] = (),
) -> str:
    """Write the description of a new ticket; `text` is plain and may be empty.

    Anything that is not an address is left out of the copies. `follows` is such a line.
    `values` were filled in in the company's own fields.
    """
    copies = [address for address in cc if _ADDRESS.fullmatch(address)]
    return "\n".join(
        [
            customer_line(name) + as_bbcode(text).strip(),
            "",
            *map(_line, values),
            *([follows] if follows else []),
            *([f"Cc: {', '.join(copies)}"] if copies else []),
            signature,
        ]
    )


def without(text: str, values: Collection[FieldValue]) -> str:
    """Return the words of a description without what `compose` wrote of these values.

    What staff have changed since stays: then it is theirs. Editors write tags in small
    letters and paragraphs, and drop what is invisible.
    """
    bare = text.replace(_JOINER, "")
    found = {_span(bare, _line(value).replace(_JOINER, "")) for value in values}
    spans = sorted(filter(None, found), reverse=True)
    if not spans:
        return text
    places = [at for at, letter in enumerate(text) if letter != _JOINER]
    for start, end in spans:
        if places[start + 1] != places[start] + 1:
            continue  # A customer typed that: it is no tag.
        after = text[places[end - 1] + 1 :].removeprefix("\n")
        text = text[: places[start]] + after
    return text.strip()


def _span(bare: str, line: str) -> tuple[int, int] | None:
    """Find the last place of lines of ours, which are lines of their own."""
    begun, tag, rest = line.partition("[/B]")
    small = f"[b]{begun.removeprefix('[B]')}[/b]{rest}"
    for one in (f"{begun}{tag}{rest}", small):
        at = bare.rfind(one)
        before = bare[:at].rpartition("\n")[2].strip()
        after = bare[at + len(one) :].lstrip(" \t")[:4]
        apart = after[:1] in {"", "\n"} or after.lower() == "[/p]"
        if at >= 0 and apart and before.lower() in {"", "[p]"}:
            return at, at + len(one)
    return None


def _line(value: FieldValue) -> str:
    label = harmless(headed(value.label)).replace("\n", " ")
    said = harmless(value.said)
    apart = "\n" if value.kind == "long_text" else " "
    return f"[B]{label}[/B]{apart}{said}"


def parse_bbcode(description: str) -> Opened:
    """Read what `compose` wrote; the words stay harmless, ready for `to_html`.

    Text that staff add below the footer counts as text. Nothing that a customer writes
    can pass for a footer, even if staff remove ours.
    """
    text, cc, mark, follows = _even(description), "", "", 0
    if signed := signatures.unsigned(text):
        mark = signed.mark
        for copies in [*_COPIES.finditer(text)][-1:]:
            cc = copies["cc"]
            text = text[: copies.start()] + text[copies.end() :]
        for one in [*_FOLLOWS.finditer(text)][-1:]:
            follows = int(one["number"])
            text = text[: one.start()] + text[one.end() :]
    split = split_customer_line(text)
    if split is None:
        return Opened("", description, (), "")
    name, text = split
    for last in [*_OLD_FOOTER.finditer(text)][-1:]:
        cc, mark = cc or last["cc"] or "", mark or last["mark"]
        text = f"{text[: last.start()].rstrip()}\n\n{text[last.end() :].lstrip()}"
    listed = _BETWEEN.split(quotes.plain(cc))
    return Opened(
        name,
        text.strip(),
        tuple(one for one in listed if _ADDRESS.fullmatch(one)),
        mark,
        follows,
    )


def as_bbcode(text: str) -> str:
    """Write plain words for Bitrix24: code between back-ticks is code, no more.

    It has one tag for code, which the joiner in front makes one for a few words: there
    it says nothing, but pages and mails leave them in their line.
    """
    plain = _even(text).replace(_JOINER, "")
    parts, at = [], 0
    for one in code(plain):
        parts.append(harmless(plain[at : one.start]))
        opening = "[CODE]" if one.in_lines else f"{_JOINER}[CODE]"
        parts.append(f"{opening}{harmless(one.body)}[/CODE]")
        at = one.stop
    return "".join([*parts, harmless(plain[at:])])


def harmless(text: str) -> str:
    """Make plain words harmless: Bitrix24 finds only words in them."""
    plain = _even(text).replace(_JOINER, "")
    for meaning in _MEANINGS:
        plain = meaning.sub(rf"\g<0>{_JOINER}", plain)
    return plain


def restored(text: str) -> str:
    """Return harmless words, or HTML made from them, as they were written."""
    return text.replace(_JOINER, "")


def _even(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
