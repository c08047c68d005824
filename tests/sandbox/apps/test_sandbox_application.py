"""What only an installed application may call."""

import pytest

EVENTS = ["event.bind", "event.get", "event.unbind", "event.test"]
OFFLINE = [f"event.offline.{verb}" for verb in ("list", "get", "clear", "error")]
PLACEMENTS = [f"placement.{verb}" for verb in ("list", "bind", "get", "unbind")]


@pytest.mark.parametrize("method", EVENTS)
async def test_event_methods(rest, method):
    """Event subscriptions are refused to a webhook as the wrong kind of caller."""
    assert (403, "WRONG_AUTH_TYPE") == await rest.error(method)


@pytest.mark.parametrize("method", OFFLINE)
async def test_offline_events(rest, method):
    """The queue of offline events is closed to a webhook."""
    assert (403, "ACCESS_DENIED") == await rest.error(method)


@pytest.mark.parametrize("method", PLACEMENTS)
async def test_placements(rest, world, method):
    """Placements need their scope first, and then an application."""
    assert (401, "insufficient_scope") == await rest.error(method)
    world.webhooks[0].scopes = [*world.webhooks[0].scopes, "placement"]

    assert (403, "WRONG_AUTH_TYPE") == await rest.error(method)


@pytest.mark.parametrize("verb", ["get", "set"])
async def test_options(rest, world, verb):
    """Options of an application are refused to a webhook, as docs or source say."""
    world.switches.auth_errors = "docs"
    assert (400, "AccessException") == await rest.error(f"app.option.{verb}")
    assert (400, "AccessException") == await rest.error(f"user.option.{verb}")
    world.switches.auth_errors = "source"
    assert (400, "AccessException") == await rest.error(f"app.option.{verb}")
    assert (403, "ACCESS_DENIED") == await rest.error(f"user.option.{verb}")
