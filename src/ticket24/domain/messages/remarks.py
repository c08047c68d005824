"""Tell Bitrix24's own remarks from the messages of people.

On the old task card Bitrix24 posts remarks ("Task closed.") in the name of the person
who acted. REST does not mark them in any way (methods.md 2.3), so only their words give
them away. They come in the reader's language, either rendered or as stored: with
placeholders instead of links, and with sentences run together.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from html import unescape
from typing import NamedTuple

from ticket24.domain.messages.remark_phrases import LANGUAGES, NO_VALUE


class Verdict(StrEnum):
    """Who wrote a comment, as far as its text shows."""

    REMARK = "remark"
    DOUBTFUL = "doubtful"
    PERSON = "person"


# Remarks are a few short lines. A longer text is a person's, so no time is spent on it.
_LONGEST_TEXT = 20_000
_LONGEST_LINE = 1_000
_MOST_LINES = 20

# Private characters that replace what a tag named.
_PEOPLE, _THING = "\ue000", "\ue001"

# Tags that only people put into a comment: remarks neither quote nor show files.
_BY_HAND = re.compile(r"\[(?:QUOTE|CODE|DISK|IMG|VIDEO|TABLE|SPOILER)\b", re.IGNORECASE)

# Links and placeholders of Bitrix24's own buttons, the same in every language.
_BUTTON = re.compile(r"commentAction=|#(?:DEADLINE_CHANGE|TASK_[A-Z_]{5,30})_START#")

# The stored text of a remark whose words are only made at reading time.
_UNRENDERED = re.compile(r"commentAux[A-Z][A-Za-z]{2,40}")

_MENTION = re.compile(r"\[USER=[^\[\]\n]{0,40}\][^\[\n]{0,200}\[/USER\]", re.IGNORECASE)
_GROUP = re.compile(
    r"\[(?:GROUP_ID=[1-9]|PROJECT=|URL=[^\[\]\n]{0,200}/workgroups/group/)"
    r"[^\[\]\n]{0,200}\][^\[\n]{0,300}\[/(?:GROUP_ID|PROJECT|URL)\]",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"\[BR\]|<br ?/?>|\r", re.IGNORECASE)
_TAG = re.compile(
    r"\[/?(?:USER|URL|B|I|U|S|P|COLOR|SIZE|FONT|GROUP_ID|PROJECT)(?:=[^\[\]\n]*)?\]"
    r"|</?(?:a|b|i|u)(?: [^<>\n]*)?>"
    r"|#[A-Z_]{3,40}_(?:START|END)#",
    re.IGNORECASE,
)
_SEVERAL_PEOPLE = re.compile(rf"{_PEOPLE}(?:, ?{_PEOPLE})+")

_TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?: ?[aApP]\.?[mM]\.?)?"
_DAY = (
    r"\d{1,2}\.?(?: de)? [^\W\d_]{3,12}\.?(?:(?: de)? \d{4})?"
    r"|[^\W\d_]{3,12} \d{1,2}(?:, \d{4})?"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
    r"|(?:\d{4}年 ?)?\d{1,2}月 ?\d{1,2}日"
)
_STAMP = r"\d{9,11}"
_DATE = f"(?:{_STAMP}|(?:{_DAY})(?:,? {_TIME})?|{'|'.join(NO_VALUE)})"

_EXACT = {
    "@": _PEOPLE,
    "<thing>": f"(?:{_THING}|{'|'.join(NO_VALUE)})",
    "<date>": _DATE,
}
_ANY_VALUE = dict.fromkeys(_EXACT, ".{1,200}")
_COMMON = {
    "<name>": r"[^\W\d_a-z][\w.'-]{1,30}(?: [^\W\d_a-z][\w.'-]{0,30}){1,3}",
    "<bot>": r"[\w-]{2,30}(?: [\w-]{1,30})?",
}


def _any_of(phrases: Iterable[str], values: dict[str, str]) -> str:
    """Return one pattern for all phrases, the longest first."""
    ordered = sorted(phrases, key=len, reverse=True)
    pattern = "|".join(f"(?:{phrase})" for phrase in ordered)
    for token, meaning in (values | _COMMON).items():
        pattern = pattern.replace(token, meaning)
    return pattern


_ALONE = _any_of(
    (phrase for lang in LANGUAGES for phrase in (*lang.alone, *lang.labels)), _EXACT
)
_TOGETHER = _any_of((phrase for lang in LANGUAGES for phrase in lang.together), _EXACT)
_SENTENCE = re.compile(
    rf"(?:(?P<alone>{_ALONE})|(?:{_TOGETHER}))"
    rf"(?: ?[.。]|(?<=[{_PEOPLE}{_THING}])|(?!\w)) *"
)
_LABEL_AND_ANYTHING = _any_of(
    (label for lang in LANGUAGES for label in lang.labels), _ANY_VALUE
)
_LOOSE = _any_of((phrase for lang in LANGUAGES for phrase in lang.loose), _EXACT)
_ALMOST = re.compile(rf"(?:{_LABEL_AND_ANYTHING}|{_LOOSE})[.!。]?")


class _Reading(NamedTuple):
    """The result of reading one line from its start.

    `alone`: one of its sentences can be a whole remark. `addressed`: the first one
    names somebody. `whole`: no unknown words follow.
    """

    sentences: int
    alone: bool
    addressed: bool
    whole: bool


def recognise(text: str) -> Verdict:
    """Judge by its words alone who wrote a forum comment.

    REMARK: nothing but Bitrix24's sentences. DOUBTFUL: it could be a remark, so it must
    be neither mailed nor lost. PERSON: everything else.

    `text` is the `POST_MESSAGE` of REST with its BBCode, of any length. Never raises.
    """
    if _BY_HAND.search(text):
        return Verdict.PERSON
    button = _BUTTON.search(text) is not None
    lines = _lines(text) if len(text) <= _LONGEST_TEXT else []
    readings = [_read(line) for line in lines]

    if lines and all(reading.whole for reading in readings):
        return _judge_known(readings)
    if button:
        return Verdict.DOUBTFUL
    if lines and (_opens_as_remark(readings[0]) or _all_almost(lines, readings)):
        return Verdict.DOUBTFUL
    return Verdict.PERSON


def hidden_remarks(
    recognised_before: int, recognised_now: int, service_before: int, service_now: int
) -> int:
    """Count the new remarks that Bitrix24 knows of and `recognise` did not find.

    `recognised_*` count the comments judged REMARK, `service_*` are the task's
    `SERVICE_COMMENTS_COUNT`, each at the last look and now. Above zero, as many of
    the new comments not judged REMARK are remarks all the same, the doubtful ones
    among them. Deleted comments can lower it, never below zero.
    """
    added = service_now - service_before
    found = recognised_now - recognised_before
    return max(0, added - found)


def _lines(text: str) -> list[str]:
    """Split a text into lines without tags; mentions become one character."""
    text = unescape(text).replace(_PEOPLE, "").replace(_THING, "")
    text = _LINE_BREAK.sub("\n", text)
    text = _GROUP.sub(_THING, _MENTION.sub(_PEOPLE, text))
    text = _SEVERAL_PEOPLE.sub(_PEOPLE, _TAG.sub("", text))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return [line for line in lines if line]


def _read(line: str) -> _Reading:
    """Consume known sentences from the start of a line, as far as they reach."""
    if _UNRENDERED.fullmatch(line):
        return _Reading(1, alone=True, addressed=False, whole=True)
    if len(line) > _LONGEST_LINE:
        return _Reading(0, alone=False, addressed=False, whole=False)
    sentences, at, alone, addressed = 0, 0, False, False
    while match := _SENTENCE.match(line, at):
        if not sentences:
            addressed = _PEOPLE in match[0]
        alone = alone or match["alone"] is not None
        sentences, at = sentences + 1, match.end()
    return _Reading(sentences, alone, addressed, whole=at == len(line))


def _judge_known(readings: list[_Reading]) -> Verdict:
    """Trust known sentences, except a lone one that never comes alone."""
    sentences = sum(reading.sentences for reading in readings)
    if sentences > 1 or any(reading.alone for reading in readings):
        return Verdict.REMARK
    return Verdict.DOUBTFUL


def _opens_as_remark(first: _Reading) -> bool:
    """Say whether a text that goes on in unknown words begins like a remark."""
    return first.whole or first.addressed


def _all_almost(lines: list[str], readings: list[_Reading]) -> bool:
    """Tell whether each line is known, or at least built like a remark."""
    return len(lines) <= _MOST_LINES and all(
        reading.whole or _ALMOST.fullmatch(line)
        for line, reading in zip(lines, readings, strict=True)
    )
