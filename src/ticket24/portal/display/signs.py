"""Times, and whose turn it is, as lists and tickets show them; a page has many."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache

from markupsafe import Markup

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.model import Status, Turn


def signs(language: Language, zone: str) -> dict[str, Callable[..., Markup]]:
    """Return what templates call: `moment(at)`."""
    now = time.time()
    return {"moment": lambda at: moment(at, language, now, zone)}


@cache
def badge(turn: Turn, language: Language) -> Markup:
    """Show in words and by a shape, not by colour alone, whose turn a ticket is."""
    return _badge(turn.value, i18n.turn_name(turn, language))


def waiting_badge(words: str) -> Markup:
    """Show that a customer is waited for, to somebody who is none."""
    return _badge(Turn.YOURS.value, words)


@lru_cache(maxsize=1_024)
def own_badge(turn: Turn, words: str, colour: str) -> Markup:
    """Show the company's words for it; the shape is still that of the turn."""
    shade = f" c-{colour[1:]}" if colour else ""
    return _badge(turn.value, Markup("<bdi>{}</bdi>").format(words), f" own{shade}")


@cache
def staff_badge(status: Status, language: Language) -> Markup:
    """Show a status of Bitrix24 to the staff, who know it."""
    return _badge(status.value, i18n.status_name(status, language))


def _badge(name: str, words: str, more: str = "") -> Markup:
    return Markup(
        '<span class="status {0}{2}"><svg class="sign" aria-hidden="true">'
        '<use href="#s-{0}"/></svg>{1}</span>'
    ).format(name, words, more)


def moment(at: datetime, language: Language, now: float, zone: str) -> Markup:
    """Say how long ago an instant was; the title says exactly when."""
    stamp = at.timestamp()
    return _moment(stamp, i18n.seconds_ago(stamp, now), language, zone)


@lru_cache(maxsize=8_192)
def _moment(stamp: float, seconds: int, language: Language, zone: str) -> Markup:
    words = f"{_exactly(stamp, language, zone)}{i18n.say_ago(seconds, language)}</time>"
    return Markup(words)  # noqa: S704  Numbers and our own words.


@lru_cache(maxsize=4_096)
def file_size(size: int, language: Language) -> str:
    """Say a number of bytes."""
    return i18n.file_size(size, language)


@lru_cache(maxsize=1_024)
def new_replies(count: int, language: Language) -> str:
    """Say how many replies are unread."""
    words = i18n.translations(language).ngettext(
        "%(count)s new reply", "%(count)s new replies", count
    )
    return words % {"count": count}


@lru_cache(maxsize=8_192)
def _exactly(stamp: float, language: Language, zone: str) -> str:
    at = datetime.fromtimestamp(stamp, UTC)
    words = i18n.when(at, language, zone)
    return f'<time datetime="{at:%Y-%m-%dT%H:%MZ}" title="{words}">'
