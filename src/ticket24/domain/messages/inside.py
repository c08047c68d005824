"""What staff said among themselves, and whether a message repeats it to customers.

A message that quotes an internal one may be meant for staff or for the customer: only a
person can tell. The quoted words go to no customer either way.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape

from ticket24.domain.messages import quotes
from ticket24.domain.messages.perhaps import perhaps_marked
from ticket24.domain.messages.quotes import Quote
from ticket24.domain.messages.voices import Rules, internal, without_mark
from ticket24.domain.tickets.model import Message, MessageKey, Source, Ticket, Voice

# Shorter lines are too common to show whose they were.
_TELLING = 8
# At most this many lines of a quote are compared with what was said.
_MOST = 500
# A person who repeats this many words in a row has copied them.
_COPIED = 8

_SECRET = {Voice.INTERNAL, Voice.UNMARKED, Voice.DOUBTFUL}


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said in a ticket: to staff only, and to customers."""

    secret_ids: frozenset[int]
    open_ids: frozenset[int]
    secret: tuple[str, ...]
    open: str
    heard: str
    runs: frozenset[tuple[str, ...]]

    def is_open(self, line: str) -> bool:
        """Whether customers have read a line already, or wrote it."""
        return _words(line) in self.heard

    def is_copied(self, text: str) -> bool:
        """Whether a text repeats many secret words in a row."""
        return bool(self.runs) and any(run in self.runs for run in _runs(text))


def kept_inside(
    messages: Sequence[Message],
    known: Mapping[MessageKey, Message],
    rules: Rules,
    now: Ticket,
    answered: Mapping[MessageKey, int],
) -> list[Message]:
    """Return messages without quotes of internal ones; those that quoted are doubtful.

    Messages that were told, ruled upon or marked as public keep their voice. `answered`
    maps replies to the messages that they answer; a reply to an internal message is
    doubtful as well.
    """
    said: _Said | None = None
    result = []
    for message in messages:
        text = quotes.in_lines(message.text)
        to = answered.get(message.key, 0)
        before = known.get(message.key)
        fresh = before is None or not before.told
        if message.voice is not Voice.STAFF or not (
            to or fresh or _may_repeat(text, rules)
        ):
            result.append(message)
            continue
        said = said or _said(messages, known, rules)
        one = _judged(message, text, said, known, rules, to)
        past = one.voice is Voice.DOUBTFUL and now.is_history(one.key)
        # Nobody has to judge history.
        result.append(replace(one, voice=Voice.REMARK) if past else one)
    return result


def _may_repeat(text: str, rules: Rules) -> bool:
    """Whether a text has a quote or a mark at all, which is rare."""
    folded = text.casefold()
    return bool(quotes.quotes(text)) or any(
        mark and mark.casefold() in folded for mark in rules.internal_marks
    )


def _judged(
    message: Message,
    text: str,
    said: _Said,
    known: Mapping[MessageKey, Message],
    rules: Rules,
    to: int,
) -> Message:
    quoted = quotes.quotes(text)
    secret = [one for one in quoted if _is_secret(one, said, rules.internal_marks)]
    secret += [one for one in _lines(text, quoted, rules) if _told_inside(one, said)]
    secret.sort()
    shown = quotes.cut(text, secret) if secret else message.text
    doubtful = bool(secret) or to in said.secret_ids
    before = known.get(message.key)
    if not (
        doubtful
        or perhaps_marked(text, rules.internal_marks, said.is_open)
        or ((before is None or not before.told) and said.is_copied(text))
    ):
        return message
    settled = (
        message.key in rules.rulings
        or (before is not None and before.told)
        or without_mark(message.as_written, rules.public_marks) is not None
    )
    if not rules.says(quotes.plain(shown)) and not message.files and not settled:
        return replace(message, voice=Voice.INTERNAL)
    if not settled:
        return replace(message, voice=Voice.DOUBTFUL)
    if not secret:
        return message
    return replace(message, text=shown, original=message.as_written)


def _said(
    messages: Iterable[Message], known: Mapping[MessageKey, Message], rules: Rules
) -> _Said:
    secret, public = [], []
    for message in messages:
        if message.voice in _SECRET:
            secret.append(message)
        elif message.voice is Voice.CUSTOMER or (
            message.voice is Voice.STAFF
            and not _may_repeat(quotes.in_lines(message.text), rules)
        ):
            public.append(message)
    heard = [
        m
        for m in public
        if m.voice is Voice.CUSTOMER or (m.key in known and known[m.key].told)
    ]
    return _Said(
        frozenset(m.key.id for m in secret if m.key.source is Source.CHAT),
        frozenset(m.key.id for m in public if m.key.source is Source.CHAT),
        tuple(
            line
            for message in secret
            for line in _plain_lines(message.as_written, rules.internal_marks)
        ),
        "\n".join(_words(m.as_written) for m in public),
        "\n".join(_words(m.as_written) for m in heard),
        frozenset(run for m in secret for run in _runs(m.as_written))
        - {run for m in heard for run in _runs(m.as_written)},
    )


def _is_secret(quote: Quote, said: _Said, marks: Collection[str]) -> bool:
    """Whether a quote repeats words that only staff have heard."""
    if quote.of in said.secret_ids:
        return True
    if quote.of in said.open_ids:
        return False
    lines = [line for line in quotes.inner(quote).split("\n") if line.strip()][:_MOST]
    if any(internal(line, marks) and _words(line) not in said.open for line in lines):
        return True
    words = (_words(_unmarked(line, marks)) for line in lines)
    return any(_repeats(one, said) for one in words if one)


def _repeats(words: str, said: _Said) -> bool:
    if words in said.open:
        return False
    return any(
        words == line
        or (len(words) >= _TELLING and words in line)
        or (len(line) >= _TELLING and line in words)
        for line in said.secret
    )


def _lines(text: str, quoted: list[Quote], rules: Rules) -> list[Quote]:
    """Find marked lines outside of quotes; blocks of a reply become lines."""
    found, at = [], 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        outside = not any(q.start < at and start < q.end for q in quoted)
        if outside and start and internal(line, rules.internal_marks):
            body = _unmarked(line, rules.internal_marks)
            found.append(Quote(start, at, body))
    return found


def _told_inside(line: Quote, said: _Said) -> bool:
    words = _words(line.body)
    return bool(words) and _repeats(words, said)


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = [one.strip(".,:;!?\"'()") for one in _words(text).split()]
    for at in range(len(words) - _COPIED + 1):
        yield tuple(words[at : at + _COPIED])


def _plain_lines(text: str, marks: Collection[str]) -> list[str]:
    lines = (_words(_unmarked(one, marks)) for one in quotes.in_lines(text).split("\n"))
    return [line for line in lines if line]


def _unmarked(line: str, marks: Collection[str]) -> str:
    opened = without_mark(line, marks)
    return line if opened is None else opened


def _words(text: str) -> str:
    """Return the words of a text as they are compared."""
    return " ".join(unescape(quotes.plain(text)).casefold().split()).strip(" .…")
