"""Forms with files: read part by part, with each file streamed to the spool."""

from dataclasses import dataclass, field

from aiohttp import web

from ticket24.domain.commands.files import file_name, is_program
from ticket24.domain.commands.forms import Fault, Wrong
from ticket24.domain.commands.model import Upload
from ticket24.domain.commands.own_fields import is_several, of_file
from ticket24.i18n import translations
from ticket24.portal.asker import Asker
from ticket24.portal.forms.form import say
from ticket24.portal.rendering import asker_of
from ticket24.site.walk import Flood, FormFile, Walk, walk_of
from ticket24.store.commands.spool import SpoolFull, TooLarge

routes = web.RouteTableDef()


@dataclass(slots=True)
class SentForm:
    """A form as it was sent. `uploads` came with it; `kept` are ids of earlier ones."""

    fields: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def note(self, name: str, value: str) -> None:
        """Add a text field; if a field is repeated, its first value counts."""
        if name == "upload":
            if value not in self.kept:
                self.kept.append(value)
        elif name == "remove":
            self.kept = [kept for kept in self.kept if kept != value]
        elif is_several(name) and name in self.fields:
            self.fields[name] += f"\n{value}"
        else:
            self.fields.setdefault(name, value)

    def bind(self, name: str, upload: Upload) -> None:
        """Fill in a file in one of the company's own fields, in place of an earlier."""
        earlier = self.fields.get(name, "")
        self.kept = [kept for kept in self.kept if kept != earlier]
        self.fields[name] = upload.id


@routes.post("/p/{slug}/uploads", name="uploads")
async def receive_upload(request: web.Request) -> web.Response:
    """Keep one file that was sent ahead of its form."""
    return await receive(walk_of(request), asker_of(request))


async def receive(walk: Walk, asker: Asker) -> web.Response:
    """Keep a file for the asker, and tell a script its id or what is wrong with it."""
    posted = await read_form(walk, asker)
    if posted.faults:
        words = say(posted.faults[0], asker.language, asker.settings)
        status = 503 if posted.faults[0].what is Wrong.FULL else 422
        return web.json_response({"error": words}, status=status)
    if not posted.uploads:
        raise web.HTTPBadRequest(text="There is no file in it.\n")
    upload = posted.uploads[0]
    return web.json_response(
        {"id": upload.id, "name": upload.name, "size": upload.size}
    )


async def read_form(walk: Walk, asker: Asker) -> SentForm:
    """Read a form of either kind; afterwards its files are in the spool.

    Raise HTTPException if the form cannot be read, and keep none of its files then. A
    file that is not acceptable is a fault.
    """
    posted = SentForm()
    try:
        await _read(walk, asker, posted)
    except BaseException:
        await asker.forget_uploads(posted.uploads)
        raise
    walk.kept = [upload.id for upload in posted.uploads]
    return posted


async def _read(walk: Walk, asker: Asker, posted: SentForm) -> None:
    bound: dict[str, Upload] = {}
    try:
        while (met := await walk.next()) is not None:
            if isinstance(met, FormFile):
                await _take(asker, met, posted, bound)
            else:
                posted.note(met.name, met.text)
    except Flood:
        if not posted.faults:
            raise
    for name, upload in bound.items():
        posted.bind(name, upload)


async def _take(
    asker: Asker, file: FormFile, posted: SentForm, bound: dict[str, Upload]
) -> None:
    first = await file.read()
    if not first and not file.name:
        return  # A file field that was left empty.
    name = file_name(file.name, translations(asker.language).gettext("file"))
    wrong = await _keep(asker, file, posted, name, first)
    own = of_file(file.field)
    if wrong:
        at = own.replace(".", "-") or "files"
        posted.faults.append(Fault(at, wrong, name))
    elif own:
        bound.setdefault(own, posted.uploads[-1])


async def _keep(
    asker: Asker, file: FormFile, posted: SentForm, name: str, first: bytes
) -> Wrong | None:
    """Put a file into the spool; return why not if that fails."""
    if len(posted.kept) + len(posted.uploads) >= asker.settings.upload_files:
        return Wrong.MANY
    if not first:
        return Wrong.EMPTY
    if is_program(name, first):
        return Wrong.PROGRAM
    try:
        upload = await asker.keep_file(name, file.type[:100], file.chunks(first))
    except TooLarge:
        return Wrong.LARGE
    except SpoolFull:
        return Wrong.FULL
    posted.uploads.append(upload)
    return None
