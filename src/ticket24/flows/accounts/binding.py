"""Our events and our tab in an account: bound where they are missing."""

from collections.abc import Collection

import structlog

from ticket24.bitrix.apps import application
from ticket24.bitrix.apps.application import Binding
from ticket24.bitrix.events.installations import NAME as ONAPPINSTALL
from ticket24.bitrix.rest.batch import Batch, Call
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import flag, mapping
from ticket24.bitrix.rest.errors import AccessDenied, Permanent

log = structlog.get_logger()


def events_of(names: Collection[str]) -> frozenset[str]:
    """Return the events to bind: those somebody hears, and installations."""
    return frozenset({*names, ONAPPINSTALL})


async def bind(bitrix: Bitrix, public_url: str, events: Collection[str]) -> list[str]:
    """Bind what is missing, unbind what is ours and stale; safe to repeat.

    Returns the names of what this account cannot bind: an event that it does not know,
    or for which a permission is missing. Raises BitrixError, and AccessDenied if the
    user we work as is not an administrator.
    """
    # Gather.
    there = await _present(bitrix)

    # Decide.
    wanted = application.wanted(public_url, events)
    lacking = sorted(wanted - there)
    stale = sorted(application.stale(there, wanted))
    if not lacking and not stale:
        return []

    # Apply.
    calls = {f"b{n}": one.bind() for n, one in enumerate(lacking)}
    calls |= {f"u{n}": one.unbind() for n, one in enumerate(stale)}
    batch = await bitrix.batch(calls, urgent=True)
    refused = [one.name for n, one in enumerate(lacking) if _refused(batch, f"b{n}")]
    for n in range(len(stale)):
        _refused(batch, f"u{n}")
    log.info("bound", bound=len(lacking) - len(refused), unbound=len(stale))
    return refused


async def missing(
    bitrix: Bitrix, public_url: str, events: Collection[str]
) -> list[str]:
    """Return the names of what is not bound; raises as `bind` does."""
    wanted = application.wanted(public_url, events)
    return sorted(one.name for one in wanted - await _present(bitrix))


async def _present(bitrix: Bitrix) -> set[Binding]:
    batch = await bitrix.batch(
        {
            "profile": Call("profile"),
            "events": Call("event.get"),
            "places": Call("placement.get"),
        },
        urgent=True,
    )
    for key in ("profile", "events"):
        if key in batch.errors:
            raise batch.errors[key]
    if not flag(mapping(batch.results["profile"]).get("ADMIN")):
        # Other users see and bind only for themselves (platform.md 1.7).
        raise AccessDenied("", "the user we work as is no administrator")
    # Without the permission `placement` there is no list, and no tab.
    places = [] if _refused(batch, "places") else batch.results["places"]
    return application.present(batch.results["events"], places)


def _refused(batch: Batch, key: str) -> bool:
    """Whether Bitrix24 refused for good; raise an error that may pass with time."""
    error = batch.errors.get(key)
    if error is None or application.is_bound_already(error.code, error.text):
        return False
    if not isinstance(error, Permanent) and error.code.lower() != "insufficient_scope":
        raise error
    log.warning("not_bound", error=str(error))
    return True
