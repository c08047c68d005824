"""Files on their way into Bitrix24's disk, in parts (methods.md 4)."""

import re
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import PurePath

import aiohttp

from ticket24.bitrix.rest.answers import decoded
from ticket24.bitrix.rest.client import Bitrix, Limiter
from ticket24.bitrix.rest.decode import items, mapping, whole, words
from ticket24.bitrix.rest.errors import (
    BitrixBroken,
    Permanent,
    from_answer,
    is_error,
)
from ticket24.bitrix.rest.links import checked
from ticket24.bitrix.rest.transport import read_all
from ticket24.domain.commands.model import Upload
from ticket24.domain.tickets.reasons import Cause, reason

_TIMEOUT = aiohttp.ClientTimeout(total=600, sock_connect=5, sock_read=65)
_MOST_FOLDERS = 10_000

# A file of this name already exists, whatever was asked for (methods.md 3.7).
_NAME_TAKEN = "DISK_OBJ_22000"

# Characters that disks refuse in names.
_FORBIDDEN = re.compile(r'[\x00-\x1f*/:<>?\\|"]')

Chunks = Callable[[], AsyncIterator[bytes]]


class Uploader:
    """Puts files into folders of an account; never holds a whole one."""

    def __init__(self, session: aiohttp.ClientSession, limiter: Limiter) -> None:
        self._session = session
        self._limiter = limiter
        self._folders: dict[tuple[str, str, int], int] = {}

    async def task_folder(
        self, bitrix: Bitrix, account: str, group_id: int, user_id: int
    ) -> int:
        """Return where files of a workgroup's tasks go: its disk, else the user's."""
        try:
            found = await self._storage(bitrix, account, "group", group_id)
        except Permanent:
            found = 0
        found = found or await self._storage(bitrix, account, "user", user_id)
        if not found:
            raise Permanent(
                "",
                f"neither workgroup {group_id} nor we have a disk",
                why=reason(Cause.NO_DRIVE, group=group_id),
            )
        return found

    async def chat_folder(self, bitrix: Bitrix, account: str, chat_id: int) -> int:
        """Return where files of a task's chat go."""
        known = (account, "chat", chat_id)
        if known not in self._folders:
            answer = await bitrix.call(
                "im.disk.folder.get", {"CHAT_ID": chat_id}, urgent=True
            )
            self._keep(known, whole(mapping(answer.result).get("ID")))
        return self._folders[known]

    async def upload(
        self, bitrix: Bitrix, account: str, folder_id: int, file: Upload, chunks: Chunks
    ) -> int:
        """Put a file into a folder; return its disk object id."""
        name = _FORBIDDEN.sub("_", file.name)
        try:
            return await self._send(bitrix, account, folder_id, name, file, chunks)
        except Permanent as error:
            if error.code != _NAME_TAKEN:
                self._folders.clear()  # One of them may be gone.
                raise
        path = PurePath(name)
        name = f"{path.stem} {secrets.token_hex(3)}{path.suffix}"
        return await self._send(bitrix, account, folder_id, name, file, chunks)

    async def _storage(
        self, bitrix: Bitrix, account: str, kind: str, entity_id: int
    ) -> int:
        known = (account, kind, entity_id)
        if known not in self._folders:
            params = {"filter": {"ENTITY_TYPE": kind, "ENTITY_ID": entity_id}}
            answer = await bitrix.call("disk.storage.getList", params, urgent=True)
            # Bitrix24 ignores an unknown filter, so look at what comes back.
            roots = [
                whole(storage.get("ROOT_OBJECT_ID"))
                for storage in map(mapping, items(answer.result))
                if storage.get("ENTITY_TYPE") == kind
                and whole(storage.get("ENTITY_ID")) == entity_id
            ]
            if not roots:
                return 0
            self._keep(known, roots[0])
        return self._folders[known]

    def _keep(self, known: tuple[str, str, int], folder_id: int) -> None:
        if len(self._folders) >= _MOST_FOLDERS:
            self._folders.clear()
        self._folders[known] = folder_id

    async def _send(
        self,
        bitrix: Bitrix,
        account: str,
        folder_id: int,
        name: str,
        file: Upload,
        chunks: Chunks,
    ) -> int:
        params = {"id": folder_id, "data": {"NAME": name}, "generateUniqueName": True}
        answer = await bitrix.call("disk.folder.uploadFile", params, urgent=True)
        place = mapping(answer.result)
        url = await checked(words(place.get("uploadUrl")), bitrix.address)
        await self._limiter.take(account, {"upload"}, urgent=True)
        field = words(place.get("field")) or "file"
        status, body = await self._post(url, field, name, file, chunks)
        if is_error(body):
            raise from_answer(status, body, "upload")
        object_id = whole(mapping(mapping(body).get("result")).get("ID"))
        if not object_id:
            raise BitrixBroken("", "upload: no id in the answer")
        return object_id

    async def _post(
        self, url: str, field: str, name: str, file: Upload, chunks: Chunks
    ) -> tuple[int, object]:
        boundary = f"ticket24-{secrets.token_hex(16)}"
        head = _head(boundary, field, name, file.type)
        tail = f"\r\n--{boundary}--\r\n".encode()

        faults: list[Exception] = []

        async def body() -> AsyncIterator[bytes]:
            yield head
            try:
                async for chunk in chunks():
                    yield chunk
            except Exception as fault:
                faults.append(fault)
                raise
            yield tail

        headers = {
            "Accept": "application/json",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + file.size + len(tail)),
        }
        try:
            async with self._session.post(
                url,
                data=body(),
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                return response.status, decoded(await read_all(response))
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = type(error).__name__
        # This is not inside `except`: aiohttp's errors may show the link with a token.
        if faults:
            raise faults[0]
        raise BitrixBroken("", f"upload: broke off ({reason})")


def _head(boundary: str, field: str, name: str, type_: str) -> bytes:
    quoted = name.replace('"', "%22")
    return (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n'
        f"Content-Type: {type_}\r\n\r\n"
    ).encode()
