"""Pictures made smaller: what logos and thumbnails have in common.

Nothing is loaded here but Pillow: thumbnails are made in a small process of their own.
"""

import io
import struct
import warnings

from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_PIXELS = 40_000_000

# A progressive JPEG is drawn in about ten turns. Each may take only a few bytes and go
# over the whole image, so a small file could keep us busy for an hour.
_MOST_TURNS = 100
_TURN = b"\xff\xda"

_PNG, _PNG_HEAD = b"\x89PNG\r\n\x1a\n", 24
_BOMB = (2**31, 2**31)

_SEE_THROUGH = ("RGBA", "LA", "PA")


def endless(jpeg: bytes) -> bool:
    """Whether a JPEG wants to be drawn more often than any honest one."""
    return jpeg.count(_TURN) > _MOST_TURNS


def sides(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a picture, as its head says; None if it is none.

    Nothing of it is drawn or unpacked. Pillow unpacks texts that stand before a PNG's
    picture, and does not say how large one is that it takes for a bomb.
    """
    if content.startswith(_PNG):
        if content[12:16] != b"IHDR" or len(content) < _PNG_HEAD:
            return None
        width, height = struct.unpack(">II", content[16:_PNG_HEAD])
        return width, height
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(content), formats=FORMATS).size
    except Image.DecompressionBombError:
        return _BOMB
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None


def enormous(content: bytes) -> bool:
    """Whether a picture harms whoever shows it."""
    width, height = sides(content) or (0, 0)
    return width * height > MOST_PIXELS


def plain(image: Image.Image) -> Image.Image:
    """Return RGBA or RGB, whatever mode the file has."""
    if image.mode.startswith("I"):
        # 16 bits of grey, which a conversion would clip instead of scaling.
        image = image.point(lambda value: value / 256).convert("L")
        image.info.pop("transparency", None)
    see_through = image.mode in _SEE_THROUGH or "transparency" in image.info
    mode = "RGBA" if see_through else "RGB"
    return image if image.mode == mode else image.convert(mode)


def shrunk(image: Image.Image, share: float) -> Image.Image:
    """Scale a plain image by a share of at most 1; a thin line stays one pixel.

    Nothing but its pixels is kept.
    """
    size = (max(round(image.width * share), 1), max(round(image.height * share), 1))
    if size == image.size:
        fresh = image.copy()
    elif image.mode == "RGBA":
        # Pixels are weighted by alpha, or invisible colours would show at edges.
        fresh = image.convert("RGBa").resize(
            size, Image.Resampling.LANCZOS, reducing_gap=3
        )
        fresh = fresh.convert("RGBA")
    else:
        fresh = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    fresh.info = {}
    return fresh
