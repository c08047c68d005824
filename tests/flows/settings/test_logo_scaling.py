"""Any image becomes a small PNG, or is refused with its reason."""

import asyncio
import contextlib
import io
import struct
import zlib

import pytest
from PIL import Image

from ticket24.flows.settings import logos
from ticket24.flows.settings.logos import BadLogo, BadReason, scale, scaled

RED, BLUE, CLEAR = (255, 0, 0, 255), (0, 0, 255, 255), (255, 255, 255, 0)


def encoded(image, format_="PNG", **options):
    target = io.BytesIO()
    image.save(target, format_, **options)
    return target.getvalue()


def plain(size, mode="RGB", colour="red", format_="PNG", **options):
    return encoded(Image.new(mode, size, colour), format_, **options)


def opened(logo):
    image = Image.open(io.BytesIO(logo.content))
    image.load()
    return image


def png_header(width, height, depth=8, kind=2):
    """A PNG that says how large it is, and ends."""

    def chunk(name, content):
        body = name + content
        return (
            struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((444, 110), (444, 110)),
        ((888, 220), (444, 110)),
        ((1000, 1000), (110, 110)),
        ((2000, 100), (444, 22)),
        ((100, 2000), (6, 110)),
        ((200, 50), (200, 50)),
        ((1, 1), (1, 1)),
        ((4440, 1), (444, 1)),
        ((1, 1100), (1, 110)),
    ],
)
@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "WEBP"])
def test_every_image_fits_and_none_is_enlarged(size, expected, format_):
    """It keeps its shape, and a thin line is still to be seen."""
    logo = scaled(encoded(Image.new("RGB", size, "red"), format_))

    assert ("image/png", expected) == (logo.type, opened(logo).size)
    assert "PNG" == opened(logo).format
    red, green, blue = opened(logo).convert("RGB").getpixel((0, 0))
    assert red > 240
    assert max(green, blue) < 20


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_photo_stands_upright(orientation, format_):
    """What a camera notes of how it was held is done, not kept."""
    upright = Image.new("RGB", (800, 400), "blue")
    upright.paste("red", (0, 0, 400, 200))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = upright.transpose(undo) if undo is not None else upright

    image = opened(scaled(encoded(stored, format_, exif=exif)))

    assert (220, 110) == image.size
    corners = [image.convert("RGB").getpixel(at) for at in ((9, 9), (210, 9), (9, 100))]
    assert [True, False, False] == [red > 200 for red, _, _ in corners]
    assert not image.getexif()


def test_transparent_edges_have_no_halo():
    """The invisible white around a red square does not shine through."""
    image = Image.new("RGBA", (1000, 1000), CLEAR)
    image.paste(RED, (300, 300, 700, 700))

    small = opened(scaled(encoded(image)))

    assert "RGBA" == small.mode
    assert 0 == small.getpixel((0, 0))[3]
    seen = [small.getpixel((x, 55)) for x in range(110)]
    assert all(green < 30 for _, green, _, alpha in seen if alpha > 60)


@pytest.mark.parametrize(
    ("content", "alpha"),
    [
        (plain((50, 50), "RGBA", RED), 255),
        (plain((50, 50), "RGBA", CLEAR), 0),
        (plain((50, 50), "LA", (100, 0)), 0),
        (plain((50, 50), "P", 0, transparency=0), 0),
        (plain((50, 50), "P", 0, transparency=b"\x00\xff"), 0),
        (plain((50, 50), "RGB", "red", transparency=(255, 0, 0)), 0),
        (plain((50, 50), "L", 7, transparency=7), 0),
        (plain((50, 50), "P", 0, format_="GIF", transparency=0), 0),
        (plain((50, 50), "RGBA", CLEAR, format_="WEBP", lossless=True), 0),
    ],
)
def test_what_is_transparent_stays_transparent(content, alpha):
    """Whichever way the file says so."""
    assert alpha == opened(scaled(content)).convert("RGBA").getpixel((9, 9))[3]


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (plain((50, 50), "CMYK", (0, 255, 255, 0), format_="JPEG"), (255, 0, 0)),
        (plain((50, 50), "L", 128), (128, 128, 128)),
        (plain((50, 50), "L", 128, format_="JPEG"), (128, 128, 128)),
        (plain((50, 50), "1", 1), (255, 255, 255)),
        (encoded(Image.new("I;16", (50, 50), 0x8000)), (128, 128, 128)),
        (encoded(Image.new("P", (50, 50), 1)), None),
    ],
)
def test_odd_modes_become_ordinary_colours(content, colour):
    """Printers' colours, greys of 8 and 16 bits, black and white, palettes."""
    image = opened(scaled(content))

    assert image.mode in {"RGB", "RGBA"}
    if colour:
        found = image.convert("RGB").getpixel((9, 9))
        assert all(abs(a - b) < 6 for a, b in zip(colour, found, strict=True))


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_picture_counts(format_):
    """Nothing moves any more."""
    first, second = (Image.new("RGBA", (60, 30), one) for one in (RED, BLUE))
    moving = encoded(first, format_, save_all=True, append_images=[second], duration=90)

    image = opened(scaled(moving))

    assert 1 == getattr(image, "n_frames", 1)
    red, _, blue = image.convert("RGB").getpixel((9, 9))
    assert red > 200 > blue


def test_nothing_but_the_image_is_kept():
    """No place, no comment, nothing that hangs on behind it."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    content = encoded(Image.new("RGB", (90, 90)), "JPEG", exif=exif, comment="SECRET")

    assert b"SECRET" not in scaled(content + b"SECRET<script>").content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", BadReason.EMPTY),
        (b"\0" * (logos.MOST_BYTES + 1), BadReason.TOO_LARGE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", BadReason.NO_IMAGE),
        (b"GIF", BadReason.NO_IMAGE),
        (b"%PDF-1.7\n", BadReason.NO_IMAGE),
        (plain((9, 9), format_="BMP"), BadReason.NO_IMAGE),
        (plain((9, 9), format_="TIFF"), BadReason.NO_IMAGE),
        (plain((9, 9), format_="ICO"), BadReason.NO_IMAGE),
        (png_header(100, 100), BadReason.BROKEN),
        (png_header(6400, 6401), BadReason.TOO_MANY_PIXELS),
        (png_header(10_000, 9_999), BadReason.TOO_MANY_PIXELS),
        (png_header(100_000, 100_000), BadReason.TOO_MANY_PIXELS),
        (png_header(2**31 - 1, 2**31 - 1), BadReason.TOO_MANY_PIXELS),
    ],
)
def test_what_cannot_be_a_logo_is_refused(content, reason):
    """It is refused with its reason, before a pixel is decoded."""
    with pytest.raises(BadLogo) as caught:
        scaled(content)

    assert reason is caught.value.reason


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_file_that_breaks_off_is_broken(format_):
    """Wherever it ends, there is a logo or a reason, and no other error."""
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    content = encoded(noise, format_)

    reasons = set()
    for end in range(1, len(content) - 40, max(len(content) // 60, 1)):
        with pytest.raises(BadLogo) as caught:
            scaled(content[:end])
        reasons.add(caught.value.reason)
    assert BadReason.BROKEN in reasons
    assert reasons <= {BadReason.BROKEN, BadReason.NO_IMAGE}


@pytest.mark.filterwarnings("ignore")
def test_garbage_inside_leads_to_a_logo_or_a_reason():
    """Decoders of hostile bytes may say anything; we say one thing."""
    content = bytearray(encoded(Image.new("P", (64, 64), 3), "GIF"))
    for place in range(6, len(content)):
        spoilt = content.copy()
        spoilt[place] ^= 0xFF
        with contextlib.suppress(BadLogo):
            assert "image/png" == scaled(bytes(spoilt)).type


def test_a_text_that_unpacks_to_gigabytes_is_refused_cheaply():
    """A bomb in the metadata does not get around the limit of pixels."""
    body = b"zTXt" + b"a\0\0" + zlib.compress(b"\0" * 80_000_000, 9)
    chunk = (
        struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    )
    good = plain((9, 9))
    bomb = good[:33] + chunk + good[33:]

    with pytest.raises(BadLogo) as caught:
        scaled(bomb)

    assert BadReason.BROKEN is caught.value.reason


async def test_scaling_does_not_hold_up_anything_else():
    """A large image is worked on in a thread."""
    content = plain((3000, 3000))
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    busy = asyncio.create_task(others())
    logo = await scale(content)
    busy.cancel()

    assert (110, 110) == opened(logo).size
    assert turns > 10
