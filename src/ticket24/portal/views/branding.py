"""What makes the portal look like the company's: its colours, its logo, its sign."""

from aiohttp import web

from ticket24.flows.settings import letterheads
from ticket24.flows.settings.logos import BadLogo
from ticket24.portal.display import theme
from ticket24.portal.parts import account_of, portal_of
from ticket24.site.static_files import FOREVER
from ticket24.store.accounts.logos import RedisLogos

routes = web.RouteTableDef()


@routes.get("/p/{slug}/theme/{digest}.css", name="theme")
async def send_theme(request: web.Request) -> web.Response:
    """Send the company's colours; 404 if it has chosen none."""
    sheet = theme.sheet(account_of(request).settings)
    if sheet is None:
        raise web.HTTPNotFound
    return sheet.answer(request.headers, request.match_info["digest"])


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


@routes.get("/p/{slug}/sign/{digest}.svg", name="sign")
async def send_sign(request: web.Request) -> web.Response:
    """Send what tells the company's tab from the others: its first letter."""
    settings = account_of(request).settings
    sign = theme.sign(settings.company_name, settings.accent)
    if sign is None:
        raise web.HTTPNotFound
    return sign.answer(request.headers, request.match_info["digest"])
