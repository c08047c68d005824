"""Whether a row of a list wants another look."""

from datetime import timedelta

import pytest
from examples import NOON

from ticket24.domain.glances import stale


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-3600, False), (-3, False), (-2, True), (0, True), (1, True), (3600, True)],
)
def test_what_moved_around_or_after_the_look_is_stale(seconds, expected):
    """Times have whole seconds: what moved in the moment of the look is unsure."""
    assert expected is stale(NOON + timedelta(seconds=seconds), NOON)


def test_what_was_never_looked_at_is_stale():
    """Without a look there is nothing to rely on."""
    assert stale(NOON, None)
