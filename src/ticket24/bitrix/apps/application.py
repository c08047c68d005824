"""What our application is inside an account: its rights, events and places. No I/O.

platform.md 1.7, 6.1, 7.1.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import flag, items, mapping, whole, words
from ticket24.domain.accounts.visits import COMPANY_TAB, CONTACT_TAB

EVENTS_PATH = "/bitrix24/events"
_TAB_PATHS = {
    CONTACT_TAB: "/bitrix24/contact-tab",
    COMPANY_TAB: "/bitrix24/company-tab",
}
TITLE = "Ticket24"

# Bitrix24's names of the languages in which the tabs have a title.
_LANGUAGES = ("en", "de", "br", "pt")

# The permissions that a webhook or the application needs: each of these, or one of its
# alternatives (methods.md 0.7).
SCOPES = (
    ("task", "tasks"),
    ("im",),
    ("crm",),
    ("disk",),
    ("user", "user_basic", "user_brief"),
    ("sonet_group", "socialnetwork", "sonet"),
)
_PLACES = ("placement",)

# Rows that Bitrix24 makes by itself for the address in the application's card.
_BY_BITRIX = frozenset({"ONAPPINSTALL", "ONAPPUPDATE"})


def missing_scopes(scopes: Iterable[str], *, by_app: bool = False) -> tuple[str, ...]:
    """Return the scopes that we need and lack; of several names for one, the first."""
    lower = {scope.lower() for scope in scopes}
    wanted = (*SCOPES, _PLACES) if by_app else SCOPES
    return tuple(names[0] for names in wanted if not lower.intersection(names))


def told_scopes(text: str) -> tuple[str, ...]:
    """Read the scopes named by the authorization server, empty if it names none.

    It may answer the single word `app`, which is not a scope. A list counts only if it
    names a scope that we know.
    """
    scopes = tuple(name.strip() for name in text.split(",") if name.strip())
    known = {*_PLACES, *(name for names in SCOPES for name in names)}
    return scopes if known.intersection(map(str.lower, scopes)) else ()


@dataclass(frozen=True, slots=True, order=True)
class Binding:
    """An event or a placement, and the address that receives or shows it."""

    name: str
    handler: str
    placed: bool = False

    def bind(self) -> Call:
        """Return the call that creates this binding."""
        if not self.placed:
            return Call("event.bind", {"event": self.name, "handler": self.handler})
        # LANG_ALL wins over TITLE where it is known (platform.md 6.1).
        titles = {code: {"TITLE": TITLE} for code in _LANGUAGES}
        return Call(
            "placement.bind",
            {
                "PLACEMENT": self.name,
                "HANDLER": self.handler,
                "TITLE": TITLE,
                "LANG_ALL": titles,
            },
        )

    def unbind(self) -> Call:
        """Return the call that removes this binding for every user."""
        if self.placed:
            return Call(
                "placement.unbind", {"PLACEMENT": self.name, "HANDLER": self.handler}
            )
        return Call("event.unbind", {"event": self.name, "handler": self.handler})


def wanted(public_url: str, events: Collection[str]) -> set[Binding]:
    """Return the bindings that must exist."""
    handler = f"{public_url}{EVENTS_PATH}"
    return {
        *(Binding(name, handler) for name in events),
        *(
            Binding(place, f"{public_url}{path}", placed=True)
            for place, path in _TAB_PATHS.items()
        ),
    }


def present(events: Any, placements: Any) -> set[Binding]:  # noqa: ANN401  JSON.
    """Read event.get and placement.get; offline rows have no handler."""
    return {
        *_read(events, "event", placed=False),
        *_read(placements, "placement", placed=True),
    }


def stale(there: Iterable[Binding], wanted: Collection[Binding]) -> set[Binding]:
    """Return our bindings that exist and are no longer wanted.

    A binding with one of our paths is ours at any host, because this server may have
    had another address. Bitrix24's own rows stay as long as they lead to us.
    """
    origins = {_origin(one.handler) for one in wanted}
    return {
        one
        for one in there
        if one not in wanted
        and _split(one.handler)[1] in {EVENTS_PATH, *_TAB_PATHS.values()}
        and not (one.name in _BY_BITRIX and _origin(one.handler) in origins)
    }


def _read(rows: Any, name: str, *, placed: bool) -> Iterator[Binding]:  # noqa: ANN401  JSON.
    for row in map(mapping, items(rows)):
        handler = words(row.get("handler"))
        if handler and not whole(row.get("offline")):
            yield Binding(words(row.get(name)).upper(), handler, placed)


def _origin(url: str) -> str:
    return _split(url)[0]


def _split(url: str) -> tuple[str, str]:
    """Return origin and path, both empty for text that is not an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return f"{parts.scheme}://{parts.netloc}", parts.path


def is_bound_already(code: str, text: str) -> bool:
    """Whether a binding was refused because it exists already (platform.md 1.7)."""
    return code == "ERROR_CORE" and "already binded" in text.lower()


def why_silent(info: Mapping[str, Any]) -> str:
    """Read from `app.info` why Bitrix24 sends no events, "" if it does.

    Events begin when the installer has finished, and end when the subscription does
    (platform.md 2.3, 2.7).
    """
    if "INSTALLED" in info and not flag(info["INSTALLED"]):
        return (
            "its installation was not finished, so no events come: let an"
            " administrator open ticket24 in Bitrix24 and complete the form there"
        )
    if flag(info.get("PAYMENT_EXPIRED")):
        return "its subscription in Bitrix24 has ended, so no events come: renew it"
    return ""
