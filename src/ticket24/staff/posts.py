"""The post that opened a page, and the button that sends it once more."""

import json
import time
from collections.abc import Mapping

from aiohttp import web

from ticket24.bitrix.events import frame_posts as frames
from ticket24.bitrix.events.frame_posts import FramePost
from ticket24.staff.parts import NoVisit, staff_of
from ticket24.store.sealing import Seal, WrongKey

# The field with which our own page opens another one, or tries again.
AGAIN = "again"

_AGAIN_SECONDS = 1_800

POST = web.RequestKey("FRAME_POST", FramePost)
SENT = web.RequestKey[tuple[Mapping[str, str], Mapping[str, str]]]("FRAME_SENT")

_ASKED = ("DOMAIN", "PROTOCOL", "LANG", "APP_SID")
_FIELDS = (
    *("AUTH_ID", "AUTH_EXPIRES", "REFRESH_ID", "member_id", "APPLICATION_TOKEN"),
    *("PLACEMENT", "PLACEMENT_OPTIONS"),
)


def posted(request: web.Request, fields: Mapping[str, str]) -> FramePost:
    """Return what Bitrix24 posted, or what a button sends again.

    Raises BadFrame. Raises NoVisit if a button's post is not one of ours, or too old.
    """
    query: Mapping[str, str] = request.query
    if AGAIN in fields:
        query, fields = _kept(staff_of(request).stores.seal, fields[AGAIN])
    request[SENT] = (
        {name: query.get(name, "") for name in _ASKED},
        {name: fields.get(name, "") for name in _FIELDS},
    )
    request[POST] = post = frames.parse(query, fields)
    return post


def again(request: web.Request) -> str:
    """Return a sealed post that a button can send once more; empty if there is none."""
    post = request.get(POST)
    if post is None:
        return ""
    query, form = request[SENT]
    sent = {"query": dict(query), "form": dict(form), "at": int(time.time())}
    return staff_of(request).stores.seal.close(json.dumps({"frame": sent}))


def asked(request: web.Request) -> Mapping[str, str]:
    """Return the query of a post's address, without anything secret."""
    return request[SENT][0] if SENT in request else {}


def _kept(seal: Seal, sealed: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Open what `again` sealed; raise NoVisit if it is something else, or too old."""
    try:
        sent = json.loads(seal.open(sealed))["frame"]
        fresh = time.time() - sent["at"] < _AGAIN_SECONDS
        query, form = dict(sent["query"]), dict(sent["form"])
    except (WrongKey, ValueError, TypeError, KeyError):
        raise NoVisit from None
    if not fresh:
        raise NoVisit
    return query, form
