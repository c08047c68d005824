"""A company's own look: its colours, its logo, and its sign in the tab."""

from functools import lru_cache

from aiohttp import web

from ticket24.domain.settings.colours import (
    DARK_CARD,
    DARK_PAGE,
    LIGHT_CARD,
    LIGHT_PAGE,
    STANDARD_ACCENT,
    Palette,
    badge,
    palette,
)
from ticket24.domain.settings.model import AccountSettings
from ticket24.flows.settings import letterheads
from ticket24.flows.settings.logos import BadLogo
from ticket24.portal.parts import account_of, portal_of
from ticket24.site.static_files import FOREVER, Asset
from ticket24.store.accounts.logos import RedisLogos

routes = web.RouteTableDef()

_SIGN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="{ground}"/>'
    '<text x="16" y="23" text-anchor="middle" font-family="sans-serif"'
    ' font-size="20" font-weight="700" fill="{ink}">{letter}</text></svg>'
)


@routes.get("/p/{slug}/theme/{digest}.css", name="theme")
async def send_theme(request: web.Request) -> web.Response:
    """Send the company's colours; 404 if it has chosen none."""
    chosen = _chosen(account_of(request).settings)
    if not any(chosen):
        raise web.HTTPNotFound
    return _sheet(*chosen).answer(request.headers, request.match_info["digest"])


@routes.get("/p/{slug}/logo/{digest}", name="logo")
async def send_logo(request: web.Request) -> web.Response:
    """Send the company's logo, or 404 if it has none."""
    return await _sent(request, portal_of(request).stores.logos)


@routes.get("/p/{slug}/logo/{digest}/dark", name="dark_logo")
async def send_dark_logo(request: web.Request) -> web.Response:
    """Send the company's logo for dark pages, or 404 if it has none."""
    return await _sent(request, portal_of(request).stores.dark_logos)


async def _sent(request: web.Request, logos: RedisLogos) -> web.Response:
    logo = await logos.get(account_of(request).id)
    if logo is None:
        raise web.HTTPNotFound
    fresh = request.match_info["digest"] == logo.digest
    return web.Response(
        body=logo.content,
        content_type=logo.type,
        headers={"Cache-Control": FOREVER if fresh else "no-cache"},
    )


@routes.get("/p/{slug}/logo/{digest}/mail", name="mail_logo")
async def send_mail_logo(request: web.Request) -> web.Response:
    """Send the logo as mails show it: any web page for reading mail may load it."""
    logo = await portal_of(request).stores.logos.get(account_of(request).id)
    if logo is None:
        raise web.HTTPNotFound
    try:
        picture = await letterheads.plate(logo)
    except BadLogo:  # An SVG, which no mail program shows.
        raise web.HTTPNotFound from None
    fresh = request.match_info["digest"] == logo.digest
    return web.Response(
        body=picture,
        content_type="image/png",
        headers={
            "Cache-Control": FOREVER if fresh else "no-cache",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )


def path(base: str, settings: AccountSettings) -> str:
    """Return the path of the company's colours; empty if our own are used."""
    chosen = _chosen(settings)
    return f"{base}/theme/{_sheet(*chosen).digest}.css" if any(chosen) else ""


def _chosen(settings: AccountSettings) -> tuple[str, tuple[str, ...]]:
    """Return the accent, and the colours of states."""
    states = (one.colour for each in settings.departments for one in each.states)
    return settings.accent.lower(), tuple(sorted({*states} - {""}))


@routes.get("/p/{slug}/sign/{digest}.svg", name="sign")
async def send_sign(request: web.Request) -> web.Response:
    """Send what tells the company's tab from the others: its first letter."""
    settings = account_of(request).settings
    sign = _sign(settings.company_name, settings.accent)
    if sign is None:
        raise web.HTTPNotFound
    return sign.answer(request.headers, request.match_info["digest"])


def sign_path(base: str, company: str, accent: str) -> str:
    """Return the path of the company's sign; empty if its name has no letter."""
    sign = _sign(company, accent)
    return f"{base}/sign/{sign.digest}.svg" if sign else ""


@lru_cache(maxsize=256)
def _sign(company: str, accent: str) -> Asset | None:
    letter = next((one for one in company if one.isalnum()), "").upper()[:1]
    if not letter:
        return None
    colours = palette((accent or STANDARD_ACCENT).lower(), LIGHT_PAGE)
    svg = _SIGN.format(letter=letter, ground=colours.button, ink=colours.button_text)
    return Asset.of("image/svg+xml", svg.encode())


@lru_cache(maxsize=256)
def _sheet(accent: str, states: tuple[str, ...]) -> Asset:
    light, dark = (
        (_properties(palette(accent, page)) if accent else "")
        + "".join(_badge(colour, card) for colour in states)
        for page, card in ((LIGHT_PAGE, LIGHT_CARD), (DARK_PAGE, DARK_CARD))
    )
    css = f"{light}@media(prefers-color-scheme:dark){{{dark}}}"
    return Asset.of("text/css", css.encode())


def _badge(colour: str, card: str) -> str:
    behind, text = badge(colour, card)
    return f".status.c-{colour[1:]}{{background:{behind};color:{text}}}"


def _properties(colours: Palette) -> str:
    return (
        f":root{{--button:{colours.button};--button-text:{colours.button_text};"
        f"--button-hover:{colours.button_hover};--button-edge:{colours.button_edge};"
        f"--link:{colours.link};}}"
    )
