"""The settings' form as a browser sends it, with the files of logos."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import fields

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from ticket24.domain.accounts.model import Person
from ticket24.domain.lines import pasted
from ticket24.domain.settings.form import LOGOS, typed
from ticket24.domain.settings.model import AccountSettings
from ticket24.flows.settings import logos
from ticket24.flows.settings.logos import BadLogo, BadReason
from ticket24.site.walk import FormFile, Walk
from ticket24.staff.settings.state import LogoChoice, SettingsState
from ticket24.store.accounts.logos import Logo

SETTINGS = TypeAdapter(AccountSettings)
PERSON = TypeAdapter(Person)

# The last field of the form: without it some of the form was lost on the way.
_END = "end"


async def read_posted(walk: Walk) -> tuple[str, SettingsState]:
    """Return which button sent the form, and what the page shows of it.

    Raise HTTPBadRequest if it is not a complete form of ours. A file that is not a logo
    is a fault of the form, but does not affect the rest.
    """
    files: dict[str, bytes] = {}
    while (met := await walk.next()) is not None:
        if (
            isinstance(met, FormFile)
            and met.field in LOGOS
            and met.name
            and met.field not in files
        ):
            files[met.field] = await _content(met)
    sent = dict(reversed(walk.fields))
    if _END not in sent:
        raise web.HTTPBadRequest(text="The form is not complete.\n")
    chosen = {name: await _choice(name, files.get(name), sent) for name in LOGOS}
    action = sent.get("do", "save")
    state = SettingsState(
        form=typed(walk.fields),
        before=_settings(sent.get("seen", "")),
        logos=chosen,
        tab=sent.get("tab", ""),
        mail_kind=sent.get("preview_kind", ""),
        mail_language=sent.get("preview_language", ""),
        test_to=pasted(sent.get("test_to", "")),
        person=_person(sent),
        person_seen=_person_seen(sent.get("person_seen", "")),
        find="" if action == "save" else sent.get("find", "").strip(),
    )
    return action, state


async def _content(file: FormFile) -> bytes:
    """Return a file; stop reading as soon as it is too large for a logo."""
    content = bytearray()
    while len(content) <= logos.MOST_BYTES and (chunk := await file.read()):
        content += chunk
    return bytes(content)


async def _choice(name: str, file: bytes | None, sent: Mapping[str, str]) -> LogoChoice:
    unwanted = f"no_{name}" in sent and file is None
    kept = "" if unwanted else sent.get(f"{name}_kept", "")
    logo, bad = await _logo(file, kept)
    return LogoChoice(logo, unwanted, bad)


async def _logo(file: bytes | None, kept: str) -> tuple[Logo | None, BadReason | None]:
    """Return the chosen logo, else one that the form brought from an earlier try."""
    if file is None:
        return await _kept(kept), None
    try:
        return await logos.scale(file), None
    except BadLogo as error:
        return await _kept(kept), error.reason


async def _kept(kept: str) -> Logo | None:
    """Read what `keep` wrote, and check it anew, because it came from the browser."""
    try:
        return await logos.scale(base64.b64decode(kept, validate=True))
    except (BadLogo, binascii.Error, ValueError):
        return None


def keep(logo: Logo | None) -> str:
    """Write a chosen logo as a hidden field's value; empty without a logo."""
    return base64.b64encode(logo.content).decode() if logo else ""


def _person(sent: Mapping[str, str]) -> Person | None:
    """Return the contact person as typed; None from a page without these fields."""
    names = [f"person.{one.name}" for one in fields(Person)]
    if not sent.keys() >= set(names):
        return None
    return Person(*(sent[name] for name in names))


def _person_seen(raw: str) -> Person:
    try:
        return PERSON.validate_json(raw or "{}")
    except ValidationError:
        raise web.HTTPBadRequest(text="The form is not one of ours.\n") from None


def _settings(raw: str) -> AccountSettings:
    try:
        return SETTINGS.validate_json(raw)
    except ValidationError:
        raise web.HTTPBadRequest(text="The form is not one of ours.\n") from None
