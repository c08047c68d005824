"""Accents of any colour stay readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket24.domain.settings.colours import (
    DARK_PAGE,
    ENOUGH,
    LIGHT_PAGE,
    contrast,
    mixed,
    palette,
    readable,
)

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
pages = st.sampled_from([LIGHT_PAGE, DARK_PAGE])


@pytest.mark.parametrize(
    ("one", "two", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_as_wcag_counts_it(one, two, ratio):
    """Known pairs have their known contrast, in either order."""
    assert ratio == pytest.approx(contrast(one, two), abs=0.005)
    assert contrast(one, two) == contrast(two, one)


@given(colours, pages)
def test_text_can_be_read_whatever_the_accent(accent, page):
    """Buttons, pressed buttons and links have a contrast of 4.5:1 at least."""
    chosen = palette(accent, page)

    assert contrast(chosen.button, chosen.button_text) >= ENOUGH
    assert contrast(chosen.button_hover, chosen.button_text) >= ENOUGH
    assert contrast(chosen.link, page) >= ENOUGH


@given(colours, pages)
def test_a_button_ends_somewhere(accent, page):
    """The edge of a button can be told from the page."""
    assert contrast(palette(accent, page).button_edge, page) >= 3


@given(colours, pages)
def test_the_button_is_the_accent(accent, page):
    """The company's colour itself is never changed on a button."""
    assert accent == palette(accent, page).button


@given(colours, pages)
def test_what_is_readable_stays_as_it_is(accent, page):
    """A colour with enough contrast is not touched."""
    once = readable(accent, page)

    assert once == readable(once, page)
    if contrast(accent, page) >= ENOUGH:
        assert accent == once


def test_other_backgrounds_are_no_harder():
    """White cards and dark ones are at least as good to read on as we count on."""
    link_on_light = readable("#ffcc00", LIGHT_PAGE)
    link_on_dark = readable("#101080", DARK_PAGE)

    assert contrast(link_on_light, "#ffffff") >= ENOUGH
    assert contrast(link_on_dark, "#13151b") >= ENOUGH


def test_mixing():
    """A mix is between its colours."""
    assert "#ffffff" == mixed("#ffffff", "#000000", 0)
    assert "#808080" == mixed("#ffffff", "#000000", 0.5)
    assert "#000000" == mixed("#ffffff", "#000000", 1)
