"""Forms with files: read part by part, each file streamed to the spool."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from ticket24.domain.commands.files import file_name, is_program
from ticket24.domain.commands.forms import Fault, Wrong
from ticket24.domain.commands.model import Upload
from ticket24.portal import bodies
from ticket24.portal.forms import csrf
from ticket24.portal.forms.form import say
from ticket24.portal.pages import language_of, login_of, portal_of
from ticket24.store.commands.spool import SpoolFull, TooLarge

routes = web.RouteTableDef()


@dataclass(slots=True)
class Posted:
    """A form as it was sent. `uploads` came with it; `kept` are ids of earlier ones."""

    fields: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    text_size: int = 0

    def note(self, name: str, value: str) -> None:
        """Take a text field in; of a repeated one the first counts."""
        if name == "upload":
            if value not in self.kept:
                self.kept.append(value)
        elif name == "remove":
            self.kept = [kept for kept in self.kept if kept != value]
        else:
            self.fields.setdefault(name, value)


# What was read of a form, also if the rest of it could not be.
POSTED = web.RequestKey("POSTED", Posted)


@routes.post("/p/{slug}/uploads", name="uploads")
async def receive_upload(request: web.Request) -> web.Response:
    """Keep one file, sent ahead of its form."""
    login_of(request)
    return await receive(request)


async def receive(request: web.Request) -> web.Response:
    """Keep a file for whoever is signed in, and tell a script its id or the trouble."""
    posted = await read_form(request)
    if posted.faults:
        words = say(posted.faults[0], language_of(request), portal_of(request).settings)
        status = 503 if posted.faults[0].what is Wrong.FULL else 422
        return web.json_response({"error": words}, status=status)
    if not posted.uploads:
        raise web.HTTPBadRequest(text="There is no file in it.\n")
    upload = posted.uploads[0]
    return web.json_response(
        {"id": upload.id, "name": upload.name, "size": upload.size}
    )


async def read_form(request: web.Request) -> Posted:
    """Read a form of either kind; its files are in the spool afterwards.

    Raise HTTPBadRequest for what cannot be read; nothing of it is kept then. What
    is wrong with a file is a fault; the fields that came before are there in any
    case.
    """
    posted = request[POSTED] = Posted()
    if not bodies.is_multipart(request):
        for name, value in await bodies.pairs(request):
            posted.note(name, value)
        return posted
    try:
        await _read_parts(request, posted)
    except BaseException:
        await forget(request, posted.uploads)
        posted.uploads.clear()
        raise
    return posted


async def _read_parts(request: web.Request, posted: Posted) -> None:
    reader = await csrf.parts_of(request)
    for _ in range(bodies.MOST_PARTS):
        part = await bodies.next_part(reader)
        if part is None or not await _take(request, part, posted):
            return
    raise web.HTTPBadRequest(text="There are too many parts in it.\n")


async def _take(request: web.Request, part: BodyPartReader, posted: Posted) -> bool:
    """Take one part in; False if it is better not to read on."""
    field_name, file = bodies.names_of(part)
    if file is None:
        try:
            posted.note(field_name, await _text(part, posted))
        except bodies.TooLong as error:
            posted.note(field_name, error.beginning)
            raise
        return True
    first = await bodies.next_chunk(part)
    if not first and not file:
        return True  # A file field that was left empty.
    name = file_name(file)
    wrong = await _keep(request, part, posted, name, first)
    if wrong is None:
        return True
    posted.faults.append(Fault("files", wrong, name))
    return await bodies.drain(request, part)


async def _keep(
    request: web.Request, part: BodyPartReader, posted: Posted, name: str, first: bytes
) -> Wrong | None:
    """Put a file into the spool; return why not."""
    settings, login = portal_of(request).settings, login_of(request)
    if len(posted.kept) + len(posted.uploads) >= settings.upload_files:
        return Wrong.MANY
    if not first:
        return Wrong.EMPTY
    if is_program(name, first):
        return Wrong.PROGRAM
    try:
        upload = await portal_of(request).stores.spool.keep(
            login.account,
            login.owner,
            name,
            part.headers.get("Content-Type", "application/octet-stream")[:100],
            _chunks(first, part),
            limit=settings.file_bytes,
        )
    except TooLarge:
        return Wrong.LARGE
    except SpoolFull:
        return Wrong.FULL
    posted.uploads.append(upload)
    return None


async def kept_uploads(request: web.Request, ids: Iterable[str]) -> list[Upload]:
    """Return those of these uploads that are still there, and theirs."""
    wanted = list(ids)[: bodies.MOST_PARTS]
    if not wanted:
        return []
    login = login_of(request)
    return await portal_of(request).stores.spool.owned(
        login.account, login.owner, wanted
    )


async def forget(request: web.Request, uploads: Iterable[Upload]) -> None:
    """Take files out of the spool that no command needs."""
    ids = [upload.id for upload in uploads]
    if ids:
        login = login_of(request)
        await portal_of(request).stores.spool.remove(login.account, login.owner, ids)


async def _chunks(first: bytes, part: BodyPartReader) -> AsyncIterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = await bodies.next_chunk(part)


async def _text(part: BodyPartReader, posted: Posted) -> str:
    text = await bodies.text(part, bodies.MOST_TEXT_BYTES - posted.text_size)
    posted.text_size += len(text)
    return text
