"""Browsers that have signed in before, each known by a cookie for one e-mail address.

The cookie lets nobody in. Somebody who guesses passwords can make others wait: those
who come from the same network, or sign in with the same address. A browser that signed
in before does not wait with them, because its attempts are counted separately.
"""

import hmac
import secrets
import time

from aiohttp import web

from ticket24.domain.customers.mailboxes import fold
from ticket24.portal import cookies
from ticket24.portal.parts import account_of, portal_of

_SECONDS = 180 * 86_400
_DIGEST_BYTES = 16
_LONGEST = 100


def name_of(request: web.Request, email: str) -> str:
    """Return the name of a browser that signed in with this address; else nothing."""
    cookie = cookies.read(request, cookies.BROWSER)
    until, _, rest = cookie.partition(".")
    name, _, sent = rest.partition(".")
    if len(cookie) > _LONGEST or not (until.isascii() and until.isdecimal()):
        return ""
    if int(until) < time.time():
        return ""
    for secret in portal_of(request).secrets:
        expected = _signed(request, secret, email, until, name)
        if hmac.compare_digest(expected, sent.encode(errors="backslashreplace")):
            return name
    return ""


def remember(request: web.Request, response: web.Response, email: str) -> None:
    """Make this browser known for this e-mail address for 180 days."""
    until = str(int(time.time()) + _SECONDS)
    name = name_of(request, email) or secrets.token_urlsafe(12)
    secret = portal_of(request).secrets[0]
    signature = _signed(request, secret, email, until, name).decode()
    value = f"{until}.{name}.{signature}"
    cookies.home_of(request).put(response, cookies.BROWSER, value, max_age=_SECONDS)


def _signed(
    request: web.Request, secret: bytes, email: str, until: str, name: str
) -> bytes:
    about = f"browser:{account_of(request).id}:{until}:{name}:{fold(email)}"
    raw = about.encode(errors="backslashreplace")
    return hmac.digest(secret, raw, "sha256")[:_DIGEST_BYTES].hex().encode()
