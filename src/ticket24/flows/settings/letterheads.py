"""A company's logo as its mails show it: small, and readable on any background.

Mail programs have their own ideas of dark, and some ask nobody. So the logo stands on a
plate that is a part of the picture.
"""

import asyncio
import io
from functools import lru_cache
from urllib.parse import quote

import structlog
from PIL import Image, ImageChops, ImageDraw, ImageStat, UnidentifiedImageError
from redis.exceptions import RedisError

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.colours import contrast
from ticket24.flows.settings.logos import THREAD, scaled
from ticket24.images import FORMATS
from ticket24.mail.paper import MailLogo
from ticket24.store.accounts.logos import Logo, RedisLogos
from ticket24.store.running.trouble import explained

log = structlog.get_logger()

# The size of the logo itself in a mail, and the plate around it, in pixels of CSS.
_WIDTH, _HEIGHT = 160, 40
_BESIDE, _ABOVE, _ROUND = 12, 8, 8

# What can hardly be seen on white gets a dark plate.
_FAINT = 1.5
_WHITE, _DARK = "#ffffff", "#1c222b"

# Each point of the edge of the plate is drawn with four by four.
_FINE = 4


def path(slug: str, digest: str) -> str:
    """Return the path of the picture in the portal."""
    return f"/p/{quote(slug)}/logo/{digest}/mail"


async def logo_of(account: Account, logos: RedisLogos, public_url: str) -> MailLogo:
    """Return what is above an account's mails; nothing while Redis is away."""
    try:
        digest = await logos.digest(account.id)
        height = _HEIGHTS.get(digest)
        if digest and height is None:
            logo = await logos.get(account.id)
            digest, height = (logo.digest, _noted(logo)) if logo else ("", 0)
    except (RedisError, OSError) as error:
        log.warning("letterhead_without_logo", reason=explained(error))
        return MailLogo()
    if not digest or not height:
        return MailLogo()
    return MailLogo(public_url + path(account.slug, digest), height)


# How high the pictures with these digests are shown.
_HEIGHTS: dict[str, int] = {}
_MOST_HEIGHTS = 10_000


def _noted(logo: Logo) -> int:
    if len(_HEIGHTS) >= _MOST_HEIGHTS:
        _HEIGHTS.clear()
    _HEIGHTS[logo.digest] = height = shown_height(logo.content)
    return height


def shown_height(logo: bytes) -> int:
    """Return how high a logo's plate is in a mail, from the head of the logo alone.

    It is 0 for what no mail program shows, such as SVG.
    """
    try:
        width, height = Image.open(io.BytesIO(logo), formats=FORMATS).size
    except UnidentifiedImageError:
        return 0
    return round(height * _share(width, height)) + 2 * _ABOVE


async def plate(logo: Logo) -> bytes:
    """Do `plated` beside everything else."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(THREAD, plated, logo.content)


@lru_cache(maxsize=64)
def plated(logo: bytes) -> bytes:
    """Return a logo on a plate with round corners, as a PNG; raise BadLogo.

    A picture that has a ground of its own goes on in its colour. Any other stands on
    white, or on dark if it is too light for that.
    """
    small = scaled(logo).content
    image = Image.open(io.BytesIO(small), formats=("PNG",)).convert("RGBA")
    share = _share(*image.size)
    beside, above = round(_BESIDE / share), round(_ABOVE / share)
    size = (image.width + 2 * beside, image.height + 2 * above)
    whole = Image.new("RGBA", size, _ground(image))
    whole.alpha_composite(image, (beside, above))
    whole.putalpha(_rounded(size, round(_ROUND / share)))
    target = io.BytesIO()
    whole.save(target, "PNG", optimize=True)
    return target.getvalue()


def _share(width: int, height: int) -> float:
    return min(_WIDTH / width, _HEIGHT / height, 1)


def _ground(image: Image.Image) -> str:
    corners = [
        image.getpixel((x, y))
        for x in (0, image.width - 1)
        for y in (0, image.height - 1)
    ]
    first = corners[0]
    if isinstance(first, tuple) and all(one == first for one in corners):
        red, green, blue, alpha = first
        if alpha == 255:  # noqa: PLR2004  Nothing shines through.
            return f"#{red:02x}{green:02x}{blue:02x}"
    seen = ImageChops.invert(image.getchannel("A")).point(lambda value: value < 128)  # noqa: PLR2004  Half.
    if not seen.getbbox():
        return _WHITE
    mean = (round(part) for part in ImageStat.Stat(image.convert("RGB"), seen).mean)
    colour = "#" + "".join(f"{part:02x}" for part in mean)
    return _DARK if contrast(colour, _WHITE) < _FAINT else _WHITE


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    width, height = size
    large = Image.new("L", (width * _FINE, height * _FINE), 0)
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), radius * _FINE, fill=255
    )
    return large.resize(size, Image.Resampling.BOX)
