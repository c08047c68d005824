"""What tests of attacks share: hostile words, and what nobody may change."""

from functools import cache
from urllib.parse import quote

from aiohttp import FormData
from aiohttp.web_urldispatcher import PrefixedSubAppResource

SCRIPT = '"><script>document.title="owned"</script><img src=x onerror=alert(1)>'
HOSTILE = {
    "script": SCRIPT,
    "template": "{{7*7}}{% raw %}${7*7}<%= 7*7 %>%(name)s{name}",
    "BBCode": "[USER=1]Root[/USER][URL=javascript:alert(1)]x[/URL][img]x[/img]",
    "lines": "Eve\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>",
    "bidi": "\u202egnp.exe\u2066\u200b\u2028Eve\ufeff\U000e0041",
    "long": "W" * 10_000,
    "NUL": "Eve\0<b>\x01\x1b[31m\x7f",
    "batch": "$result[profile][EMAIL] $result_error[x]",
}

# What the limiter and the processes note, and what is read again once it is forgotten.
_PASSING = (
    *("bucket", "urgent", "blocked", "state", "t24:frame:"),
    *("t24:presence", "t24:counted", "readings"),
)
_PARTS = (
    *("users", "workgroups", "contacts", "userfields", "tasks", "bin", "comments"),
    *("messages", "chats", "files", "tags", "applications", "outgoing"),
)


async def kept(redis, account_id=""):
    """Return everything that Redis keeps, perhaps only what is an account's."""
    names = await redis.keys(f"*{account_id}*" if account_id else "*")
    return {
        name.decode(): await redis.dump(name)
        for name in names
        if not any(part in name.decode() for part in _PASSING)
    }


def state_of(world):
    """Return everything in a Bitrix24, except who may come in."""
    return {name: repr(getattr(world, name)) for name in _PARTS}


def differing(before, after):
    """Return the names of what changed, in both or in one of them."""
    return [
        name
        for one, other in zip(before, after, strict=True)
        for name in one.keys() | other.keys()
        if one.get(name) != other.get(name)
    ]


def routes_of(app, prefix):
    """Return method and path of whatever an application answers below a prefix."""
    for resource in app.router.resources():
        inner = isinstance(resource, PrefixedSubAppResource)
        for route in resource:
            path = route.resource.canonical
            if path.startswith(prefix) and (inner or route.method != "*"):
                yield route.method, path


def multipart(pairs, files=()):
    """Return a form with files as browsers send it, its fields in their order."""
    data = FormData(default_to_multipart=True, quote_fields=False)
    for name, value in pairs:
        data.add_field(name, value)
    for name, filename, content in files:
        data.add_field(name, content, filename=filename)
    return data


def traces(text, *secrets):
    """Return which of these words are in a text, as they are or encoded."""
    return [one for one in secrets if one in text or _encoded(one) in text]


@cache
def _encoded(word):
    """Return a word as it is in addresses; each is looked for in many answers."""
    return quote(word, safe="")
