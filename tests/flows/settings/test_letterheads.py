"""The logo above mails: small, on a plate, readable where programs invert colours."""

import io

import pytest
from PIL import Image

from ticket24.flows.settings.letterheads import plated, shown_height


def png(mode, size, colour, ground=None):
    image = Image.new(mode, size, ground or colour)
    image.paste(colour, (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def opened(content):
    return Image.open(io.BytesIO(plated(content))).convert("RGBA")


CLEAR = (0, 0, 0, 0)
WHITE, DARK = (255, 255, 255, 255), (28, 34, 43, 255)


@pytest.mark.parametrize(
    ("logo", "ground"),
    [
        (png("RGBA", (300, 100), (10, 20, 90, 255), CLEAR), WHITE),
        (png("RGBA", (300, 100), (255, 255, 255, 255), CLEAR), DARK),
        (png("RGBA", (300, 100), (250, 250, 240, 255), CLEAR), DARK),
        (png("RGB", (300, 100), (9, 9, 9), (200, 0, 0)), (200, 0, 0, 255)),
        (png("RGBA", (300, 100), CLEAR), WHITE),
    ],
    ids=["dark", "white", "nearly white", "with its own ground", "invisible"],
)
def test_a_logo_stands_on_a_plate_of_its_own(logo, ground):
    """It can be seen on any background; the plate has round corners."""
    image = opened(logo)

    assert 0 == image.getpixel((0, 0))[3]
    assert ground == image.getpixel((image.width // 2, 2))
    assert image.width > 300


@pytest.mark.parametrize(
    ("size", "height"),
    [((444, 110), 56), ((444, 20), 23), ((32, 32), 48), ((1, 110), 56), ((444, 1), 16)],
)
def test_a_logo_is_small_in_mails(size, height):
    """Whatever its shape, it is at most 40 pixels high, and never enlarged."""
    content = png("RGBA", size, (0, 0, 0, 255))

    image = opened(content)

    assert height == shown_height(content)
    assert image.width / image.height * height <= 190
