"""Requests that no person made: they look, and change nothing.

Browsers fetch pages that may be opened next, or show them as previews, with the cookies
of the person at the browser. Programs ask for heads alone.
"""

from aiohttp import web

# The headers by which browsers say so: Sec-Purpose of the Fetch Standard, and older
# ones of Chromium, Safari and Firefox.
_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
_WORDS = ("prefetch", "prerender", "preview")

# What a person's visit or our own script fetches for (Fetch Metadata). A frame or an
# image in another page is neither.
_PAGES = frozenset({"", "document", "empty"})


def by_machine(request: web.Request) -> bool:
    """Whether a GET comes from a program rather than a person's visit."""
    if request.method == "HEAD":
        return True
    if request.headers.get("Sec-Fetch-Dest", "").strip().lower() not in _PAGES:
        return True
    said = " ".join(request.headers.get(name, "") for name in _HEADERS).lower()
    return any(word in said for word in _WORDS)
