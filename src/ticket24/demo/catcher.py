"""A mail server that delivers to nobody, and the page that shows what it got.

====================  =========================================================
GET /                 the list, newest first
GET /mails/3          a mail; ?part=html, text or headers
GET /mails/3/html     its HTML part alone, for a frame that may do nothing
GET /mails.json       [{id, to, subject, message_id, kind, ticket, received}]
GET /mails/3.json     the same of one mail, with text and html
DELETE /mails         forgets all; POST /clear does the same for the button
====================  =========================================================
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from socket import socket
from typing import cast
from urllib.parse import urlencode

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from aiosmtpd.smtp import SMTP, Envelope, Session

from ticket24.demo import answering
from ticket24.demo.mailbox import Mail, Mailbox
from ticket24.site.static_files import Asset
from ticket24.ways_in import LmtpPlace

MAILBOX = web.AppKey("MAILBOX", Mailbox)
INBOX = web.AppKey("INBOX", LmtpPlace)
SUMMARY = ("id", "to", "subject", "message_id", "kind", "ticket", "received")

_LARGEST_BYTES = 50 * 1024 * 1024
_HERE = Path(__file__).parent
_PARTS = ("html", "text", "headers")
# Sent from memory: of a file, aiohttp may leave one open if its reader has left.
_ASSETS = {
    name: Asset.of(type_, (_HERE / "static" / name).read_bytes())
    for name, type_ in (
        ("catcher.css", "text/css"),
        ("catcher.js", "text/javascript"),
        ("catcher.svg", "image/svg+xml"),
    )
}

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
# Of pictures, a mail shows its own and the logo, which the portal on this machine has.
_PICTURES = "data: http://localhost:* http://127.0.0.1:*"
# A link in a mail opens in a tab of its own; nothing else in the mail does anything.
_FRAME = "allow-popups allow-popups-to-escape-sandbox"
_MAIL_POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; img-src {_PICTURES};"
    f" base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox {_FRAME}"
)
_NEW_TAB = '<base target="_blank">'

routes = web.RouteTableDef()


@contextlib.asynccontextmanager
async def catching(mailbox: Mailbox, listening: socket) -> AsyncIterator[None]:
    """Accept mail by SMTP while the block runs."""
    handler = _Handler(mailbox)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            handler,
            loop=loop,
            hostname="localhost",
            ident="the demo's mail catcher",
            data_size_limit=_LARGEST_BYTES,
            enable_SMTPUTF8=True,
        ),
        sock=listening,
    )
    try:
        yield
    finally:
        server.close()


class _Handler:
    """Called by aiosmtpd when a mail has arrived."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(  # noqa: N802  aiosmtpd's name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        # aiosmtpd gives bytes unless it is told to decode.
        content = cast("bytes", envelope.content)
        sender = envelope.mail_from or ""
        mail = self._mailbox.add(content, envelope.rcpt_tos, sender)
        return f"250 2.0.0 caught as {mail.id}"


def create_app(mailbox: Mailbox, inbox: LmtpPlace) -> web.Application:
    """Return the web application that shows a mailbox; answers go to the inbox."""
    app = web.Application(middlewares=[_guard], client_max_size=_LARGEST_BYTES)
    app[MAILBOX] = mailbox
    app[INBOX] = inbox
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = lambda mail: f"{mail.received.astimezone():%H:%M:%S}"
    app.add_routes(routes)
    return app


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests from another site's page; let pages load only from here."""
    if request.method not in {"GET", "HEAD"}:
        origin = request.headers.get("Sec-Fetch-Site", "none")
        if origin not in {"same-origin", "none"}:
            raise web.HTTPForbidden(text="Only the catcher's own page may do that.\n")
    response = await handler(request)
    response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.get("/")
@aiohttp_jinja2.template("mails.html")
async def show_list(request: web.Request) -> dict[str, object]:
    """Show every mail."""
    return {"mails": request.app[MAILBOX].newest_first(), "chosen": None}


@routes.get(r"/mails/{id:\d+}")
@aiohttp_jinja2.template("mails.html")
async def show_mail(request: web.Request) -> dict[str, object]:
    """Show one mail beside the list."""
    mail = _mail(request)
    offered = [part for part in _PARTS if getattr(mail, part)]
    part = request.query.get("part", offered[0])
    return {
        "mails": request.app[MAILBOX].newest_first(),
        "chosen": mail,
        "frame": _FRAME,
        "parts": offered,
        "part": part if part in offered else offered[0],
        "answerable": answering.answerable(mail),
        "answered": request.query.get("answered", ""),
    }


@routes.get(r"/mails/{id:\d+}/html")
async def show_html(request: web.Request) -> web.Response:
    """Return the HTML part, which cannot run, load or send anything."""
    html = _mail(request).html
    head, tag, rest = html.partition("<head>")
    return web.Response(
        text=head + tag + _NEW_TAB + rest if tag else _NEW_TAB + html,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": _MAIL_POLICY},
    )


@routes.post(r"/mails/{id:\d+}/answer")
async def answer_mail(request: web.Request) -> web.Response:
    """Answer a mail as its recipient, or somebody else, would."""
    mail, fields = _mail(request), await request.post()
    files = [
        (one.filename, one.file.read())
        for one in fields.getall("files", [])
        if isinstance(one, web.FileField) and one.filename
    ]
    said = await answering.answer(
        mail,
        answering.MailAnswer(
            str(fields.get("by", "")),
            str(fields.get("text", "")),
            files,
            away=fields.get("do") == "away",
            returned=fields.get("do") == "return",
        ),
        request.app[INBOX],
    )
    query = urlencode({"answered": said})
    raise web.HTTPSeeOther(f"/mails/{mail.id}?{query}")


@routes.get("/static/{name}")
async def asset(request: web.Request) -> web.Response:
    """Answer with a stylesheet, a script or the icon."""
    if request.match_info["name"] not in _ASSETS:
        raise web.HTTPNotFound
    return _ASSETS[request.match_info["name"]].answer(request.headers, "")


@routes.get("/mails.json")
async def list_mails(request: web.Request) -> web.Response:
    """List every mail, newest first."""
    return web.json_response(
        [_summary(mail) for mail in request.app[MAILBOX].newest_first()]
    )


@routes.get(r"/mails/{id:\d+}.json")
async def read_mail(request: web.Request) -> web.Response:
    """Return one mail with its parts."""
    mail = _mail(request)
    return web.json_response(_summary(mail) | {"text": mail.text, "html": mail.html})


@routes.delete("/mails")
async def forget_mails(request: web.Request) -> web.Response:
    """Forget every mail."""
    request.app[MAILBOX].clear()
    return web.Response(status=204)


@routes.post("/clear")
async def clear(request: web.Request) -> web.Response:
    """Forget every mail when the button is pressed."""
    request.app[MAILBOX].clear()
    raise web.HTTPSeeOther("/")


def _mail(request: web.Request) -> Mail:
    mail = request.app[MAILBOX].mails.get(int(request.match_info["id"]))
    if mail is None:
        raise web.HTTPNotFound(text="There is no such mail, or it was cleared.\n")
    return mail


def _summary(mail: Mail) -> dict[str, object]:
    fields = asdict(mail)
    return {name: fields[name] for name in SUMMARY} | {
        "received": mail.received.isoformat(timespec="milliseconds")
    }
