"""What a Bitrix24 account holds about applications, and their credentials.

The records are plain mutable dataclasses, as in `account/records.py`.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

# An application that is always there, only for calls with a token.
BUILT_IN = "local.ticket24"


@dataclass
class Token:
    """An access token of an application, for `auth=`.

    `application` is its client id. `events_left` is what is left of the loop guard of a
    token that came with an event; it is None for all others.
    """

    value: str
    user_id: int
    expires_at: float
    scopes: list[str] = field(default_factory=list)
    application: str = BUILT_IN
    events_left: int | None = None


@dataclass
class RefreshToken:
    """A token that yields the next pair; `used_at` is when it did so, 0 for never."""

    value: str
    user_id: int
    client_id: str
    expires_at: float
    used_at: float = 0.0


@dataclass
class Code:
    """An authorization code: it works for half a minute, and once."""

    value: str
    user_id: int
    client_id: str
    expires_at: float


@dataclass
class Binding:
    """An application's handler of an event.

    `user_id` is the user whose tokens are sent; 0 means the user who acted.
    """

    id: int
    event: str
    handler: str
    user_id: int = 0


@dataclass
class PlacementRow:
    """A place in the account's pages where an application shows itself.

    `titles` holds TITLE, DESCRIPTION and GROUP_NAME by language.
    """

    placement: str
    handler: str
    title: str = ""
    description: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    titles: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Application:
    """An application that the account knows; it is `added` once someone installed it.

    `installed` is Bitrix24's INSTALLED: an application with pages of its own is sent
    nothing before its installer has finished. `event_url` gets ONAPPINSTALL without a
    binding. `options` and `user_options` are what the application keeps in the account.
    """

    client_id: str
    client_secret: str
    title: str
    kind: Literal["local", "market"]
    handler_url: str
    install_url: str
    id: int
    code: str
    application_token: str
    event_url: str = ""
    scopes: list[str] = field(default_factory=list)
    script_only: bool = False
    menu: bool = True
    version: int = 1
    added: bool = False
    installed: bool = False
    installed_by: int = 0
    first_run: bool = True
    paid: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    user_options: dict[int, dict[str, Any]] = field(default_factory=dict)
    bindings: list[Binding] = field(default_factory=list)
    placements: list[PlacementRow] = field(default_factory=list)

    @property
    def status(self) -> str:
        """The status that Bitrix24 answers: L for local, F for free of charge."""
        return "L" if self.kind == "local" else "F"

    @property
    def running(self) -> bool:
        """Whether events are sent to it."""
        return self.added and self.installed and self.paid
