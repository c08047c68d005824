"""How a page of ours is opened inside Bitrix24, and how its forms are read.

There are no cookies: browsers keep none in the frames of another site. A verified
post opens a visit, and the visit's token is in each form and script of its pages.
"""

import re
import time
from urllib.parse import urlsplit

from aiohttp import MultipartReader, hdrs, web
from multidict import MultiDict

from ticket24.bitrix.events import frame_posts as frames
from ticket24.bitrix.events.frame_posts import FramePost
from ticket24.bitrix.rest.errors import AccountClosed, BitrixError
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.visits import CONTACT_TAB, Visit
from ticket24.flows.accounts.installing import NotAdministrator, Unsuited
from ticket24.flows.accounts.verifying import Refusal, Refused, Verified, seconds_left
from ticket24.portal import bodies
from ticket24.portal.forms.csrf import FIELD, PARTS, token_in
from ticket24.portal.parts import address_of
from ticket24.staff.parts import ACCOUNT, VISIT, NoVisit, staff_of, visit_of
from ticket24.staff.posts import AGAIN, posted
from ticket24.store.locks import Busy

MOST_FIELDS = 2_000

_BEARER = "Bearer "
_NUMBER = re.compile(r"[1-9][0-9]{0,14}")


class WrongPlace(Exception):
    """The visit is for another page than the one it asks for."""


async def opened(request: web.Request, placement: str) -> Visit:
    """Return the visit that a post opens, known to the request from then on.

    A form of our own pages goes on with the visit that it names, and a visit that is
    open already stays so. Raises what `errors` turns into pages: BadFrame, Refused,
    NoVisit, WrongPlace.
    """
    if VISIT in request:
        return visit_of(request)
    fields = dict(reversed(await bodies.pairs(request)))
    if FIELD in fields:
        return await resume(request, fields[FIELD], placement)
    post = posted(request, fields)
    if post.placement != placement:
        raise Refused(Refusal.OTHER_PLACEMENT)
    origin = "" if AGAIN in fields else _origin_of(request)
    verified = await staff_of(request).application.verifier.verify(
        post, address_of(request), origin
    )
    request[VERIFIED] = verified
    try:
        account = await _settled(request, verified)
    except BaseException:
        await staff_of(request).application.verifier.release(post)
        raise
    visit = await staff_of(request).stores.visits.open(_visit(verified, account))
    request[VISIT], request[ACCOUNT] = visit, account
    return visit


async def resume(request: web.Request, token: str, placement: str = "") -> Visit:
    """Find the visit of one of our own forms; raise NoVisit or WrongPlace."""
    staff = staff_of(request)
    visit = await staff.stores.visits.get(token)
    account = await staff.stores.accounts.get(visit.account) if visit else None
    if visit is None or account is None:
        raise NoVisit(token)
    request[VISIT], request[ACCOUNT] = visit, account
    bodies.belongs(request, f"{account.id}:u{visit.user_id}")
    if placement and visit.placement != placement:
        raise WrongPlace
    return visit


def require_admin(request: web.Request) -> Visit:
    """Return the visit of an administrator; raise Refused for anybody else's."""
    visit = visit_of(request)
    if not visit.admin:
        raise Refused(Refusal.NOT_ADMINISTRATOR)
    return visit


async def token_of(request: web.Request) -> str:
    """Return the token that a script or a form sends; of a multipart body, its first.

    Empty if there is none.
    """
    heard = request.headers.get(hdrs.AUTHORIZATION, "")
    if heard.startswith(_BEARER):
        return heard.removeprefix(_BEARER)
    return await token_in(request) if request.method == "POST" else ""


async def parts_of(request: web.Request) -> MultipartReader:
    """Return a multipart body's parts after the token, which was checked already."""
    return request[PARTS] if PARTS in request else await bodies.parts(request)


async def fields_of(request: web.Request) -> MultiDict[str]:
    """Return the text fields of a form in their order, without the token.

    Files are read to their end and dropped: who wants them asks `parts_of`.
    """
    if not bodies.is_multipart(request):
        pairs = await bodies.pairs(request)
        return MultiDict((name, text) for name, text in pairs if name != FIELD)
    fields: MultiDict[str] = MultiDict()
    reader, left = await parts_of(request), bodies.MOST_TEXT_BYTES
    while (part := await bodies.next_part(reader)) is not None:
        name, file = bodies.names_of(part)
        if file is not None:
            if not await bodies.drain(request, part):
                raise web.HTTPRequestEntityTooLarge(left)
        elif name != FIELD:
            if len(fields) >= MOST_FIELDS:
                raise web.HTTPRequestEntityTooLarge(MOST_FIELDS)
            text = await bodies.text(part, left)
            left -= len(text)
            fields.add(name, text)
    return fields


VERIFIED = web.RequestKey("VERIFIED", Verified)


async def _settled(request: web.Request, verified: Verified) -> Account:
    """Return the account, made whole first if an administrator looks; raise Refused."""
    try:
        return await staff_of(request).application.installer.settle(verified)
    except NotAdministrator:
        raise Refused(Refusal.NOT_ADMINISTRATOR) from None
    except Unsuited as error:
        raise Refused(Refusal.SCOPES, tuple(error.missing)) from None
    except AccountClosed as error:
        raise Refused(Refusal.PLAN) from error
    except (BitrixError, Busy) as error:
        raise Refused(Refusal.AWAY) from error


def _visit(verified: Verified, account: Account) -> Visit:
    post, identity = verified.post, verified.identity
    return Visit(
        account=account.id,
        user_id=verified.user_id,
        name=verified.name,
        admin=verified.admin,
        language=frames.language_of(post.language),
        origin=identity.client_endpoint.rstrip("/").removesuffix("/rest"),
        placement=post.placement,
        contact_id=_contact_id(post),
        auth=post.auth_id,
        auth_until=time.time() + seconds_left(identity, post.auth_seconds),
    )


def _origin_of(request: web.Request) -> str:
    """Return the host whose page sent a form; empty if the browser does not tell.

    Apps on phones and desks name what is no origin of the web (`file://`).
    """
    said = request.headers.get(hdrs.ORIGIN, "")
    if not said.lower().startswith(("http://", "https://")):
        return ""
    try:
        return urlsplit(said).netloc or said
    except ValueError:
        return said


def _contact_id(post: FramePost) -> int:
    said = post.options.get("ID", "")
    fits = post.placement == CONTACT_TAB and _NUMBER.fullmatch(said)
    return int(said) if fits else 0
