"""Files go into Bitrix24's disk, in parts, under names that it takes."""

import asyncio

import pytest
from aiohttp import ClientSession, web

from bitrix24_sandbox.account import files
from bitrix24_sandbox.errors import Refused
from bitrix24_sandbox.rest import catalogue as methods
from bitrix24_sandbox.rest import transfer
from ticket24.bitrix.files.uploading import Uploader
from ticket24.bitrix.rest.access import Webhook
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import BitrixBroken, Permanent
from ticket24.domain.commands.model import Upload

CONTENT = b"0123456789" * 1000


@pytest.fixture
async def bitrix(desk):
    async with ClientSession() as session:
        access = Webhook(desk.webhook_url, allow_loopback=True)
        yield Bitrix(session, "acme", access, desk.stores.limiter)


@pytest.fixture
async def uploader(desk):
    async with ClientSession() as session:
        yield Uploader(session, desk.stores.limiter)


@pytest.fixture
def folder(desk):
    return files.storage(desk.world, "group", str(desk.groups[0])).root_id


def upload(name="notes.txt", type_="text/plain"):
    return Upload("u" * 22, name, len(CONTENT), type_)


async def parts():
    for start in range(0, len(CONTENT), 999):
        yield CONTENT[start : start + 999]


async def changed(monkeypatch, name, run):
    """Let a method of the sandbox run otherwise."""
    method = methods.CLASSIC[name.lower()]
    other = type(method)(method.name, run, method.scopes, upload=method.upload)
    monkeypatch.setitem(methods.CLASSIC, name.lower(), other)
    return method.run


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("notes.txt", "notes.txt"),
        ('Über "Größe" 100%.txt', "Über _Größe_ 100%.txt"),
        ("a:b*c?.txt", "a_b_c_.txt"),
    ],
)
async def test_a_file_comes_whole_under_its_name(
    desk, bitrix, uploader, folder, name, kept
):
    """What disks refuse in names is replaced."""
    number = await uploader.upload(bitrix, "acme", folder, upload(name), parts)
    file = desk.world.files[number]

    assert (kept, CONTENT, folder) == (file.name, file.content, file.folder_id)


async def test_a_name_that_is_taken_gets_another(
    desk, bitrix, uploader, folder, monkeypatch
):
    """We choose another name if Bitrix24 does not find one by itself."""
    refused = []

    def run(call):
        if not refused:
            refused.append(call.get("data")["NAME"])
            raise Refused("DISK_OBJ_22000", "A file with this name already exists.")
        return original(call)

    original = await changed(monkeypatch, "disk.folder.uploadFile", run)
    number = await uploader.upload(bitrix, "acme", folder, upload(), parts)

    assert ["notes.txt"] == refused
    assert desk.world.files[number].name.startswith("notes ")
    assert desk.world.files[number].name.endswith(".txt")


async def test_an_answer_that_comes_in_pieces_is_read_whole(
    desk, bitrix, uploader, folder, monkeypatch
):
    """Otherwise the file would be sent again, and be there twice."""
    whole_answer = transfer.ENDPOINTS["upload"]

    async def in_pieces(request):
        body = (await whole_answer(request)).body
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(body[:10])
        await asyncio.sleep(0.05)  # What has come by now is read by now.
        await answer.write(body[10:])
        return answer

    monkeypatch.setitem(transfer.ENDPOINTS, "upload", in_pieces)
    number = await uploader.upload(bitrix, "acme", folder, upload(), parts)

    assert CONTENT == desk.world.files[number].content


async def test_files_of_tasks_go_to_the_group_or_to_us(
    desk, bitrix, uploader, folder, monkeypatch
):
    """The user's own disk replaces that of a group without one; we ask once."""
    group = desk.groups[0]
    assert folder == await uploader.task_folder(bitrix, "acme", group, 1)
    assert folder == await uploader.task_folder(bitrix, "acme", group, 1)
    ours = files.storage(desk.world, "user", "1").root_id
    asked = []

    def no_groups(call):
        asked.append(call.get("filter"))
        rows = original(call).result
        return [row for row in rows if row["ENTITY_TYPE"] != "group"]

    original = await changed(monkeypatch, "disk.storage.getList", no_groups)
    assert folder == await uploader.task_folder(bitrix, "acme", group, 1)
    assert [] == asked
    assert ours == await uploader.task_folder(bitrix, "acme", desk.groups[1], 1)

    def everything(call):
        call.params.pop("filter")
        return original(call)

    await changed(monkeypatch, "disk.storage.getList", everything)
    with pytest.raises(Permanent):
        await uploader.task_folder(bitrix, "acme", 4711, 4712)


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/rest/upload.json?token=secret",
        "http://example.com/upload?token=secret",
        "{}/rest/nowhere.html?token=secret",
        "http://127.0.0.1:1/?token=secret",
        "",
    ],
)
async def test_no_file_goes_where_it_must_not(
    desk, bitrix, uploader, folder, monkeypatch, url
):
    """The token of the place is not revealed either."""
    await changed(
        monkeypatch,
        "disk.folder.uploadFile",
        lambda _: {"field": "file", "uploadUrl": url.format(desk.world.address)},
    )
    with pytest.raises((BitrixBroken, Permanent)) as caught:
        await uploader.upload(bitrix, "acme", folder, upload(), parts)

    assert "secret" not in repr(caught.value)
    assert "secret" not in repr(caught.value.__context__)


async def test_a_refused_file_says_why(desk, bitrix, uploader, folder, monkeypatch):
    """It says so in Bitrix24's own words; then folders are asked for anew."""
    group = desk.groups[0]
    await uploader.task_folder(bitrix, "acme", group, 1)
    with pytest.raises(Permanent, match="Could not find"):
        await uploader.upload(bitrix, "acme", 4711, upload(), parts)
    asked = []
    original = await changed(
        monkeypatch,
        "disk.storage.getList",
        lambda call: asked.append(1) or original(call),
    )
    await uploader.task_folder(bitrix, "acme", group, 1)

    assert [1] == asked


async def test_what_our_side_lacks_is_our_fault(bitrix, uploader, folder):
    """A spool that breaks off is not taken for a broken Bitrix24."""

    async def broken():
        yield CONTENT[:5]
        raise LookupError("gone")

    with pytest.raises(LookupError):
        await uploader.upload(bitrix, "acme", folder, upload(), broken)
