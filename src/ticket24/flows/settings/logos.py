"""A company's logo, made small enough for every page."""

import asyncio
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum

from PIL import Image, ImageOps, UnidentifiedImageError

from ticket24.domain.commands.files import picture_type
from ticket24.images import FORMATS, MOST_PIXELS, endless, plain, shrunk
from ticket24.store.accounts.logos import Logo

# The room that the original has for a logo, in pixels.
WIDTH, HEIGHT = 444, 110

MOST_BYTES = 5 * 2**20

# One at a time: a large logo takes about 300 MB for a moment.
THREAD = ThreadPoolExecutor(1, thread_name_prefix="logos")


class BadReason(StrEnum):
    """Why a file cannot be a logo."""

    EMPTY = "empty"
    TOO_LARGE = "too-large"  # In bytes.
    NO_IMAGE = "no-image"  # Or one that is not PNG, JPEG, GIF or WebP.
    TOO_MANY_PIXELS = "too-many-pixels"
    BROKEN = "broken"  # It begins like an image but does not go on like one.


class BadLogo(Exception):
    """A file that cannot be a logo; `reason` says why."""

    def __init__(self, reason: BadReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


async def scale(content: bytes) -> Logo:
    """Do `scaled` beside everything else."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(THREAD, scaled, content)


def scaled(content: bytes) -> Logo:
    """Return the image as a PNG that fits WIDTH x HEIGHT; raise BadLogo.

    It is never enlarged, and is upright whatever its camera noted; of an animation the
    first picture counts. Nothing else of the file is kept: neither where a photo was
    taken nor what was hidden behind the image. Sizes are checked before a pixel is
    decoded.
    """
    if not content:
        raise BadLogo(BadReason.EMPTY)
    if len(content) > MOST_BYTES:
        raise BadLogo(BadReason.TOO_LARGE)
    if picture_type(content) == "image/jpeg" and endless(content):
        raise BadLogo(BadReason.BROKEN)
    target = io.BytesIO()
    _fitted(_decoded(content)).save(target, "PNG", optimize=True)
    png = target.getvalue()
    return Logo("image/png", png, hashlib.sha256(png).hexdigest()[:16])


def _decoded(content: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadLogo(BadReason.TOO_MANY_PIXELS) from error
    except UnidentifiedImageError as error:
        raise BadLogo(BadReason.NO_IMAGE) from error
    except Exception as error:  # Decoders of hostile files raise anything.
        raise BadLogo(BadReason.BROKEN) from error
    if image.width * image.height > MOST_PIXELS:
        raise BadLogo(BadReason.TOO_MANY_PIXELS)
    try:
        if image.format == "JPEG":
            # It is decoded at a fraction of its size: faster, and with less memory.
            image.draft(None, (2 * WIDTH, 2 * HEIGHT))
        image.load()
        return plain(ImageOps.exif_transpose(image))
    except Exception as error:
        raise BadLogo(BadReason.BROKEN) from error


def _fitted(image: Image.Image) -> Image.Image:
    """Scale down to the box, keeping its shape."""
    return shrunk(image, min(WIDTH / image.width, HEIGHT / image.height, 1))
