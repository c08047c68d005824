"""How a department's words for how far its tickets are get read, row by row."""

from collections.abc import Mapping
from typing import Any, get_args

from ticket24.domain.settings.colours import is_accent
from ticket24.domain.settings.faults import WrongSetting
from ticket24.domain.settings.model import Language, OwnWords, State, StatusName
from ticket24.domain.settings.reading.fields import Reader, colour, line_of
from ticket24.domain.settings.state_parts import places, row

STATUSES = get_args(StatusName)[1:]
MOST_STATES = 40
WORDS_LENGTH = 40


def states(reader: Reader, name: str, parts: Mapping[str, str]) -> tuple[State, ...]:
    """Read every row that is not empty; `name` is that of all of them."""
    rows = places(parts)
    if len(rows) > MOST_STATES:
        reader.wrong(name, WrongSetting.STATES, str(MOST_STATES))
    known: set[object] = set()
    return tuple(
        _state(reader, f"{name}.{place}", row(parts, place), known)
        for place in rows[:MOST_STATES]
    )


def _state(
    reader: Reader, name: str, typed: Mapping[str, str], known: set[object]
) -> State:
    of = _of(reader, name, typed["of"].strip())
    if known.intersection(of.values()):
        reader.wrong(name, WrongSetting.STATE_TWICE)
    known.update(of.values())
    completed = bool(typed["completed"])
    words = _words(reader, f"{name}.words", typed, needed=not completed)
    shade = colour(typed["colour"])
    if not is_accent(shade):
        reader.wrong(f"{name}.colour", WrongSetting.ACCENT)
    if completed and "status" in of:
        reader.wrong(f"{name}.completed", WrongSetting.NO_END)
    return State(**of, words=words, colour=shade, completed=completed)


def _of(reader: Reader, name: str, text: str) -> dict[str, Any]:
    """Read which status or stage it is; nothing if it is none, or both."""
    if text in STATUSES:
        return {"status": text}
    if not text.isdecimal():
        reader.wrong(name, WrongSetting.NO_STATE)
        return {}
    number = reader.number(name, text, WrongSetting.STAGE)
    return {"stage": number} if number else {}


def _words(
    reader: Reader, name: str, typed: Mapping[str, str], *, needed: bool
) -> OwnWords:
    """Read words in each language; if there are any, then in the company's."""

    def text(at: str) -> str:
        return typed[f"words.{at.removeprefix(f'{name}.')}"]

    words = reader.own_words(name, text, line_of, WORDS_LENGTH)
    language = reader.form.line("language")
    known = language in get_args(Language)
    if (needed or words.said) and known and not getattr(words, language):
        reader.wrong(f"{name}.{language}", WrongSetting.NO_WORDS)
    return words
