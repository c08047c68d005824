"""Files that are no logo, bombs, and pictures that are something else, too."""

import struct
import time
import zlib
from io import BytesIO

import pytest
from hostility import SCRIPT
from PIL import Image

from ticket24.flows.settings import logos
from ticket24.flows.settings.logos import BadLogo, BadReason
from ticket24.store.accounts.logos import RedisLogos


def picture(kind="PNG", size=(40, 20), **options):
    content = BytesIO()
    Image.new("RGB", size, "#0b6e4f").save(content, kind, **options)
    return content.getvalue()


def bomb(width=60_000, height=60_000):
    """Return a PNG of a few bytes that says how enormous it is."""

    def chunk(name, data):
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    lines = zlib.compress(b"\0" * 10**6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines)


def texts():
    """Return a PNG with a text that unpacks to far more than it is."""
    plain = picture()
    packed = zlib.compress(b"x" * 100_000_000, 1)
    data = b"Comment\0\0" + packed
    crc = struct.pack(">I", zlib.crc32(b"zTXt" + data))
    text = struct.pack(">I", len(data)) + b"zTXt" + data + crc
    return plain[:33] + text + plain[33:]


def turns(count=20_000):
    """Return a small JPEG that is drawn over and over again."""
    drawn = picture("JPEG", (6_000, 6_000), progressive=True)
    last = drawn[drawn.rindex(b"\xff\xda") : -2]
    return drawn[:-2] + last * count + drawn[-2:]


SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{SCRIPT}</svg>"""
NO_LOGOS = (
    *(b"", b"\0" * 100, b"<html><script>alert(1)</script>", SVG.encode()),
    *(b"GIF89a" + b"\xff" * 40, b"\x89PNG\r\n\x1a\n" + b"A" * 99),
    *(picture()[:60], picture("JPEG")[:200], picture("WEBP")[:30]),
    *(picture("GIF")[:20], picture("TIFF"), picture("ICO"), picture("BMP")),
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\nquit\n",
    b"\x89PNG\r\n\x1a\n" * 700_000,
)


async def test_a_file_that_is_no_logo_is_told_and_kept_nowhere(app_desk, account):
    """One clear fault of one field, and the portal has no logo."""
    frame = await app_desk.frame()
    opened = frame.page
    for content in NO_LOGOS:
        frame.page = opened
        await frame.submit("/app/settings", "Save", files=[("logo", "l.png", content)])

        assert 422 == frame.status, content[:60]
        assert {"logo"} == {field for field, _ in frame.errors}, content[:60]
        kept = await RedisLogos(app_desk.stores.redis).get(account.id)
        assert kept is None, content[:60]


@pytest.mark.parametrize("make", [bomb, texts, turns])
def test_a_bomb_is_refused_before_it_costs_anything(make):
    """Pixels, texts and turns without end, in files of a few kilobytes."""
    content, started = make(), time.process_time()
    assert len(content) < logos.MOST_BYTES

    with pytest.raises(BadLogo) as raised:
        logos.scaled(content)

    assert raised.value.reason in {BadReason.TOO_MANY_PIXELS, BadReason.BROKEN}
    assert time.process_time() - started < 1


async def test_of_a_polyglot_the_picture_is_kept_alone(app_desk, account):
    """What hangs behind an image, or in its comments, is not in the logo."""
    evil = b"<script>alert(document.domain)</script>"
    frame = await app_desk.frame()
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        options = {"comment": evil} if kind in {"JPEG", "GIF"} else {}
        content = picture(kind, **options) + b"/*" + evil + b"*/PK\3\4"
        files = [("logo", f'l".php;{SCRIPT}.svg', content)]
        await frame.submit("/app/settings", "Save", files=files)

        assert 200 == frame.status, kind
        logo = await RedisLogos(app_desk.stores.redis).get(account.id)
        assert "image/png" == logo.type
        assert b"script" not in logo.content, kind
        assert b"PK" not in logo.content, kind
        url = app_desk.portal(f"logo/{logo.digest}", account.slug)
        async with app_desk.http.get(url) as answer:
            assert "image/png" == answer.headers["Content-Type"]
            assert "nosniff" == answer.headers["X-Content-Type-Options"]
        kept_name = (await app_desk.stores.accounts.get(account.id)).settings.logo
        assert kept_name.isascii()
        assert not set(kept_name) & set("<>\"'/\\\r\n;")

        await frame.submit("/app/settings", "Save", no_logo="on")
        assert None is await RedisLogos(app_desk.stores.redis).get(account.id)
