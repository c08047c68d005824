"""Pictures inside mails: few, small, in time, and never what is no picture."""

import asyncio
import io
from contextlib import asynccontextmanager

import pytest
from examples import letter, message, ticket
from PIL import Image

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.inline import MOST_OF_ONE_BYTES, pictures_of
from ticket24.domain.news.letters import Kind
from ticket24.domain.tickets.model import File, Source, Voice
from ticket24.flows.files.downloading import Download
from ticket24.flows.files.file_cache import FileNotNow
from ticket24.flows.files.inline_pictures import InlinePictures, picture


def png(size=(40, 30), kind="PNG"):
    target = io.BytesIO()
    Image.new("L", size).save(target, kind)
    return target.getvalue()


ACCOUNT = Account("acme", "acme", 1, ticket().created_at)
FILES = (File(1, "one.png", 900), File(2, "two.png", 900))
LETTER = letter(messages=(message(files=FILES),))


class Desk:
    """Gives files, or lets others wait for them."""

    def __init__(self, content):
        self.content, self.asked = content, []

    @asynccontextmanager
    async def open(self, account, ticket, file, size=None):
        self.asked.append(file.id)
        content = self.content[file.id]
        if content is None:
            await asyncio.Event().wait()
        if isinstance(content, Exception):
            raise content

        async def chunks():
            yield content

        yield Download(file.name, None, chunks())


async def found(desk, now=ticket(messages=LETTER.messages), **options):  # noqa: B008
    return await InlinePictures(desk, **options).of(LETTER, ACCOUNT, now)


def test_a_mail_holds_few_and_small_pictures():
    """Programs, large ones and those of internal messages are left out."""
    others = (File(7, "a.pdf", 9), File(8, "b.png", MOST_OF_ONE_BYTES + 1))
    many = tuple(File(n, f"{n}.jpg", 9) for n in range(20, 40))
    inside = message(5, files=(File(9, "c.png", 9),), voice=Voice.INTERNAL)
    one = letter(messages=(message(files=(*FILES, *others)), inside))

    assert ["d1", "d2"] == [named.id for _, named in pictures_of(one)]
    assert 5 == len(pictures_of(letter(messages=(message(files=many),))))
    heavy = tuple(File(n, f"{n}.png", 290_000) for n in range(9))
    assert 3 == len(pictures_of(letter(messages=(message(files=heavy),))))
    created = letter(kind=Kind.CREATED, messages=(), files=FILES)
    assert ["a1", "a2"] == [named.id for _, named in pictures_of(created)]
    assert [] == pictures_of(letter(kind=Kind.CREATED, files=FILES, in_copy=True))
    assert Source.CHAT == message().key.source


async def test_what_does_not_come_in_time_is_left_out():
    """The others are there, and the next mail does not wait again for a while."""
    now, desk = [0.0], Desk({"d1": png(), "d2": None})
    pictures = InlinePictures(desk, patience=0.05, clock=lambda: now[0])
    picture_of = ticket(messages=LETTER.messages)

    assert [FILES[0]] == [*await pictures.of(LETTER, ACCOUNT, picture_of)]
    assert {} == await pictures.of(LETTER, ACCOUNT, picture_of)
    assert 2 == len(desk.asked)
    now[0] = 61.0
    assert [FILES[0]] == [*await pictures.of(LETTER, ACCOUNT, picture_of)]


@pytest.mark.parametrize(
    "content",
    [FileNotNow("d2"), b"", b"<html>", b"\x89PNG\r\n\x1a\nbroken", png() * 9_000],
    ids=["away", "empty", "page", "broken", "longer than it said"],
)
async def test_what_cannot_be_shown_is_left_out(content):
    """No fault keeps the mail, nor the other picture, back."""
    assert [FILES[0]] == [*await found(Desk({"d1": png(), "d2": content}))]


async def test_a_file_that_the_page_does_not_show_is_not_fetched():
    """A message that was hidden meanwhile takes its pictures along."""
    hidden = message(files=FILES, voice=Voice.INTERNAL)
    desk = Desk({})

    assert {} == await found(desk, ticket(messages=(hidden,)))
    assert {} == await found(desk, None)
    assert [] == desk.asked


def test_an_enormous_picture_is_none():
    """Its head says how large it is; nothing of it is unpacked."""
    assert (40, "png") == (picture(png()).width, picture(png()).kind)
    assert "jpeg" == picture(png(kind="JPEG")).kind
    assert None is picture(png((4_000, 4_000)))
    assert None is picture(png(kind="WEBP"))
