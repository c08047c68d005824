"""What may be in a mail's head."""

import pytest

from ticket24.domain.lines import shortened
from ticket24.mail.address import Sender


def test_a_sender_may_have_a_name():
    """The sender's name and mailbox are told apart."""
    sender = Sender("Müller Support <desk@example.org>", "example.org")

    assert ("Müller Support", "desk@example.org") == (sender.name, sender.mailbox)
    assert "" == Sender("desk@example.org", "example.org").name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("=?utf-8?q?M=C3=BCller?= <desk@example.org>", "Müller"),
        ("=?utf-8?b?S?= there <desk@example.org>", "=?utf-8?b?S?= there"),
        ("=?unheard-of?q?Hi?= <desk@example.org>", "=?unheard-of?q?Hi?="),
    ],
)
def test_a_senders_name_may_be_encoded(written, name):
    """An operator may encode the name as mails do; anything else does not change."""
    assert name == Sender(written, "example.org").name


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("Eve\r\nBcc: all@example.com", "Eve Bcc: all@example.com"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066a\u2069\u200e\u200f\u061cb", "ab"),
        ("a\u2028b\u2029c\x00d\x85e\tf", "a b c d e f"),
        ("\ud800a\udfff", "a"),
        ("  two   spaces ", "two spaces"),
        ("family 👨‍👩‍👧 stays", "family 👨‍👩‍👧 stays"),
    ],
)
def test_one_line_is_one_visible_line(hostile, harmless):
    """Line ends become spaces and invisible characters go; joined emoji stay."""
    assert harmless == shortened(hostile, 100)


def test_one_line_is_never_longer_than_asked():
    """Long words are cut, and show that they were."""
    assert "a" * 9 + "…" == shortened("a" * 10_000, 10)
    assert "a" * 10 == shortened("a" * 10, 10)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("abcde" + "e\u0301" * 9, "abcdee\u0301e\u0301"),
        ("abcdef👨\u200d👩\u200d👧 g", "abcdef"),
        ("abcdefgh👍🏽 thanks", "abcdefgh"),
        ("abcdefgh❤\ufe0f love", "abcdefgh"),
        ("abcd हिन्दी और", "abcd हिन्"),
        ("a" + "\u0301" * 50, "a" + "\u0301" * 8),
    ],
)
def test_one_line_cuts_no_letter(words, kept):
    """A letter keeps its accents, an emoji its parts; piles of them are cut."""
    assert kept + "…" == shortened(words, 10)
