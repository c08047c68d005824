"""What is read of a posted form, whoever sent it and however broken it is."""

import asyncio
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from badforms import END, MULTIPART, PLAIN, part

from ticket24.environment import load
from ticket24.pace import PACE
from ticket24.site import limits
from ticket24.site.arriving import ARRIVING, Arriving
from ticket24.site.asking import SETTINGS
from ticket24.site.limits import Limits
from ticket24.site.walk import FormFile, bounded, walk_of

TOKEN = part("csrf_token", b"t")
FEW = Limits(parts=20, body_bytes=100_000)


class Met:
    """What a view met of a form: the token, fields and files, and how it ended."""

    async def look(self, request):
        self.walk = walk_of(bounded(request, self.most))
        self.files, self.status = [], 200
        try:
            self.token = await self.walk.token()
            while (met := await self.walk.next()) is not None:
                if isinstance(met, FormFile):
                    self.files.append((met.field, met.name, len(await met.read())))
        except web.HTTPException as error:
            self.status = error.status
            await self.walk.heard()  # Giving a form back asks once more.
        return web.Response()

    @property
    def fields(self):
        return self.walk.fields


@pytest.fixture
async def post():
    """Post a body to a view that walks through it."""
    met, app = Met(), web.Application()
    app[ARRIVING] = Arriving(PACE)
    app[SETTINGS] = load(upload_megabytes=1, upload_files=1)
    app.router.add_post("/", met.look)
    async with TestClient(TestServer(app)) as client:

        async def post(body, headers=MULTIPART, most=FEW):
            met.most = most
            body = BytesIO(body) if isinstance(body, bytes) else body
            async with client.post("/", data=body, headers=headers) as answer:
                await answer.read()
            return met

        yield post


async def test_fields_and_files_come_in_their_order(post):
    """The token comes first and is not a field; a file comes with its name and kind."""
    body = TOKEN + part("a", b"1") + part("f", b"22", filename="x.txt")

    met = await post(body + part("a", b"3") + part("csrf_token", b"late") + END)

    assert (200, "t") == (met.status, met.token)
    assert [("a", "1"), ("a", "3")] == met.fields
    assert [("f", "x.txt", 2)] == met.files


@pytest.mark.parametrize("headers", [MULTIPART, PLAIN])
async def test_a_token_behind_a_field(post, headers):
    """In parts it does not count, since files may precede it; no field is lost."""
    body = part("a", b"1") + TOKEN + END
    met = await post(body if headers is MULTIPART else b"a=1&csrf_token=t", headers)

    assert ("" if headers is MULTIPART else "t") == met.token
    assert "t" == met.walk.sent
    assert [("a", "1")] == met.fields


async def test_the_first_of_several_tokens_counts(post):
    """Any other part that calls itself a token is neither a token nor a field."""
    met = await post(TOKEN + part("csrf_token", b"u") * 9 + part("a", b"1") + END)

    assert ("t", "t", [("a", "1")]) == (met.token, met.walk.sent, met.fields)


async def test_a_file_is_no_token(post):
    """Browsers send the token as a field."""
    met = await post(part("csrf_token", b"t", filename="t") + END)

    assert ("", [("csrf_token", "t", 1)]) == (met.token, met.files)


async def test_parts_are_counted_whatever_they_are_called(post):
    """Fields, files and tokens alike; what came before the limit was met."""
    for name in ("csrf_token", "a"):
        met = await post(TOKEN + part(name, b"1") * 10_000 + END)
        assert 413 == met.status
    assert [("a", "1")] * 20 == met.fields
    assert 413 == (await post(b"&".join([b"a=1"] * 10_000), PLAIN)).status


async def test_texts_are_bounded_all_together_in_bytes(post):
    """The beginning of a text that is too long is there, cut between characters."""
    half = "ß" * (limits.TEXT_BYTES // 4 + 10)
    met = await post(TOKEN + part("a", half.encode()) + part("b", half.encode()) + END)

    assert 413 == met.status
    assert ["a", "b"] == [name for name, _ in met.fields]
    assert [len(half), len(half) - 20] == [len(text) for _, text in met.fields]


async def test_nobody_reads_on_behind_a_fault(post):
    """An endless body is given up at its limit, whoever asks again."""
    sent = 0

    async def endless():
        nonlocal sent
        yield TOKEN + part("a", b"x" * 2 * limits.TEXT_BYTES)
        while True:
            sent += 1
            yield part("b", b"x" * 100_000)
            await asyncio.sleep(0)

    met = await post(endless())

    assert 413 == met.status
    assert ["a"] == [name for name, _ in met.fields]


async def test_a_file_that_nobody_reads_is_passed_over(post):
    """But not beyond what an honest form has; the rest is a flood."""
    body = TOKEN + part("f", b"x" * 1_500_000, filename="x") + part("a", b"1") + END
    met = await post(body)
    assert (200, [("a", "1")]) == (met.status, met.fields)

    met = await post(
        TOKEN + part("f", b"x" * 2_500_000, filename="x") + part("a", b"1") + END
    )
    assert (413, []) == (met.status, met.fields)


async def test_text_is_utf_8_or_marks_for_what_is_not(post):
    """This includes broken escapes, whatever charset a browser claims."""
    strange = PLAIN | {"Content-Type": f"{PLAIN['Content-Type']}; charset=utf-16"}
    met = await post(b"csrf_token=t&a=%ff%&b=%zz&c=\xff&%61=%C3%9F+", strange)

    assert "t" == met.token
    assert [("a", "\ufffd%"), ("b", "%zz"), ("c", "\ufffd"), ("a", "ß ")] == met.fields
    met = await post(TOKEN + part("a\xff", b"\xc3\xed\xa0\x80") + END)
    assert [("aÿ", "\ufffd" * 4)] == met.fields


async def test_no_file_where_none_is_expected(post):
    """Where Bitrix24 opens pages, a form that could have files is not read as one."""
    met = await post(TOKEN + part("a", b"1") + END, most=limits.OPENING)

    assert (200, "", []) == (met.status, met.token, met.fields)
