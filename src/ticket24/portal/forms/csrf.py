"""Forms prove that they come from our own pages.

The token is a salt and a keyed digest of that salt with a cookie: the session's, or the
one that names the sitting while nobody is signed in. Nothing is stored, and no two
pages have the same token.
"""

import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from ticket24.portal import cookies
from ticket24.portal.parts import LOGIN, SESSION, SITTING, account_of, portal_of
from ticket24.site.walk import walk_of

HEADER = "X-CSRF-Token"

_LONGEST_ORIGIN = 300  # A host has at most 253 characters.

_SALT_LENGTH = 16
_DIGEST_BYTES = 16

# The cookie that a form's token fits: it names the browser that sent the form.
PROOF = web.RequestKey("PROOF", str)


class Forged(Exception):
    """The form does not come from a page of ours, or comes from an earlier session."""


@dataclass(frozen=True, slots=True)
class FormTokens:
    """The tokens of an account's forms; the first secret signs, each is good."""

    account: str
    secrets: tuple[bytes, ...]

    def new(self, cookie: str) -> str:
        """Return a token for the browser with this cookie."""
        salt = secrets.token_hex(_SALT_LENGTH // 2)
        return self._signed(cookie, salt, self.secrets[0])

    def genuine(self, cookie: str, sent: str) -> bool:
        """Whether the browser with this cookie was given this token."""
        salt = sent[:_SALT_LENGTH]
        signed = [self._signed(cookie, salt, secret) for secret in self.secrets]
        return any(hmac.compare_digest(_raw(one), _raw(sent)) for one in signed)

    def _signed(self, cookie: str, salt: str, secret: bytes) -> str:
        about = f"csrf:{self.account}:{salt}:{cookie}"
        digest = hmac.digest(secret, _raw(about), "sha256")
        return salt + digest[:_DIGEST_BYTES].hex()


def token_of(request: web.Request) -> tuple[str, str]:
    """Return the token for a page's forms, and a sitting's name if a new one began."""
    tokens = FormTokens(account_of(request).id, portal_of(request).secrets)
    if request.get(LOGIN) is not None:
        return tokens.new(request[SESSION]), ""
    sitting = request.get(SITTING) or cookies.read(request, cookies.SITTING)
    if sitting:
        return tokens.new(sitting), ""
    sitting = secrets.token_urlsafe(16)
    request[SITTING] = sitting
    return tokens.new(sitting), sitting


def from_our_page(request: web.Request) -> bool | None:
    """Tell whether a page of ours sent this; None if the browser does not say."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site in {"same-origin", "none"}
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:  # Not a browser: they all say where a form comes from.
        return True
    if origin == "null":
        return None
    if len(origin) > _LONGEST_ORIGIN:
        return False
    ours = urlsplit(portal_of(request).settings.public_url).netloc
    try:
        return urlsplit(origin).netloc in {ours, request.host}
    except ValueError:
        return False


def surely_from_our_page(request: web.Request) -> bool:
    """Tell whether a browser vouches that a page of ours sent this."""
    told = "Sec-Fetch-Site" in request.headers or hdrs.ORIGIN in request.headers
    return told and bool(from_our_page(request))


def is_to_sign_in(path: str) -> bool:
    """Whether the form is one that signs a person in."""
    return path.split("/")[3:4] == ["login"]


def is_of_everybody(path: str) -> bool:
    """Whether the form is also for people who are not signed in."""
    kind = path.split("/")[3:4]
    return is_to_sign_in(path) or kind in (["language"], ["rate"], ["followed"])


async def check(request: web.Request) -> None:
    """Raise Forged unless the token, from the header or the form, fits.

    A sign-in form may be older than the session, or may come from a page of a session
    that it has just ended. So any token that this browser was given is good enough.
    """
    if is_of_everybody(request.rel_url.raw_path):
        names = cookies.SITTING, cookies.SESSION
        known = [cookies.read(request, name) for name in names]
    else:
        known = [request[SESSION]]
    sent = request.headers.get(HEADER) or await walk_of(request).token()
    tokens = FormTokens(account_of(request).id, portal_of(request).secrets)
    for cookie in known:
        if cookie and tokens.genuine(cookie, sent):
            request[PROOF] = cookie
            return
    raise Forged


def _raw(text: str) -> bytes:
    # Headers may contain bytes that are not text.
    return text.encode(errors="backslashreplace")
