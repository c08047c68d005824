"""What a browser posts to open a page of ours inside Bitrix24; no I/O.

Nothing in it is to be trusted before the authorization server has confirmed it, least
of all the addresses: a user of any account can send anything.

Sources: settings/oauth/simple-way.md and api-reference/widgets/_includes/
widget_data.md of the Bitrix24 REST documentation.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ticket24.domain.settings.model import Language

_MOST_OPTIONS = 50
_LONGEST_OPTION = 2_000
_LONGEST_OPTIONS = 16_000

# Bitrix24 never gives a token a longer life, so a longer one is made up.
_LONGEST_LIFE_SECONDS = 3_600

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?")
_TOKEN = re.compile(r"[\x21-\x7e]{0,2000}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{0,100}")

# They have two letters each, but are not ISO 639: "br" is Brazilian Portuguese.
_LANGUAGES: dict[str, Language] = {"de": "de", "br": "pt", "pt": "pt"}


class BadFrame(ValueError):
    """Bitrix24 does not open a page with a post like this."""


@dataclass(frozen=True, slots=True)
class FramePost:
    """A post by which Bitrix24 opens a page, as it came.

    `auth_id` and `refresh_id` are tokens of the user who looks; the first is valid for
    `auth_seconds` more. `app_sid` is new each time a page is opened. `placement` is
    `DEFAULT` for the application's own page and the installer.
    """

    domain: str
    language: str
    app_sid: str
    auth_id: str = field(repr=False)
    auth_seconds: int
    refresh_id: str = field(repr=False)
    member_id: str
    application_token: str = field(repr=False)
    placement: str
    options: Mapping[str, str]


def parse(query: Mapping[str, str], form: Mapping[str, str]) -> FramePost:
    """Read a post, from the query of its address and its fields; raise BadFrame."""
    post = FramePost(
        domain=_matched(_HOST, query.get("DOMAIN", form.get("DOMAIN", "")), "DOMAIN"),
        language=query.get("LANG", "")[:20],
        app_sid=_matched(_NAME, query.get("APP_SID", ""), "APP_SID"),
        auth_id=token_in(form, "AUTH_ID"),
        auth_seconds=seconds_of(form.get("AUTH_EXPIRES", "")),
        refresh_id=token_in(form, "REFRESH_ID"),
        member_id=_matched(_NAME, form.get("member_id", ""), "member_id"),
        application_token=token_in(form, "APPLICATION_TOKEN"),
        placement=_matched(_NAME, form.get("PLACEMENT", ""), "PLACEMENT") or "DEFAULT",
        options=_options(form.get("PLACEMENT_OPTIONS", "")),
    )
    if not post.auth_id or not post.member_id:
        raise BadFrame("AUTH_ID or member_id is missing")
    return post


def language_of(code: str) -> Language:
    """Return the language of ours that a user of Bitrix24 reads, else English."""
    return _LANGUAGES.get(re.split("[-_]", code.lower(), maxsplit=1)[0], "en")


def host_of(text: str) -> str:
    """Return a host, perhaps with a port, if a header may contain it, else ""."""
    return text if _HOST.fullmatch(text) else ""


def token_in(form: Mapping[str, str], name: str) -> str:
    """Return a token, "" if it is missing; raise BadFrame if it is malformed."""
    return _matched(_TOKEN, form.get(name, ""), name)


def seconds_of(text: str) -> int:
    """Return how long a token stays valid; the documents do not promise the field."""
    known = (
        text.isascii()
        and text.isdigit()
        and len(text) <= len(str(_LONGEST_LIFE_SECONDS))
    )
    return min(int(text), _LONGEST_LIFE_SECONDS) if known else _LONGEST_LIFE_SECONDS


def _matched(pattern: re.Pattern[str], text: str, name: str) -> str:
    if not pattern.fullmatch(text):
        raise BadFrame(f"{name} cannot be right")
    return text


def _options(raw: str) -> dict[str, str]:
    """Read PLACEMENT_OPTIONS: JSON in a string, `""` or `[]` when there are none."""
    if len(raw) > _LONGEST_OPTIONS:
        raise BadFrame("PLACEMENT_OPTIONS is too long")
    try:
        options = json.loads(raw or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(options, Mapping):
        return {}
    plain = (
        (key, str(value))
        for key, value in options.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    )
    short = [pair for pair in plain if len(pair[1]) <= _LONGEST_OPTION]
    return dict(short[:_MOST_OPTIONS])
