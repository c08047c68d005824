"""Makes thumbnails, in a process of its own, which may be ended at any time.

Pictures are hostile: whatever one does to this process, nobody else notices. It reads
them from its standard input and writes thumbnails to its standard output; what it has
to be told of each stands before it (`ORDER`, `LENGTH`). No thumbnail has no bytes.
"""

import io
import os
import resource
import signal
import struct
import sys
from contextlib import suppress
from enum import Enum
from typing import BinaryIO

from PIL import Image, ImageOps

from ticket24.images import FORMATS, MOST_PIXELS, endless, plain, shrunk

# The length of a picture, and the number of a size; then the length of a thumbnail.
ORDER = struct.Struct(">IB")
LENGTH = struct.Struct(">I")
# What it says first: who starts slowly is no slow picture.
READY = b"\n"

# No picture gets more of the processor: that ends this process, and so tells a slow
# picture from a busy machine. Nor is any worked on for longer if nobody ends it.
_MOST_PROCESSOR_SECONDS = 2.0
_MOST_SECONDS = 10
# What Python itself asks for is a quarter of it.
_MOST_MEMORY = 448 * 2**20

# JPEGs are decoded at a fraction of their size.
_MOST_JPEG_PIXELS = 120_000_000

# Pages, events and mails come first.
_NICE = 10

_QUALITY, _METHOD = 80, 2
# A strip is cut: a thumbnail has no longer side.
_LONGEST = 1_536


class Size(Enum):
    """How large pages show pictures, in pixels of a screen that has twice as many.

    In a row they fill their frame; at their place in a text they stand whole.
    """

    SMALL = 0
    MEDIUM = 1


_ROW = 352, 256
_TEXT = 1_400, 768


def thumbnail(content: bytes, size: Size) -> bytes:
    """Return a picture as small as it is shown; nothing if that is no use, or fails."""
    try:
        small = _made(content, size)
    except Exception:  # noqa: BLE001  Decoders of hostile files raise anything.
        return b""
    return small if len(small) < len(content) else b""


def _made(content: bytes, size: Size) -> bytes:
    file = Image.open(io.BytesIO(content), formats=FORMATS)
    jpeg = file.format == "JPEG"
    most = _MOST_JPEG_PIXELS if jpeg else MOST_PIXELS
    if file.width * file.height > most or (jpeg and endless(content)):
        return b""
    if jpeg:
        side = max(_TEXT if size is Size.MEDIUM else _ROW)
        file.draft(None, (side, side))
    file.load()
    profile = file.info.get("icc_profile", b"") if file.mode == "RGB" else b""
    ImageOps.exif_transpose(file, in_place=True)
    small = _cut(plain(file), size)
    target = io.BytesIO()
    small.save(target, "WEBP", quality=_QUALITY, method=_METHOD, icc_profile=profile)
    return target.getvalue()


def _cut(image: Image.Image, size: Size) -> Image.Image:
    if size is Size.MEDIUM:
        return shrunk(image, min(1, *_shares(image, _TEXT)))
    small = shrunk(image, min(1, max(_shares(image, _ROW))))
    beside = max(small.width - _LONGEST, 0) // 2
    above = max(small.height - _LONGEST, 0) // 2
    return small.crop((beside, above, small.width - beside, small.height - above))


def _shares(image: Image.Image, box: tuple[int, int]) -> tuple[float, float]:
    return box[0] / image.width, box[1] / image.height


def _serve(orders: BinaryIO, done: BinaryIO) -> None:
    sizes = {size.value: size for size in Size}
    done.write(READY)
    done.flush()
    while head := orders.read(ORDER.size):
        length, number = ORDER.unpack(head)
        content = orders.read(length)
        signal.alarm(_MOST_SECONDS)
        signal.setitimer(signal.ITIMER_PROF, _MOST_PROCESSOR_SECONDS)
        small = thumbnail(content, sizes[number])
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        done.write(LENGTH.pack(len(small)) + small)
        done.flush()


def _main() -> None:
    Image.MAX_IMAGE_PIXELS = None  # Ours is checked instead.
    # Not every system lets a process do so to itself.
    with suppress(OSError):
        os.nice(_NICE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    with suppress(BrokenPipeError, struct.error):
        _serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    _main()
