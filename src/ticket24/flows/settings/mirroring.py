"""The mirror of an account's settings in the account itself.

Bitrix24 keeps options for an application; should we lose ours, or come back after a
long time, we read them there. An administrator can write there, so nothing of it is
believed unchecked (platform.md 2.7).
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace

import structlog
from pydantic import TypeAdapter, ValidationError

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import mapping, words
from ticket24.bitrix.rest.errors import Permanent
from ticket24.domain.accounts.model import Account, Person, is_slug
from ticket24.domain.lines import one_line
from ticket24.domain.settings.model import AccountSettings
from ticket24.domain.settings.reading.rulebook import accepted
from ticket24.store.accounts.logos import Logo

log = structlog.get_logger()

MOST_LOGO_BYTES = 32 * 1024

_SETTINGS = TypeAdapter(AccountSettings)
_PERSON = TypeAdapter(Person)

_MOST_CHARACTERS = 400_000
_LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was found; the slug may be taken, and the logos are unchecked."""

    slug: str
    settings: AccountSettings
    person: Person
    logo: bytes
    dark_logo: bytes = b""


def fingerprint(account: Account, *digests: str) -> str:
    """Name exactly what a mirror would show of this account and its logos."""
    seen = repr((account.slug, account.settings, account.person, *digests))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


async def mirror(
    account: Account, logo: Logo | None, bitrix: Bitrix, dark_logo: Logo | None = None
) -> None:
    """Keep a copy of the settings in the account, in place of the one before.

    Only an administrator may; raises BitrixError. A logo that is too large is left
    out: it is the one thing that has to be chosen again.
    """
    options = {
        "slug": account.slug,
        "settings": _SETTINGS.dump_json(account.settings).decode(),
        "person": _PERSON.dump_json(account.person).decode(),
        "logo": _written(logo),
        "dark_logo": _written(dark_logo),
    }
    await bitrix.call("app.option.set", {"options": options})


async def mirrored(bitrix: Bitrix) -> Mirrored | None:
    """Return what was kept in the account, or None if there is nothing to use.

    Raises BitrixError if it cannot be told whether there is something.
    """
    try:
        found = mapping((await bitrix.call("app.option.get", urgent=True)).result)
    except Permanent as error:
        log.warning("mirror_refused", error=str(error))
        return None
    if not found:
        return None
    settings = _settings(words(found.get("settings")))
    if settings is None:
        log.warning("mirror_unreadable")
        return None
    slug = words(found.get("slug"))
    logo = _logo(words(found.get("logo")))
    dark_logo = _logo(words(found.get("dark_logo")))
    return Mirrored(
        slug if is_slug(slug) else "",
        replace(
            settings,
            logo=settings.logo if logo else "",
            dark_logo=settings.dark_logo if dark_logo else "",
        ),
        _person(words(found.get("person"))),
        logo,
        dark_logo,
    )


def _settings(raw: str) -> AccountSettings | None:
    """Read settings as strictly as from the form."""
    if len(raw) > _MOST_CHARACTERS:
        return None
    try:
        return accepted(_SETTINGS.validate_json(raw, strict=True))
    except ValidationError:
        return None


def _person(raw: str) -> Person:
    try:
        person = _PERSON.validate_json(raw, strict=True)
    except ValidationError:
        return Person()
    return Person(
        *(
            one_line(text)[:_LONGEST_LINE]
            for text in (person.name, person.phone, person.email)
        )
    )


def _written(logo: Logo | None) -> str:
    small = logo and len(logo.content) <= MOST_LOGO_BYTES
    return base64.b64encode(logo.content).decode() if logo and small else ""


def _logo(raw: str) -> bytes:
    if len(raw) > 2 * MOST_LOGO_BYTES:
        return b""
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        return b""
