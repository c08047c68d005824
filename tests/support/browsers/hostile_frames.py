"""Doors of our pages inside Bitrix24, and what stands behind them."""

from hostility import kept, state_of

from ticket24.domain.settings.model import AccountSettings, Department, Tags

APP, INSTALL, TAB = "/bitrix24/app", "/bitrix24/install", "/bitrix24/contact-tab"
AT_CONTACT = "CRM_CONTACT_DETAIL_TAB"
ADMIN, STAFF = 1, 3
SETTINGS = AccountSettings(
    "Acme",
    departments=(Department(7, "Support", 3, 2),),
    tags=Tags(("Bugs",), ("High",), ("Europe",)),
)


async def everything(desk):
    return await kept(desk.stores.redis), state_of(desk.world)


def ancestors(headers):
    policy = headers["Content-Security-Policy"]
    return [p.split()[1:] for p in policy.split(";") if "frame-ancestors" in p]
