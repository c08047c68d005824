"""Pictures become as small as they are shown, whatever they are."""

import asyncio
import io
import os
import signal
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from desk import until
from PIL import Image

from ticket24.flows.files.shrinking import Shrinker, Swamped
from ticket24.flows.files.thumbnails import Size, thumbnail

SMALL, MEDIUM = Size.SMALL, Size.MEDIUM


def encoded(image, format_="PNG", **options):
    target = io.BytesIO()
    image.save(target, format_, **options)
    return target.getvalue()


def shades(size, mode="RGB"):
    return Image.linear_gradient("L").resize(size).convert(mode)


def photo(size=(1000, 750), format_="JPEG", **options):
    return encoded(shades(size), format_, **options)


def opened(content):
    image = Image.open(io.BytesIO(content), formats=("WEBP",))
    image.load()
    return image


def png(width, height, rows=b""):
    """A PNG that says how large it is, with these rows of one bit."""

    def chunk(name, content):
        body = name + content
        check = struct.pack(">I", zlib.crc32(body))
        return struct.pack(">I", len(content)) + body + check

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    content = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + content


def children():
    """The processes below this one that make thumbnails, on Linux."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = place.joinpath("stat").read_text().rpartition(")")[2].split()[1]
            if parent == str(os.getpid()):
                command = place.joinpath("cmdline").read_bytes()
                found += [int(place.name)] * (b"thumbnails" in command)
    return found


@pytest.mark.parametrize(
    ("size", "small", "medium"),
    [
        ((1600, 1200), (352, 264), (1024, 768)),
        ((1200, 1600), (352, 469), (576, 768)),
        ((4000, 400), (1536, 256), (1400, 140)),
        ((352, 256), (352, 256), (352, 256)),
        ((3000, 4), (1536, 4), (1400, 2)),
    ],
)
def test_a_picture_is_as_small_as_it_is_shown(size, small, medium):
    """It fills its frame in a row, and stands whole in a text; it is never enlarged."""
    picture = photo(size, "PNG")

    assert small == opened(thumbnail(picture, SMALL)).size
    assert medium == opened(thumbnail(picture, MEDIUM)).size


def test_what_cameras_programs_and_printers_make_becomes_small():
    """Turned photographs stand upright; of a film the first picture is shown."""
    turned = Image.Exif()
    turned[0x0112] = 6
    assert (352, 469) == opened(thumbnail(photo(exif=turned), SMALL)).size
    film = [shades((900, 700)), shades((900, 700)).rotate(90)]
    for picture in (
        encoded(shades((900, 700), "CMYK"), "JPEG"),
        encoded(shades((900, 700), "P"), "GIF"),
        encoded(film[0], "GIF", save_all=True, append_images=film[1:]),
        encoded(film[0], "WEBP", save_all=True, append_images=film[1:]),
        encoded(shades((900, 700), "L").convert("I;16")),
        encoded(shades((900, 700), "LA")),
        photo((900, 700), progressive=True),
    ):
        small = opened(thumbnail(picture, SMALL))
        assert (352, 274) == small.size
        assert not getattr(small, "is_animated", False)
    clear = Image.new("RGBA", (900, 700), (255, 0, 0, 0))
    clear.paste(shades((400, 400)), (0, 0))
    assert 0 == opened(thumbnail(encoded(clear), SMALL)).getpixel((350, 270))[3]


def test_a_thumbnail_says_nothing_of_where_a_photograph_was_taken():
    """Its pixels and colours are kept, and nothing else."""
    place = Image.Exif()
    place[0x010F] = "camera at home"

    assert b"at home" not in thumbnail(photo(exif=place), SMALL)


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        b"\x89PNG\r\n\x1a\n....",
        photo()[:2_000],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png(50_000, 50_000),
        png(1, 60_000_000),
        png(30_000, 30_000, bytes(1_000_000)),
        photo() + b"\xff\xda" * 200,
        encoded(shades((300, 200)), "WEBP", quality=1),
    ],
)
def test_what_cannot_be_made_smaller_is_left_alone(picture):
    """Broken, enormous and endless pictures have no thumbnail, nor have good ones."""
    assert b"" == thumbnail(picture, SMALL)


async def test_a_process_that_is_killed_is_harmless():
    """Anybody may end it, also over a picture; the next has a new one."""
    shrinker = Shrinker(seconds=60.0)
    picture = photo((400, 300))
    first = await shrinker.shrink(picture, SMALL)
    for child in children():
        os.kill(child, signal.SIGKILL)
    await until(lambda: not children())
    again = [await shrinker.shrink(picture, SMALL) for _ in range(2)]

    assert (352, 264) == opened(first).size
    assert again[1] == first
    await shrinker.close()
    assert [] == children()


async def test_a_picture_that_comes_late_may_be_tried_again():
    """The machine is busy then; only a slow picture is remembered as one."""
    hasty, picture = Shrinker(seconds=0.001), photo((400, 300))

    for _ in range(2):
        with pytest.raises(Swamped):
            await hasty.shrink(picture, SMALL)
    await hasty.close()
    assert [] == children()


async def test_a_picture_over_which_the_process_ends_has_no_thumbnail():
    """It has used up its share of the processor, or broken the decoder."""
    shrinker = Shrinker(seconds=60.0)
    await shrinker.shrink(photo((400, 300)), SMALL)
    (child,) = children()
    os.kill(child, signal.SIGSTOP)
    late = asyncio.ensure_future(shrinker.shrink(photo((400, 300)), SMALL))
    await asyncio.sleep(0.05)
    os.kill(child, signal.SIGPROF)
    os.kill(child, signal.SIGCONT)

    assert b"" == await late
    await shrinker.close()


async def test_a_process_that_begins_slowly_is_waited_for():
    """On a busy machine the first pictures come whole, and later ones small."""
    shrinker, picture = Shrinker(starting_seconds=0.001), photo((400, 300))

    async def small():
        with suppress(Swamped):
            return await shrinker.shrink(picture, SMALL)

    assert await small() is None
    assert (352, 264) == opened(await until(small)).size
    await shrinker.close()
    assert [] == children()
