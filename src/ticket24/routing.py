"""Which handler gets which event."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import Enum
from typing import Protocol

from ticket24.bitrix.events.event import BitrixEvent
from ticket24.domain.accounts.uninstalls import Removal
from ticket24.domain.tickets.model import ContactRef, TicketRef

# What a handler may ask for a look at, or report.
Mark = TicketRef | ContactRef | Removal


class Due(Protocol):
    """Where a handler says what to look at."""

    async def mark(self, ref: Mark) -> None:
        """Ask for a look, or report a removal; many marks of one thing are one."""


Handler = Callable[[BitrixEvent, Due], Awaitable[None]]


class Outcome(Enum):
    """What became of an event: three different things."""

    HANDLED = "handled"
    IGNORED = "ignored"
    UNKNOWN = "unknown"


class Router:
    """Event names and the handlers that get them, in order of registration."""

    def __init__(self, *routers: "Router", ignored: Iterable[str] = ()) -> None:
        self._handlers: dict[str, list[Handler]] = {}
        self._kept: dict[str, list[str]] = {}
        self._ignored = frozenset(ignored)
        for router in routers:
            self._ignored |= router._ignored  # noqa: SLF001  One of us.
            for name, handlers in router._handlers.items():  # noqa: SLF001  One of us.
                self._handlers.setdefault(name, []).extend(handlers)
                self._kept.setdefault(name, []).extend(router._kept[name])  # noqa: SLF001  One of us.

    def register(
        self, *names: str, keep: Sequence[str] = ()
    ) -> Callable[[Handler], Handler]:
        """Register the decorated function for these events.

        It gets the ids that were posted, and the fields that `keep` names:
        `FIELDS_AFTER.TITLE`.
        """

        def add(handler: Handler) -> Handler:
            for name in names:
                self._handlers.setdefault(name, []).append(handler)
                self._kept.setdefault(name, []).extend(keep)
            return handler

        return add

    def fetch(self, name: str) -> tuple[Handler, ...]:
        """Return what would run for an event, without running it."""
        return tuple(self._handlers.get(name, ()))

    def kept(self, name: str) -> Sequence[str] | None:
        """Return what is kept of an event besides ids; None if it has no handler."""
        return self._kept.get(name)

    @property
    def names(self) -> frozenset[str]:
        """The events that have a handler."""
        return frozenset(self._handlers)

    async def dispatch(self, event: BitrixEvent, due: Due) -> Outcome:
        """Let every handler of the event say what to look at."""
        handlers = self._handlers.get(event.name)
        if handlers is None:
            return Outcome.IGNORED if event.name in self._ignored else Outcome.UNKNOWN
        for handler in handlers:
            await handler(event, due)
        return Outcome.HANDLED
