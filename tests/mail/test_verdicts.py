"""Whom real mail servers mean by what they answer."""

from pathlib import Path

import pytest

from ticket24.mail.server.verdicts import Meant, Phase, meant

PHASES = {
    "-": Phase.OPENING,
    "MAIL": Phase.SENDER,
    "RCPT": Phase.RECIPIENT,
    "DATA": Phase.CONTENT,
}
ANSWERS = [
    line.split(maxsplit=2)
    for line in Path(__file__).with_name("answers.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize(("whom", "phase", "words"), ANSWERS)
def test_a_refusal_means_us_or_one_recipient_or_this_mail(whom, phase, words):
    """What the server says, and after which command, tells whom to ask."""
    assert Meant(whom) is meant(PHASES[phase], int(words[:3]), words)
