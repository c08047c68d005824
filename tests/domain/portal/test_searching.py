"""What a search finds in texts with tags."""

import pytest

from ticket24.domain.portal.searching import Searched, found_in, wanted_in
from ticket24.domain.tickets.model import TicketRef


def finds(words, description):
    ticket = Searched(TicketRef("acme", 51), "", description, "")
    return bool(found_in({51: ticket.text}, wanted_in(words)))


@pytest.mark.parametrize(
    "text",
    [
        "[b]hal[/b]lo",
        "ha[COLOR=#ff0000]ll[/COLOR]o",
        "[url=https://example.com/x]hal[/url][i]l[/i]o",
        "h[size=20][font=Arial]al[/font]l[/size]o",
        "[user=5]Hal[/user]lo",
        "[table][tr][td]H[u]a[/u][s]l[/s]lo[/td][/tr][/table]",
    ],
)
def test_a_word_goes_on_behind_a_tag_within_it(text):
    """It is read as one word, so it is found as one."""
    assert finds("hallo", text)


@pytest.mark.parametrize(
    "text",
    [
        "[p]hal[/p]lo",
        "[quote]hal[/quote]lo",
        "[list][*]hal[*]lo[/list]",
        "[td]hal[/td][td]lo[/td]",
        "hal[br]lo",
        "[code]hal[/code]lo",
        "[center]hal[/center]lo",
        "hal[disk file id=n5]lo",
    ],
)
def test_what_stands_apart_is_no_word(text):
    """Two paragraphs, cells or lines are read one after the other."""
    assert not finds("hallo", text)
    assert finds("hal lo", text)
