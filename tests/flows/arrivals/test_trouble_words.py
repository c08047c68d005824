"""Readers of a ticket learn what of a mail could not be read."""

import pytest

from ticket24.domain.arrivals.model import Trouble
from ticket24.flows.arrivals.trouble_words import trouble_words


@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("language", ["en", "de", "pt"])
def test_each_trouble_has_a_sentence(trouble, language):
    """Whatever kept a part from being read is said, in the account's language."""
    assert trouble_words([trouble], language).endswith(".")


def test_one_sentence_is_enough():
    """Troubles of one kind are said once, and none not at all."""
    several = [Trouble.BROKEN, Trouble.TOO_DEEP, Trouble.ENCRYPTED]

    assert 2 == len(trouble_words(several, "en").splitlines())
    assert "" == trouble_words([], "en")
