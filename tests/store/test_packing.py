"""Pictures and rows are packed, and stay readable."""

from hashlib import sha256
from pathlib import Path

import pytest

from ticket24.store import packing
from ticket24.store.packing import packed, unpacked

TEXT = ('{"text":"' + "Vielen Dank für Ihre Nachricht. " * 9 + '"}').encode()

# As the first version packed it, and as the second did.
FIRST = bytes.fromhex("01ab869948a075a047a8f930621428d50200")
SECOND = bytes.fromhex("02603400950000207b56227d03f005442a0204c6c17c97a605")

DICTIONARY = "08b1bd1c8866d283609dcb747fa92acc5856fc8a22596ab8af033d1db8cb42ad"


@pytest.mark.parametrize(
    "json", [b"", b"{}", TEXT, TEXT * 1_000, bytes(range(256)) * 9]
)
def test_what_was_packed_is_read_again(json):
    """Whatever it holds, and however long it is."""
    assert json == unpacked(packed(json))


def test_it_takes_a_fraction_of_the_memory():
    """A short text, too, because the dictionary knows our words."""
    assert len(packed(TEXT)) < len(TEXT) / 4


def test_plain_json_is_read_as_it_is():
    """Earlier versions wrote it, and an update changes nothing of it."""
    assert TEXT == unpacked(TEXT)


@pytest.mark.parametrize("stored", [FIRST, SECOND])
def test_the_dictionaries_are_never_changed(stored):
    """What was packed with another one could not be read any more."""
    assert TEXT == unpacked(stored)


def test_not_a_byte_of_the_dictionary_changes():
    """One text shows only what of it that text has."""
    path = Path(packing.__file__).with_name("packing.zdict")

    assert DICTIONARY == sha256(path.read_bytes()).hexdigest()
