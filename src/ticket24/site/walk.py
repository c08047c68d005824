"""Walks a posted form once: its token first, then fields and files as they came.

Raises only HTTPBadRequest, HTTPRequestTimeout, HTTPRequestEntityTooLarge,
HTTPUnsupportedMediaType and HTTPServiceUnavailable.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import BodyPartReader, MultipartReader, hdrs, web

from ticket24.site import bodies, limits
from ticket24.site.arriving import ARRIVING
from ticket24.site.asking import address_of, settings_of
from ticket24.site.limits import Limits

# The field that says which page of ours a form is on. It comes first.
TOKEN = "csrf_token"  # noqa: S105  A field's name.

_FORM = "application/x-www-form-urlencoded"
_DEFAULT_TYPE = "application/octet-stream"


class TooMuch(web.HTTPRequestEntityTooLarge):
    """The form exceeds a limit; what came before that has been walked."""


class Flood(TooMuch):
    """The form has more bytes of files than any honest form."""


@dataclass(frozen=True, slots=True)
class Field:
    """A text that was sent, or the beginning of one that is too long."""

    name: str
    text: str


class FormFile:
    """A file of a form; whatever is not read of it is skipped.

    `field` is the name of its field. `name` is its own name, empty if no file was
    chosen.
    """

    def __init__(self, part: BodyPartReader, field: str, name: str) -> None:
        self.field = field
        self.name = name
        self.type = part.headers.get(hdrs.CONTENT_TYPE, _DEFAULT_TYPE)
        self.failed = False
        self._part = part

    async def read(self) -> bytes:
        """Return the next chunk; an empty one is the end."""
        self.failed = True
        chunk = await bodies.next_chunk(self._part)
        self.failed = False
        return chunk

    async def chunks(self, first: bytes) -> AsyncIterator[bytes]:
        """Yield what was read first, and then the rest."""
        chunk = first
        while chunk:
            yield chunk
            chunk = await self.read()


class Walk:
    """What was posted, walked once. Later callers go on where earlier ones stopped.

    `fields` are those met so far, in their order, without the token, so they are
    available even if the rest cannot be read. `kept` names files of the form that are
    kept, for pages that give a form back.
    """

    def __init__(self, request: web.Request, most: Limits) -> None:
        self.fields: list[tuple[str, str]] = []
        self.kept: list[str] = []
        # A token from anywhere in the form, valid or not.
        self.sent = ""
        self._request = request
        self._most = most
        self._owner = ""
        self._token: str | None = None
        self._begun = self._over = False
        self._pairs: Sequence[tuple[str, str]] = ()
        self._reader: MultipartReader | None = None
        self._first: BodyPartReader | None = None
        self._file: FormFile | None = None
        self._parts = 0
        self._text_bytes = 0

    def belongs(self, owner: str) -> None:
        """Wait longer for the rest, because its owner is known."""
        self._owner = owner
        self._request.config_dict[ARRIVING].know(self._request, owner)

    def hear_out(self) -> None:
        """Read on for a moment, even though too many bodies were under way."""
        self._request.config_dict[ARRIVING].hear_out(self._request, self._owner)

    async def whole(self) -> bytes:
        """Return the whole of a body without files; later calls return it again."""
        self._wait()
        async with bodies.patience():
            return await self._request.read()

    async def token(self) -> str:
        """Return the token; empty if the form does not have one as its first part."""
        if not self._begun:
            await self._begin()
        if self._token is None:
            self._token, self._over = "", True  # Nobody reads on after a fault.
            self._token = self.sent = await self._first_token()
            self._over = False
        return self._token

    async def next(self) -> Field | FormFile | None:
        """Return the next field or file; None after the last, and after a fault.

        Raises TooMuch beyond a limit. If a text is too long, `fields` then has its
        beginning.
        """
        await self.token()
        while not self._over:
            self._over = True
            found = await self._next()
            if found is None:
                break
            self._over = False
            if isinstance(found, FormFile):
                return found
            if found.name != TOKEN:
                self.fields.append((found.name, found.text))
                return found
            self.sent = self.sent or found.text
        return None

    async def all(self) -> list[tuple[str, str]]:
        """Return the fields in their order; skip files."""
        while await self.next():
            pass
        return self.fields

    async def heard(self) -> dict[str, str]:
        """Return the first field of each name, as far as the form can be read."""
        with suppress(TooMuch, web.HTTPRequestTimeout):
            await self.all()
        return dict(reversed(self.fields))

    async def _begin(self) -> None:
        kind = bodies.media_type(self._request.headers)
        if kind == _FORM:
            self._pairs = await bodies.pairs(await self.whole(), self._most.parts)
        elif kind.startswith("multipart/") and self._most.files:
            self._wait()
            async with bodies.patience():
                self._reader = bodies.FormReader(
                    self._request.headers, self._request.content
                )
        self._begun = True

    async def _first_token(self) -> str:
        if self._reader is None:
            return next((text for name, text in self._pairs if name == TOKEN), "")
        part = await bodies.next_part(self._reader)
        if part is None or bodies.names_of(part) != (TOKEN, None):
            self._first = part
            return ""
        token, size = await bodies.text(part, limits.TOKEN_BYTES)
        if size > limits.TOKEN_BYTES:
            raise TooMuch(limits.TOKEN_BYTES)
        return token

    async def _next(self) -> Field | FormFile | None:
        if self._reader is None:
            self._parts += 1
            met = self._pairs[self._parts - 1 : self._parts]
            return Field(*met[0]) if met else None
        if self._file and self._file.failed:
            return None
        await self._pass_over()
        part = self._first or await bodies.next_part(self._reader)
        self._first = None
        if part is None:
            return None
        self._parts += 1
        if self._parts > self._most.parts:
            raise TooMuch(self._most.parts)
        field, file = bodies.names_of(part)
        if file is not None:
            self._file = FormFile(part, field, file)
            return self._file
        return Field(field, await self._text(field, part))

    async def _text(self, field: str, part: BodyPartReader) -> str:
        text, size = await bodies.text(part, limits.TEXT_BYTES - self._text_bytes)
        self._text_bytes += size
        if self._text_bytes > limits.TEXT_BYTES:
            self.fields.append((field, text))
            raise TooMuch(limits.TEXT_BYTES)
        return text

    async def _pass_over(self) -> None:
        """Read what is left of a file, because browsers read no answer before.

        A file larger than any in an honest form is not read to its end: then the
        connection is closed.
        """
        settings = settings_of(self._request)
        most = settings.message_bytes + settings.file_bytes
        while self._file and await self._file.read():
            if self._request.content.total_bytes > most:
                raise Flood(most)
        self._file = None

    def _wait(self) -> None:
        arriving = self._request.config_dict[ARRIVING]
        arriving.wait_for(self._request, address_of(self._request), self._owner)


_KEY = web.RequestKey("WALK", Walk)


def bounded(request: web.Request, most: Limits) -> web.Request:
    """Return the request with its form, of which no more than `most` is read."""
    request = request.clone(client_max_size=most.body_bytes)
    request[_KEY] = Walk(request, most)
    return request


def walk_of(request: web.Request) -> Walk:
    """Return what was posted."""
    return request[_KEY]


def known(request: web.Request, owner: str) -> None:
    """Say who owns the request: the owner's posts may take longer."""
    if _KEY in request:
        request[_KEY].belongs(owner)


def sent_token(request: web.Request) -> str:
    """Return the token that a form came with, valid or not; empty if it had none."""
    return request[_KEY].sent if _KEY in request else ""
