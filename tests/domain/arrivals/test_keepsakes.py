"""Nobody gives his own links away by quoting a mail."""

import pytest

from ticket24.domain.arrivals.keepsakes import without_own_links

OURS = "https://help.example.com"
TOKEN = "mzxw6ytboi7q4c3vnfxgo2lomftwk3tu"


@pytest.mark.parametrize(
    "link",
    [
        f"{OURS}/p/acme/follow/{TOKEN}",
        f"{OURS}/p/acme/tickets/51/rate?t={TOKEN}",
        f"https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fhelp.example.com%2Fp%2F{TOKEN}&data=1",
        f"https://urldefense.com/v3/__{OURS}/p/acme/follow/{TOKEN}__;!!x$",
        f"HTTPS://HELP.example.com/p/acme/follow/{TOKEN}",
    ],
)
def test_a_link_with_a_token_is_left_out(link):
    """An ellipsis stands for it, also where a filter has put it into another link."""
    assert "> Read it: <…>" == without_own_links(f"> Read it: <{link}>", OURS)


@pytest.mark.parametrize(
    "link",
    [
        f"{OURS}/p/acme/tickets/51",
        f"{OURS}/p/acme/go/0123456789abcdef",
        f"https://example.org/{TOKEN}",
        "https://help.example.com.evil.example/",
    ],
)
def test_other_links_stay(link):
    """What needs signing in, and what is not ours, says nothing that is secret."""
    assert f"See {link}." == without_own_links(f"See {link}.", OURS)
