"""Logos in Redis."""

import pytest

from ticket24.store.accounts.logos import Logo, RedisLogos

PNG = Logo("image/png", b"\x89PNG\r\n\x1a\n\x00\xff", "0123")
SVG = Logo("image/svg+xml", b"<svg/>", "4567")


@pytest.fixture
def logos(redis):
    return RedisLogos(redis)


async def test_a_logo_comes_back_as_it_was_kept(logos):
    """Every byte of it, to its own account and to no other."""
    await logos.put("acme-1", PNG)

    assert PNG == await logos.get("acme-1")
    assert "0123" == await logos.digest("acme-1")
    assert None is await logos.get("beta-1")


async def test_the_newest_logo_replaces_the_one_before(logos):
    """There is one, or after its removal none."""
    await logos.put("acme-1", PNG)
    await logos.put("acme-1", SVG)

    assert SVG == await logos.get("acme-1")

    await logos.remove("acme-1")

    assert (None, "") == (await logos.get("acme-1"), await logos.digest("acme-1"))
