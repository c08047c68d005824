"""How Bitrix24 opens our pages in its frames, and how their forms are read.

There are no cookies, because browsers keep none in frames of another site. A verified
post opens a visit, and every form and script of its pages has the visit's token.
"""

import re
import time
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from multidict import MultiDict

from ticket24.bitrix.events import frame_posts as frames
from ticket24.bitrix.events.frame_posts import FramePost
from ticket24.bitrix.rest.errors import AccountClosed, BitrixError
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.visits import COMPANY_TAB, CONTACT_TAB, Visit
from ticket24.flows.accounts.installing import Installer, NotAdministrator, Unsuited
from ticket24.flows.accounts.verifying import (
    FrameRefused,
    Refusal,
    Verified,
    seconds_left,
)
from ticket24.site import walk
from ticket24.site.asking import address_of
from ticket24.site.walk import walk_of
from ticket24.staff.parts import ACCOUNT, VISIT, NoVisit, staff_of, visit_of
from ticket24.staff.posts import AGAIN, posted
from ticket24.store.locks import Busy

_BEARER = "Bearer "
_NUMBER = re.compile(r"[1-9][0-9]{0,14}")


class WrongPlace(Exception):
    """The visit belongs to another page than the one asked for."""


async def opened(request: web.Request, placement: str) -> Visit:
    """Return the visit that a post opens, and make it known to the request.

    A form of our own pages continues the visit that it names, and a visit that is
    already open stays open. Raises exceptions that `errors` turns into pages: BadFrame,
    FrameRefused, NoVisit, WrongPlace.
    """
    if VISIT in request:
        return visit_of(request)
    sent = walk_of(request)
    if token := await sent.token():
        return await resume(request, token, placement)
    fields = dict(reversed(await sent.all()))
    post = posted(request, fields)
    if post.placement != placement:
        raise FrameRefused(Refusal.OTHER_PLACEMENT)
    origin = "" if AGAIN in fields else _host_of(request.headers.get(hdrs.ORIGIN, ""))
    verified = await staff_of(request).application.verifier.verify(
        post, address_of(request), origin
    )
    request[VERIFIED] = verified
    try:
        account = await _settled(staff_of(request).application.installer, verified)
    except BaseException:
        await staff_of(request).application.verifier.release(post)
        raise
    visit = await staff_of(request).stores.visits.open(_visit(verified, account))
    request[VISIT], request[ACCOUNT] = visit, account
    return visit


async def resume(request: web.Request, token: str, placement: str = "") -> Visit:
    """Find the visit that one of our own forms names; raise NoVisit or WrongPlace."""
    staff = staff_of(request)
    visit = await staff.stores.visits.get(token)
    account = await staff.stores.accounts.get(visit.account) if visit else None
    if visit is None or account is None:
        raise NoVisit(token)
    request[VISIT], request[ACCOUNT] = visit, account
    walk.known(request, f"{account.id}:u{visit.user_id}")
    if placement and visit.placement != placement:
        raise WrongPlace
    return visit


def require_admin(visit: Visit) -> None:
    """Raise FrameRefused unless the visit is an administrator's."""
    if not visit.admin:
        raise FrameRefused(Refusal.NOT_ADMINISTRATOR)


async def token_of(request: web.Request) -> str:
    """Return the token that a script or a form sends; empty if there is none."""
    heard = request.headers.get(hdrs.AUTHORIZATION, "")
    if heard.startswith(_BEARER):
        return heard.removeprefix(_BEARER)
    return await walk_of(request).token() if request.method == "POST" else ""


async def fields_of(request: web.Request) -> MultiDict[str]:
    """Return the text fields of a form in their order."""
    return MultiDict(await walk_of(request).all())


VERIFIED = web.RequestKey("VERIFIED", Verified)


async def _settled(installer: Installer, verified: Verified) -> Account:
    """Return the account, completed by an administrator's visit; raise FrameRefused."""
    try:
        return await installer.settle(verified)
    except NotAdministrator:
        raise FrameRefused(Refusal.NOT_ADMINISTRATOR) from None
    except Unsuited as error:
        raise FrameRefused(Refusal.SCOPES, tuple(error.missing)) from None
    except AccountClosed as error:
        raise FrameRefused(Refusal.PLAN) from error
    except (BitrixError, Busy) as error:
        raise FrameRefused(Refusal.AWAY) from error


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
        contact_id=_card_id(post, CONTACT_TAB),
        company_id=_card_id(post, COMPANY_TAB),
        auth=post.auth_id,
        auth_until=time.time() + seconds_left(identity, post.auth_seconds),
    )


def _host_of(said: str) -> str:
    """Return the host whose page sent a form; empty if the browser does not say.

    Apps for phones and desktops name something that is no web origin (`file://`).
    """
    if not said.lower().startswith(("http://", "https://")):
        return ""
    try:
        return urlsplit(said).netloc or said
    except ValueError:
        return said


def _card_id(post: FramePost, placement: str) -> int:
    said = post.options.get("ID", "")
    fits = post.placement == placement and _NUMBER.fullmatch(said)
    return int(said) if fits else 0
