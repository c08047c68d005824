"""Cookies of the portal, named so that no other host can plant them.

Every host of a company's domain may set cookies for the whole domain, ours included. An
attacker who controls one of them could make a customer work in the attacker's session,
and then read what the customer writes. Under https our cookies therefore have names
that browsers accept only from this very host, and only over https (`__Host-`). Such
cookies apply to all paths, so the portal's slug is part of their names.

Without https there is no such protection: two different cookies of one name then count
as none.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from aiohttp import hdrs, web
from multidict import MultiMapping

from ticket24.portal.parts import account_of, portal_of

SESSION = "ticket24_session"
KEPT = "ticket24_kept"

# Names a sitting: one person at one browser, until that person signs out.
SITTING = "ticket24_visit"

# Where to go on after a link that came by mail, for as long as it is good.
NEXT = "ticket24_next"

# Says that this browser has signed in before, with one e-mail address.
BROWSER = "ticket24_browser"

# Anybody may plant a language: it does no harm, and no account is needed to read it.
LANGUAGE = "ticket24_language"


def read(request: web.Request, name: str) -> str:
    """Return a cookie of this portal; empty if there is none, or several."""
    values = _values(request.headers, home_of(request).full(name))
    return unquote(values.pop()) if len(values) == 1 else ""


def language(request: web.Request) -> str:
    """Return the language that this browser chose; empty if none, or several."""
    values = _values(request.headers, LANGUAGE)
    return values.pop() if len(values) == 1 else ""


def doubled(request: web.Request, name: str) -> bool:
    """Whether several different cookies claim to be this one."""
    return len(_values(request.headers, home_of(request).full(name))) > 1


def of_before(request: web.Request) -> str:
    """Return a session's cookie under its name before `__Host-` names; may be empty.

    Anybody may have planted it: `RedisSessions.may_move` tells whether it counts.
    """
    values = _values(request.headers, SESSION) if portal_of(request).secure else set()
    return values.pop() if len(values) == 1 else ""


def drop(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Delete a cookie of this portal, also under the name that older versions used."""
    home = home_of(request)
    for full in {home.full(name), name}:
        if _values(request.headers, full):
            home.put_raw(response, full, "", max_age=0)


@dataclass(frozen=True, slots=True)
class Home:
    """The portal that a cookie is for, named by its account's slug."""

    slug: str
    secure: bool

    def full(self, name: str) -> str:
        """Return the name under which browsers keep a cookie."""
        if name == LANGUAGE or not self.secure:
            return name
        return f"__Host-{name}_{self.slug}"

    def put(
        self,
        response: web.StreamResponse,
        name: str,
        value: str,
        *,
        max_age: int | None = None,
    ) -> None:
        """Set a cookie for this portal alone, on any page of our host."""
        raw = quote(value, safe="")
        self.put_raw(response, self.full(name), raw, max_age=max_age)

    def put_raw(
        self,
        response: web.StreamResponse,
        full: str,
        value: str,
        *,
        max_age: int | None,
    ) -> None:
        """Set a cookie by its full name."""
        host = full.startswith("__Host-")
        response.set_cookie(
            full,
            value,
            max_age=max_age,
            path="/" if host else f"/p/{self.slug}/",
            secure=self.secure,
            httponly=True,
            samesite="Lax",
        )


def home_of(request: web.Request) -> Home:
    """Return the portal that is asked."""
    return Home(account_of(request).slug, portal_of(request).secure)


def _values(headers: MultiMapping[str], full: str) -> set[str]:
    """Read the cookies of this name exactly as the browser sent them.

    A parser that skips quotes, or white space of other alphabets, takes names for ours
    that the browser does not. It would also take longer than the page to parse
    everything that other hosts left there, up to 8 kB.
    """
    pairs = (
        pair.strip(" \t").partition("=")
        for header in headers.getall(hdrs.COOKIE, ())
        for pair in header.split(";")
    )
    return {value for name, _, value in pairs if name == full}
