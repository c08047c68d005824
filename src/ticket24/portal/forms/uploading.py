"""Forms with files: read part by part, each file streamed to the spool."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web

from ticket24.domain.commands.files import file_name, is_program
from ticket24.domain.commands.forms import Fault, Wrong
from ticket24.domain.commands.model import Upload
from ticket24.portal.forms.form import say
from ticket24.portal.pages import language_of, login_of, portal_of
from ticket24.site import limits
from ticket24.site.walk import File, Flood, Walk, walk_of
from ticket24.store.commands.spool import SpoolFull, TooLarge

routes = web.RouteTableDef()


@dataclass(slots=True)
class Posted:
    """A form as it was sent. `uploads` came with it; `kept` are ids of earlier ones."""

    fields: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def note(self, name: str, value: str) -> None:
        """Take a text field in; of a repeated one the first counts."""
        if name == "upload":
            if value not in self.kept:
                self.kept.append(value)
        elif name == "remove":
            self.kept = [kept for kept in self.kept if kept != value]
        else:
            self.fields.setdefault(name, value)


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

    Raise HTTPException for what cannot be read; none of its files is kept then. What
    is wrong with a file is a fault.
    """
    walk, posted = walk_of(request), Posted()
    try:
        await _read(request, walk, posted)
    except BaseException:
        await forget(request, posted.uploads)
        raise
    walk.kept = [upload.id for upload in posted.uploads]
    return posted


async def _read(request: web.Request, walk: Walk, posted: Posted) -> None:
    try:
        while (met := await walk.next()) is not None:
            if isinstance(met, File):
                await _take(request, met, posted)
            else:
                posted.note(met.name, met.text)
    except Flood:
        if not posted.faults:
            raise


async def _take(request: web.Request, file: File, posted: Posted) -> None:
    first = await file.read()
    if not first and not file.name:
        return  # A file field that was left empty.
    name = file_name(file.name)
    wrong = await _keep(request, file, posted, name, first)
    if wrong:
        posted.faults.append(Fault("files", wrong, name))


async def _keep(
    request: web.Request, file: File, posted: Posted, name: str, first: bytes
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
            file.type[:100],
            file.chunks(first),
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
    wanted = list(ids)[: limits.PORTAL.parts]
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
