"""A subject may be all that somebody writes, or more than an answer has."""

import pytest

from ticket24.domain.arrivals.model import Arrival, Attachment
from ticket24.domain.arrivals.subjects import (
    is_of,
    number_in,
    own_words,
    speaking,
    with_subject,
)

TITLE = "Printer [2nd floor]"


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Re:",
        "Re: [#51] Printer [2nd floor]",
        "AW: [EXTERN] Re: [#51] Printer [2nd floor]",
        "Re: [#51] Printer  [2nd floor] [SEC=OFFICIAL] (fwd)",
        "[#51] Printer",
        "Re: [#51] Its title of last week",
        "RE: Printer",
        "Re[2]: Printer",
        "[EXTERN] Antwort: Something else",
        "回复\uff1aPrinter",
        "printer [2ND floor]",
        "!!!",
    ],
)
def test_what_a_program_writes_is_nobodys_words(subject):
    assert not own_words(subject, TITLE)


@pytest.mark.parametrize(
    "subject",
    [
        "Please call me back: +44 20 7946 0958",
        "Printer [2nd floor] burns",
        "Re: [#51] Printer [2nd floor] - it burns now!",
        "Referring to the invoice",
        "回来",
    ],
)
def test_what_somebody_writes_there_is_said(subject):
    """Above the text, and instead of one."""
    assert subject == own_words(subject, TITLE)
    assert f"{subject}\n\nSee there." == with_subject("See there.", subject, TITLE)
    assert f"So: {subject}" == with_subject(f"So: {subject}", subject, TITLE)


def test_a_subject_of_ours_names_its_ticket():
    assert 51 == number_in(f"Re: [#51] {TITLE} again")
    assert is_of(f"AW: [EXTERN] [#51]  {TITLE}", TITLE)
    assert is_of(f"[#51] {'a' * 60}", "a" * 90)
    for subject in ("Re: [#51] Order 7", "[#51]", TITLE):
        assert not is_of(subject, TITLE)
    assert not is_of("[#51] Order", "")
    assert not number_in("Re: #51")


def test_a_mail_that_is_nothing_but_a_subject_says_that():
    mail = Arrival("1", subject="Please call me back")
    file = Attachment("a.txt", "text/plain", b"a")

    assert "Please call me back" == speaking(mail).text
    for said in (
        Arrival("1", subject="Please call me back", text="Hello"),
        Arrival("1", subject="Please call me back", attachments=(file,)),
        Arrival("1", subject="Re: Please call me back"),
    ):
        assert said == speaking(said)
