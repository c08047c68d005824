"""Requests that no person made: they look, and change nothing.

Browsers fetch ahead what may be opened next, or show it small, with the cookies of
whoever sits there; programs ask for heads alone.
"""

from aiohttp import web

# How browsers say it: Fetch Standard (Sec-Purpose), and older ways of Chromium, Safari
# and Firefox.
_HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
_WORDS = ("prefetch", "prerender", "preview")

# What a person's visit or our own script is fetched for (Fetch Metadata); a frame or
# an image of some page is neither.
_PAGES = frozenset({"", "document", "empty"})


def by_machine(request: web.Request) -> bool:
    """Whether a GET comes from a program and not from a person's visit."""
    if request.method == "HEAD":
        return True
    if request.headers.get("Sec-Fetch-Dest", "").strip().lower() not in _PAGES:
        return True
    said = " ".join(request.headers.get(name, "") for name in _HEADERS).lower()
    return any(word in said for word in _WORDS)
