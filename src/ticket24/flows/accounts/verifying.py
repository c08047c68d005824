"""Asks the authorization server whether a frame's post is true.

Hosts and tokens that a post names are neither trusted nor called. The authorization
server is asked whose the access token is, and only the address that it names is called.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from ticket24.bitrix.apps.oauth import AuthServer, Identity
from ticket24.bitrix.events.frame_posts import FramePost
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import flag, mapping, whole, words
from ticket24.bitrix.rest.errors import AccountClosed, BitrixError, Temporary
from ticket24.domain.accounts.hosts import host
from ticket24.domain.lines import one_line
from ticket24.flows.reach.clients import Clients
from ticket24.pace import Pace
from ticket24.store.accounts.pairs import Pair
from ticket24.store.stores import Stores

log = structlog.get_logger()

# Any one of these scopes lets us ask for the viewer's e-mail address.
_USER_SCOPES = frozenset({"user", "user_basic", "user_brief"})

_LONGEST_NAME = 200

_EXPIRED = {"expired_token", "invalid_token", "no_auth_found", "invalid_credentials"}
_INACTIVE = {"authorization_error", "user_access_error"}


class Refusal(StrEnum):
    """Why a page is not shown."""

    UNCONFIGURED = "unconfigured"
    FORGED = "forged"
    EXPIRED = "expired"
    REPLAYED = "replayed"
    AWAY = "away"
    OTHER_APP = "other-app"
    OTHER_ACCOUNT = "other-account"
    OTHER_PLACEMENT = "other-placement"
    PLAN = "plan"
    SCOPES = "scopes"
    INACTIVE_USER = "inactive-user"
    NOT_ADMINISTRATOR = "not-administrator"
    TOO_MANY = "too-many"


# Honest browsers rarely cause these.
_BAD = {Refusal.FORGED, Refusal.EXPIRED, Refusal.OTHER_APP, Refusal.OTHER_ACCOUNT}


class FrameRefused(Exception):
    """A page is not shown; `missing` names scopes that the application lacks."""

    def __init__(self, reason: Refusal, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Verified:
    """A post that is true, and who looks.

    `installed` is what Bitrix24 itself says about whether the installation was
    finished. `pair` are the viewer's tokens, or None if the post had no refresh token.
    """

    identity: Identity
    post: FramePost
    user_id: int
    name: str
    email: str
    phone: str
    admin: bool
    installed: bool
    pair: Pair | None


class Verifier:
    """Verifies posts; each of them opens a page only once."""

    def __init__(
        self, server: AuthServer, clients: Clients, stores: Stores, pace: Pace
    ) -> None:
        self._server = server
        self._clients = clients
        self._accounts = stores.accounts
        self._opened = stores.opened_frames
        self._patience_seconds = pace.verifying_patience_seconds

    async def verify(
        self, post: FramePost, address: str = "", origin: str = ""
    ) -> Verified:
        """Return what is true of a post; raise FrameRefused.

        A verified post is used up for an hour, unless it is `release`d. `address` is
        where it came from, if a browser sent it: only so many posts from one address
        are verified. `origin` is the host whose page sent it, as the browser says, or
        empty if the browser does not say.
        """
        if not self._server.client_id:
            raise FrameRefused(Refusal.UNCONFIGURED)
        # No page but the account's own could show ours: see `frame-ancestors`.
        if origin and host(origin) != host(post.domain):
            raise FrameRefused(Refusal.FORGED)
        if no := await self._opened.refusal(_asked(post)):
            raise FrameRefused(Refusal(no))
        counted = await self._let_in(post, address, origin) if address else ""
        try:
            verified = await self._verified(post)
        except FrameRefused as refused:
            if refused.reason in _BAD:
                await self._opened.refuse(_asked(post), refused.reason)
            elif counted and refused.reason is Refusal.AWAY:
                await self._opened.was_good(counted)
            raise
        if counted:
            await self._opened.was_good(counted)
        if not await self._opened.opens(post.auth_id):
            raise FrameRefused(Refusal.TOO_MANY)
        if not await self._opened.claim(post.auth_id, post.app_sid):
            raise FrameRefused(Refusal.REPLAYED)
        return verified

    async def _let_in(self, post: FramePost, address: str, origin: str) -> str:
        """Count a post from an address; raise FrameRefused if it has to wait.

        Any web page that somebody opens can send bad posts from that address. So bad
        posts block neither people who have opened a page with this token, nor an
        account's own pages.
        """
        if await self._opened.has_opened(post.auth_id):
            return ""
        account = await self._account_at(origin, post.member_id) if origin else ""
        if counted := await self._opened.comes(address, account):
            return counted
        raise FrameRefused(Refusal.TOO_MANY)

    async def _account_at(self, at: str, member_id: str) -> str:
        """Return the known account of this member at this host, or ""."""
        account = await self._accounts.by_member(member_id)
        way = await self._accounts.way(account.id) if account else None
        if account is None or way is None:
            return ""
        known = host(way.endpoint or way.webhook_url)
        return account.id if known == host(at) else ""

    async def _verified(self, post: FramePost) -> Verified:
        identity = await self.identify(post.auth_id)
        same = host(identity.domain) == host(post.domain)
        if identity.member_id != post.member_id or not same:
            raise FrameRefused(Refusal.OTHER_ACCOUNT)
        return await self._seen(post, identity)

    async def renews(self, visit: str) -> None:
        """Count a request to renew a visit; raise FrameRefused if too many."""
        if not await self._opened.asks(visit):
            raise FrameRefused(Refusal.TOO_MANY)

    async def identify(self, access_token: str) -> Identity:
        """Return who is behind our application's access token; raise FrameRefused."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                identity = await self._server.app_info(access_token)
        except AccountClosed as error:
            raise FrameRefused(_reason(error)) from None
        except (BitrixError, TimeoutError) as error:
            log.warning("authorization_server_away", error=repr(error))
            raise FrameRefused(Refusal.AWAY) from None
        if identity.client_id != self._server.client_id:
            raise FrameRefused(Refusal.OTHER_APP)
        return identity

    async def release(self, post: FramePost) -> None:
        """Let a post be tried again, because what followed it failed for a moment."""
        await self._opened.release(post.auth_id, post.app_sid)

    async def administers(self, access_token: str, identity: Identity) -> bool:
        """Whether this user is (still) an administrator; raise FrameRefused."""
        questions = {"profile": Call("profile")}
        answers = await self._ask(access_token, identity, questions)
        return flag(_profile(identity, answers).get("ADMIN"))

    async def _seen(self, post: FramePost, identity: Identity) -> Verified:
        answers = await self._ask(post.auth_id, identity, _questions(identity))
        return _verified(post, identity, answers)

    async def _ask(
        self, access_token: str, identity: Identity, questions: dict[str, Call]
    ) -> Batch:
        """Ask the account itself who looks, with the viewer's own token."""
        try:
            bitrix = await self._viewer(access_token, identity)
            async with asyncio.timeout(self._patience_seconds):
                return await bitrix.batch(questions, urgent=True)
        except AccountClosed as error:
            log.info("viewer_refused", member_id=identity.member_id, error=str(error))
            raise FrameRefused(_reason(error)) from None
        except (BitrixError, TimeoutError, ValueError) as error:
            log.warning("account_away", member_id=identity.member_id, error=repr(error))
            raise FrameRefused(Refusal.AWAY) from None

    async def _viewer(self, access_token: str, identity: Identity) -> Bitrix:
        account = await self._accounts.by_member(identity.member_id)
        limited = account.id if account else identity.member_id
        endpoint = identity.client_endpoint
        return self._clients.viewer(limited, endpoint, access_token)


def _asked(post: FramePost) -> dict[str, str]:
    """Return the part of a post on which its answer depends."""
    return {"auth": post.auth_id, "at": post.domain, "of": post.member_id}


def _questions(identity: Identity) -> dict[str, Call]:
    questions = {"profile": Call("profile"), "app": Call("app.info")}
    if not identity.scopes or not _USER_SCOPES.isdisjoint(identity.scopes):
        questions["user"] = Call("user.current")
    return questions


def _profile(identity: Identity, answers: Batch) -> Mapping[str, Any]:
    """Return the viewer's profile; raise FrameRefused if empty, or another user's."""
    refusal = answers.errors.get("profile")
    if isinstance(refusal, Temporary):
        raise FrameRefused(Refusal.AWAY)
    if refusal is not None:
        raise FrameRefused(_reason(refusal))
    profile = mapping(answers.results["profile"])
    user_id = whole(profile.get("ID"))
    if not user_id:  # An inactive user has no profile.
        raise FrameRefused(Refusal.INACTIVE_USER)
    if identity.user_id not in {0, user_id}:
        raise FrameRefused(Refusal.FORGED)
    return profile


def _verified(post: FramePost, identity: Identity, answers: Batch) -> Verified:
    profile = _profile(identity, answers)
    user_id = whole(profile.get("ID"))
    user = mapping(answers.results.get("user"))
    app = mapping(answers.results.get("app"))
    return Verified(
        identity=identity,
        post=post,
        user_id=user_id,
        name=_line(f"{_said(profile, 'NAME')} {_said(profile, 'LAST_NAME')}"),
        email=_line(_said(user, "EMAIL")),
        phone=_line(_said(user, "PERSONAL_MOBILE") or _said(user, "WORK_PHONE")),
        admin=flag(profile.get("ADMIN")),
        installed=flag(app.get("INSTALLED", identity.installed)),
        pair=_pair(post, user_id),
    )


def _said(record: object, name: str) -> str:
    return words(mapping(record).get(name))


def _line(text: str) -> str:
    return one_line(text)[:_LONGEST_NAME]


def _pair(post: FramePost, user_id: int) -> Pair | None:
    if not post.refresh_id:
        return None
    expires_at = time.time() + post.auth_seconds
    return Pair(user_id, post.auth_id, post.refresh_id, expires_at)


def seconds_left(identity: Identity, said: int) -> int:
    """Return how long a token lives, as its sender says, but never beyond its end."""
    if identity.expires_at is None:
        return said
    return max(min(said, round(identity.expires_at - time.time())), 0)


def _reason(error: BitrixError) -> Refusal:
    """Translate Bitrix24's reason for rejecting a token into one of ours."""
    code = error.code.lower()
    if code in _EXPIRED:
        return Refusal.EXPIRED
    if code in _INACTIVE:
        return Refusal.INACTIVE_USER
    if code in {"access_denied", "payment_required", "verification_needed"}:
        return Refusal.PLAN
    return Refusal.FORGED
