"""The language of the staff pages: chosen in their head, else the browser's."""

import json
import re
from functools import partial
from pathlib import Path
from typing import Protocol

from aiohttp import web

from bitrix24_sandbox.account.switches import Language

LANGUAGES: dict[Language, str] = {"en": "English", "de": "Deutsch", "pt": "Português"}
COOKIE = "sandbox_language"

# What the pages say, by its English; where one English word is two elsewhere, `en` has
# the word, and the key tells them apart.
WORDS: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_name("words.json").read_text("utf-8")
)
_WANTED = re.compile(
    r"\s*([A-Za-z]{2})(?:-[A-Za-z0-9]+)*\s*(?:;\s*q=([0-9.]{1,5}))?\s*"
)
_LONGEST = 500


class Say(Protocol):
    """Says a sentence in one language, with values in its places."""

    def __call__(self, text: str, /, **values: object) -> str:
        """Return the sentence."""


def language_of(request: web.Request) -> Language:
    """Return the chosen language, else the one that the browser likes best."""
    return chosen_of(request) or _liked(request)


def chosen_of(request: web.Request) -> Language | None:
    """Return the language that was chosen in the head, or None."""
    return known(request.cookies.get(COOKIE, ""))


def known(code: str) -> Language | None:
    """Return a language if the pages have it."""
    return next((language for language in LANGUAGES if language == code), None)


def words(request: web.Request) -> Say:
    """Return what says sentences in the language of a request."""
    return partial(say, language_of(request))


def say(language: Language, text: str, /, **values: object) -> str:
    """Say a sentence of ours in a language; what is not ours is returned unchanged."""
    ours = WORDS.get(text)
    if ours is None:
        return text
    said = ours.get(language, text)
    return said.format(**values) if values else said


def _liked(request: web.Request) -> Language:
    """Return the first of the most liked languages that the pages have."""
    best: Language = "en"
    most = 0.0
    for part in request.headers.get("Accept-Language", "")[:_LONGEST].split(","):
        wanted = _WANTED.fullmatch(part)
        language = known(wanted[1].lower()) if wanted else None
        if wanted and language and (liked := _rate(wanted[2] or "1")) > most:
            best, most = language, liked
    return best


def _rate(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
