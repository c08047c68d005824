"""The settings' form as a browser sends it, with the file of a logo."""

import base64
import binascii
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web
from pydantic import TypeAdapter, ValidationError

from ticket24.domain.settings.form import SettingsForm, typed
from ticket24.domain.settings.model import AccountSettings
from ticket24.flows.settings import logos
from ticket24.flows.settings.logos import BadLogo, BadReason
from ticket24.portal import bodies
from ticket24.staff.frames import MOST_FIELDS, parts_of
from ticket24.store.accounts.logos import Logo

SETTINGS = TypeAdapter(AccountSettings)

# The last field of the form: without it something of it got lost on the way.
_END = "end"


@dataclass(frozen=True, slots=True)
class Posted:
    """What was sent. `logo` is a new one that was chosen now or in an earlier try.

    `seen` are the settings that the page was made of: who saved others meanwhile is
    not overwritten. `no_logo` says that none is wanted, `bad_logo` why the chosen
    file is none.
    """

    form: SettingsForm
    seen: AccountSettings
    action: str = ""
    tab: str = ""
    find: str = ""
    logo: Logo | None = None
    no_logo: bool = False
    bad_logo: BadReason | None = None


@dataclass(slots=True)
class _Raw:
    pairs: list[tuple[str, str]] = field(default_factory=list)
    file: bytes = b""
    chosen: bool = False
    too_large: bool = False


async def read_posted(request: web.Request) -> Posted:
    """Read the form; raise HTTPBadRequest where it is not a whole form of ours.

    A file that is no logo is a fault of the form, and of nothing else in it.
    """
    raw = await _raw(request)
    sent = dict(reversed(raw.pairs))
    if _END not in sent:
        raise web.HTTPBadRequest(text="The form is not complete.\n")
    unwanted = "no_logo" in sent and not raw.chosen
    logo, bad = await _logo(raw, "" if unwanted else sent.get("logo_kept", ""))
    return Posted(
        form=typed(raw.pairs),
        seen=_settings(sent.get("seen", "")),
        action=sent.get("do", "save"),
        tab=sent.get("tab", ""),
        find=sent.get("find", "").strip(),
        logo=logo,
        no_logo=unwanted,
        bad_logo=bad,
    )


async def _raw(request: web.Request) -> _Raw:
    raw = _Raw()
    if not bodies.is_multipart(request):
        raw.pairs = await bodies.pairs(request)
        return raw
    reader, left = await parts_of(request), bodies.MOST_TEXT_BYTES
    while (part := await bodies.next_part(reader)) is not None:
        name, file = bodies.names_of(part)
        if file is not None:
            await _take_file(request, part, raw, wanted=bool(file) and name == "logo")
            continue
        if len(raw.pairs) >= MOST_FIELDS:
            raise web.HTTPRequestEntityTooLarge(MOST_FIELDS)
        text = await bodies.text(part, left)
        left -= len(text)
        raw.pairs.append((name, text))
    return raw


async def _take_file(
    request: web.Request, part: BodyPartReader, raw: _Raw, *, wanted: bool
) -> None:
    """Read a file to its end; keep no more of it than a logo may have."""
    if wanted and not raw.chosen:
        raw.chosen = True
        content = bytearray()
        while chunk := await bodies.next_chunk(part):
            content += chunk
            if len(content) > logos.MOST_BYTES:
                raw.too_large = True
                break
        raw.file = b"" if raw.too_large else bytes(content)
    if not await bodies.drain(request, part):
        raise web.HTTPRequestEntityTooLarge(logos.MOST_BYTES)


async def _logo(raw: _Raw, kept: str) -> tuple[Logo | None, BadReason | None]:
    """Return the chosen logo, else that of an earlier try, as the form brought it."""
    if raw.too_large:
        return await _kept(kept), BadReason.TOO_LARGE
    if not raw.chosen:
        return await _kept(kept), None
    try:
        return await logos.scale(raw.file), None
    except BadLogo as error:
        return await _kept(kept), error.reason


async def _kept(kept: str) -> Logo | None:
    """Read what `keep` wrote; it came by the browser, so it is judged anew."""
    try:
        return await logos.scale(base64.b64decode(kept, validate=True))
    except (BadLogo, binascii.Error, ValueError):
        return None


def keep(logo: Logo | None) -> str:
    """Write a chosen logo for a hidden field; empty without one."""
    return base64.b64encode(logo.content).decode() if logo else ""


def _settings(raw: str) -> AccountSettings:
    try:
        return SETTINGS.validate_json(raw)
    except ValidationError:
        raise web.HTTPBadRequest(text="The form is not one of ours.\n") from None
