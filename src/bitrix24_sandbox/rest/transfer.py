"""Bytes of files: links to download from, and the address to upload to.

A link to `ajax.php` needs a browser's session: without one it answers 200 with the
login page.
"""

import re
from collections.abc import Awaitable, Callable

from aiohttp import BodyPartReader, web

from bitrix24_sandbox import php
from bitrix24_sandbox.account import files
from bitrix24_sandbox.account.records import DiskFile
from bitrix24_sandbox.rest import obstacles
from bitrix24_sandbox.rest.calls import Call
from bitrix24_sandbox.rest.methods import disk as rest_disk
from bitrix24_sandbox.rest.obstacles import SERVER
from bitrix24_sandbox.rest.server import Server

_LASTING = re.compile(r"disk\|(\d+)\|[0-9a-f]{32}")


async def download(request: web.Request) -> web.StreamResponse:
    """Send a file for its token, which works always (disk|) or once (im|)."""
    rest = request.app[SERVER]
    rest.stats.methods["download"] += 1
    token = request.query.get("token", "")
    if token in rest.links.downloads:
        return _send(rest.world.files[rest.links.downloads.pop(token)])
    found = _LASTING.fullmatch(token)
    file = rest.world.files.get(int(found[1])) if found else None
    secret = request.match_info.get("code") or request.query.get("auth", "")
    known = _user_by_secret(rest, secret) is not None
    if file is None or not known or rest_disk.disk_token(file.id, secret) != token:
        return obstacles.answer(
            {"error": "ACCESS_DENIED", "error_description": "Access denied"}, 403
        )
    return _send(file)


async def upload(request: web.Request) -> web.StreamResponse:
    """Take a file for the folder that the link was made for."""
    rest = request.app[SERVER]
    link = rest.links.uploads.pop(request.query.get("token", ""), None)
    if link is None:
        return obstacles.answer(
            {"error": "ACCESS_DENIED", "error_description": "Access denied"}, 403
        )
    folder_id, caller = link
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            content = bytes(await part.read())
            name, by = part.filename or "file", caller.user_id
            file = files.add_file(rest.world, by, name, content, folder_id)
            call = Call(rest.world, caller, {}, rest.links)
            shown = rest_disk.uploaded_view(call, file)
            return obstacles.answer({"result": shown})
    return obstacles.answer(
        {"error": "ERROR_COULD_NOT_SAVE_FILE", "error_description": "No file"}, 400
    )


async def attached(request: web.Request) -> web.StreamResponse:
    """Send an attachment for the token in its relative link."""
    rest = request.app[SERVER]
    rest.stats.methods["uf.php"] += 1
    secret = request.query.get("auth[auth]", "")
    number = php.as_int(request.query.get("attachedId", ""))
    found = rest.world.attachments.get(number)
    if found is None or _user_by_secret(rest, secret) is None:
        return obstacles.page("Authorization")
    return _send(rest.world.files[found.object_id])


async def session_only(_request: web.Request) -> web.StreamResponse:
    """Show the login page to callers without a session."""
    return obstacles.page("Authorization")


ENDPOINTS: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
    "download": download,
    "upload": upload,
}


def _user_by_secret(rest: Server, secret: str) -> int | None:
    for hook in rest.world.webhooks:
        if hook.code == secret and secret and not hook.revoked:
            return hook.user_id
    token = rest.world.tokens.get(secret)
    return token.user_id if token else None


def _send(file: DiskFile) -> web.Response:
    return web.Response(
        body=file.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="file{file.id}"'},
    )
