"""What tests of the settings page press and read."""

import html
import re
import tomllib
from io import BytesIO

from PIL import Image

from ticket24.cli.toml import account as account_toml
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.store.accounts.logos import RedisLogos

SAVE = "/app/settings"
KEPT = AccountSettings(
    company_name="Acme",
    departments=(Department(7, "Support", 3, 2), Department(12, "Sales", 5, 4)),
    tags=Tags(("Bugs",), ("High", "Low"), ()),
)


async def keep(desk, account, settings):
    """Save settings behind the page's back."""
    return await desk.stores.accounts.update(
        account.id, lambda now: now.with_settings(settings, now.connected_at)
    )


async def saved(desk, account):
    """Return the settings as the TOML export shows them."""
    now = await desk.stores.accounts.get(account.id)
    return tomllib.loads(account_toml.write(now.settings))


async def logo_of(desk, account):
    """Return the portal's logo as a picture; None without one."""
    logo = await RedisLogos(desk.stores.redis).get(account.id)
    return Image.open(BytesIO(logo.content)) if logo else None


def picture(size=(888, 220), kind="PNG"):
    content = BytesIO()
    Image.new("RGB", size, "#0b6e4f").save(content, kind)
    return content.getvalue()


def seen(page):
    """Return what people read on a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())
