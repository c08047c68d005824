"""Files on their way to us: streamed, counted, refused with words, kept."""

import re

import pytest
from desk import until
from formfilling import Visitor, multipart
from showroom import Showroom

from ticket24.store import keys

MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setenv("TICKET24_UPLOAD_MEGABYTES", "1")
    monkeypatch.setenv("TICKET24_UPLOAD_FILES", "3")


@pytest.fixture
async def room(redis, redis_url, small):
    async with Showroom(redis, redis_url) as room:
        yield room


async def kept(room):
    """Count the files in the spool."""
    return len([key async for key in room.redis.scan_iter("*:upload:*:chunks")])


async def upload(visitor, name, content, *, token=None, **more):
    """Send one file ahead, as the page's script does."""
    token = token or (await visitor.hidden())["csrf_token"]
    headers = {"X-CSRF-Token": token, "Accept": "application/json", **more}
    async with visitor.session.post(
        visitor.room.address("uploads"),
        data=multipart({}, [(name, content)]),
        headers=headers,
    ) as response:
        return response.status, await response.json()


async def commands(room):
    waiting = await room.commands.waiting(room.account.id, [43])
    return [one.command for one in waiting]


async def test_a_file_can_be_sent_ahead(room, anna):
    """A file sent by the page's script becomes part of the form that names it."""
    status, told = await upload(anna, "photo.png", b"x" * 300_000)

    assert (200, "photo.png", 300_000) == (status, told["name"], told["size"])

    await anna.open(upload=told["id"])

    (command,) = await commands(room)
    assert [told["id"]] == [one.id for one in command.uploads]


async def test_a_file_without_a_name_is_called_a_file_in_its_customers_words(
    room, anna
):
    """It is named when it comes, and pages, mails and staff read that name."""
    told = [
        (await upload(anna, "…/.", b"x", **{"Accept-Language": language}))[1]["name"]
        for language in ("en", "de", "pt-BR")
    ]

    assert ["file", "Datei", "arquivo"] == told


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "setup.exe",
            b"MZ",
            "“setup.exe” wasn’t added because we don’t accept programs",
        ),
        ("a.txt", b"", "“a.txt” wasn’t added because the file is empty"),
        (
            "a.zip",
            b"x" * (MEGABYTE + 1),
            "“a.zip” wasn’t added because it’s larger than 1 MB",
        ),
    ],
)
async def test_refused_files_are_told_in_words(room, anna, name, content, words):
    """Both ways to send a file refuse it with the same sentence, and keep nothing."""
    assert (422, {"error": words}) == await upload(anna, name, content)

    answer = await anna.open([(name, content)])

    assert (422, [("files", words)]) == (answer.status, answer.errors)
    assert "Printer is on fire" == answer.value("subject")
    assert 0 == await kept(room)


async def test_a_full_spool_is_told(room, anna):
    """If there is no room for files, the words of the form are still kept."""
    await room.redis.hset(keys.SPOOL_SIZES, "total", room.settings.spool_bytes)

    status, told = await upload(anna, "a.txt", b"hello")
    answer = await anna.open([("a.txt", b"hello")])

    assert (503, 422) == (status, answer.status)
    assert "we have no room for files right now" in told["error"]
    assert [("files", told["error"])] == answer.errors
    assert "It burns." in answer.value("text")


async def test_a_file_of_exactly_the_limit_is_welcome(room, anna):
    """The limit itself is allowed."""
    status, _ = await upload(anna, "a.zip", b"x" * MEGABYTE)

    assert (200, 1) == (status, await kept(room))


async def test_files_survive_a_faulty_form(room, anna):
    """After an error the files are listed, need not be sent again, and can go."""
    answer = await anna.open([("a.txt", b"aaa"), ("b.txt", b"bbb")], subject="")

    assert 422 == answer.status
    names = re.findall(r'class="upload-name"[^>]*>(.*?)<', answer.page)
    assert ["a.txt", "b.txt"] == [name for name in names if name]
    first, second = re.findall(r'name="upload" value="(.*?)"', answer.page)
    assert f'name="remove" value="{first}"' in answer.page

    await anna.open([("c.txt", b"ccc")], upload=[first, second], remove=first)

    (command,) = await commands(room)
    assert ["b.txt", "c.txt"] == [one.name for one in command.uploads]


async def test_the_number_of_files_is_bounded(room, anna):
    """One file too many is named, and the others are kept."""
    files = [(f"{number}.txt", b"hello") for number in range(4)]

    answer = await anna.open(files)

    words = "“3.txt” wasn’t added because you can send up to 3 files"
    assert (422, [("files", words)]) == (answer.status, answer.errors)
    assert 3 == len(re.findall(r'name="upload"', answer.page))


async def test_files_sent_ahead_count_as_well(room, anna):
    """More files than allowed are refused however they came."""
    told = [await upload(anna, f"{n}.txt", b"hello") for n in range(4)]

    answer = await anna.open(upload=[one["id"] for _, one in told])

    words = "“3.txt” wasn’t added because you can send up to 3 files"
    assert (422, [("files", words)]) == (answer.status, answer.errors)
    assert [] == await commands(room)


async def test_files_of_others_cannot_be_taken(room, anna):
    """Somebody else's file, or one that is gone, is told and not attached."""
    bob = Visitor(room, await room.visitor(44, name="Bob"))
    _, told = await upload(bob, "secret.txt", b"secret")

    for stranger in (told["id"], "x" * 22, "../../etc"):
        answer = await anna.open(upload=stranger)

        assert 422 == answer.status
        assert "secret.txt" not in answer.page
        assert [("files", answer.errors[0][1])] == answer.errors
        assert "no longer available" in answer.errors[0][1]
    assert [] == await commands(room)


async def test_a_file_is_part_of_one_ticket(room, anna):
    """A form changed and sent again while its file is on its way asks for it anew."""
    _, told = await upload(anna, "a.txt", b"hello")
    await anna.open(upload=told["id"])

    answer = await anna.open(upload=told["id"], text="Changed")

    assert 422 == answer.status
    assert "no longer available" in answer.errors[0][1]
    assert 1 == len(await commands(room))


async def test_endless_fields_are_refused(room, anna):
    """Text beyond any honest form is 413, though each field may be small."""
    many = {f"field{number}": "x" * 100_000 for number in range(12)}

    answer = await anna.open([("a.txt", b"x")], **many)

    assert (413, []) == (answer.status, await commands(room))


async def test_names_of_files_are_only_shown(room, anna):
    """Folders, tricks and markup in a name come back harmless."""
    _, told = await upload(anna, "../../\u202e<b>evil</b>\u0085.txt", b"hello")

    assert "b>.txt" == told["name"].replace(" ", "")

    answer = await anna.open([("<img src=x onerror=alert(1)>.txt", b"x")], subject="")

    assert 'class="upload-name" dir="auto">&lt;img src=x onerror' in answer.page


async def test_enormous_bodies_get_an_answer(room, anna):
    """A form beyond all limits is not stored, and its sender still reads why."""
    answer = await anna.open([("big.zip", b"x" * (8 * MEGABYTE)), ("b.txt", b"x")])

    words = "“big.zip” wasn’t added because it’s larger than 1 MB"
    assert (422, words) == (answer.status, answer.errors[0][1])
    assert "It burns." in answer.value("text")
    assert 0 == await kept(room)


async def test_broken_forms_are_refused(room, anna):
    """A body that ends in the middle of a file is 400, and leaves nothing."""
    token = (await anna.hidden())["csrf_token"]
    head = (
        f'--B\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--B\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    )
    for body in (head + "half a file", head, "", "--B\r\nX: \x00\r\n\r\n"):
        async with anna.session.post(
            room.address("tickets/new"),
            data=body.encode(),
            headers={
                "Content-Type": "multipart/form-data; boundary=B",
                "X-CSRF-Token": token,
            },
        ) as response:
            assert response.status in {400, 422}

    assert (0, []) == (await kept(room), await commands(room))


async def test_a_file_is_never_whole_in_memory(room, anna):
    """Parts of a file are in the spool while the rest has not been sent yet."""
    token = (await anna.hidden())["csrf_token"]
    arrived = []

    async def body():
        yield (
            b'--B\r\nContent-Disposition: form-data; name="files"; filename="a.bin"'
            b"\r\n\r\n" + b"x" * 600_000
        )
        await until(lambda: kept(room))
        arrived.append(True)
        yield b"\r\n--B--\r\n"

    async with anna.session.post(
        room.address("uploads"),
        data=body(),
        headers={
            "Content-Type": "multipart/form-data; boundary=B",
            "X-CSRF-Token": token,
        },
    ) as response:
        assert (200, [True]) == (response.status, arrived)
        assert 600_000 == (await response.json())["size"]


async def test_uploads_need_a_login_and_a_token(room, anna):
    """Without either nothing is stored, and a script is told in JSON."""
    stranger = Visitor(room, await room.visitor(43))
    stranger.session.headers["Cookie"] = "ticket24_session=nobody"

    assert (401, {"error": "sign in"}) == await upload(
        stranger, "a.txt", b"x", token="0" * 64
    )
    assert (403, {"error": "forbidden"}) == await upload(
        anna, "a.txt", b"x", token="0" * 64
    )
    assert 0 == await kept(room)
