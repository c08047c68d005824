"""What programs wrap a mail in is taken off, whatever is in it, and in linear time."""

import struct
import time
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket24.mail.arriving.opaque import signed
from ticket24.mail.arriving.reading import read
from ticket24.mail.arriving.rich_text import unpacked, words_of

WORDS = b"Content-Type: text/plain\r\n\r\nIt works.\r\n"


@pytest.fixture(scope="module")
def sign():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Mary")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )

    def made(words, *more):
        builder = pkcs7.PKCS7SignatureBuilder().set_data(words)
        builder = builder.add_signer(certificate, key, SHA256())
        return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, *more])

    return made


def test_what_a_signature_holds_is_found(sign):
    """However long it is; of one that is apart from its mail there is nothing."""
    for words in (WORDS, b"x" * 300_000, b""):
        assert words == signed(sign(words))
    assert b"" == signed(sign(WORDS, pkcs7.PKCS7Options.DetachedSignature))


def test_words_that_are_signed_without_a_head_are_words(sign):
    """Some programs leave it out (zammad#4742), or call the file something else."""
    words = b"Note: it squeaks.\r\n\r\nStill."
    kinds = ("application/pkcs7-mime", "application/octet-stream; name=SMIME.p7m")

    for kind in kinds:
        head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        arrival = read(head.encode() + b64encode(sign(words)))
        assert "Note: it squeaks.\n\nStill." == arrival.text
        assert () == arrival.attachments


def test_what_is_sent_piece_by_piece_is_put_together():
    """Programs that do not know how long it will be write it so (X.690, 8.1.3.6)."""

    def long(tag, *parts):
        return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"

    def short(tag, content):
        return bytes([tag, len(content)]) + content

    oid = short(6, bytes.fromhex("2a864886f70d010702"))
    data = short(6, bytes.fromhex("2a864886f70d010701"))
    pieces = long(0x24, short(4, WORDS[:9]), long(0x24, short(4, WORDS[9:])))
    what = long(0x30, data, long(0xA0, pieces))
    raw = long(0x30, oid, long(0xA0, long(0x30, b"\2\1\1", b"\x31\0", what, b"\x31\0")))

    assert WORDS == signed(raw)
    assert b"" == signed(raw[:40])
    assert b"" == signed(raw.replace(b"\x24\x80", b"\x31\x80"))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 700))
def test_no_signature_and_no_rich_text_is_too_much(sign, junk, at):
    """Whatever is broken, nothing raises."""
    raw = sign(WORDS)
    signed(raw[:at] + junk + raw[at + len(junk) :])
    packed = b"\0\1\0\0\0\1\0\0LZFu\0\0\0\0"
    words_of(unpacked(packed + junk)).encode()
    words_of(b"{\\rtf1 " + junk).encode()


def test_rich_text_is_read_as_its_writer_saw_it():
    """Letters of all kinds, lines and cells; without fonts, links' inside and HTML."""
    text = (
        r"{\rtf1\ansi\ansicpg1251\deff0{\fonttbl{\f0 Arial;}}{\*\generator X;}"
        r"\uc1 \'cf\'f0\'e8\'e2\'e5\'f2 \u8364?5\par {\uc2 \u-10179??\u-8702??}"
        r"{\field{\*\fldinst{HYPERLINK x}}{\fldrslt site}}\line a\tab b\cell\par"
        r"{\*\htmltag64 <p>}\htmlrtf hidden\htmlrtf0 shown \{x\} \'e4\~end}"
    )

    said = words_of(text.encode("latin-1"))

    assert "Привет €5\n" in said
    assert "😂" in said
    assert "site\na\tb\t\nshown {x} д\xa0end" in said
    assert "hidden" not in said
    assert "Arial" not in said
    assert "<p>" not in said


def test_half_a_letter_of_rich_text_harms_nobody():
    """What no program could store as text is not handed on."""
    said = words_of(rb"{\rtf1 a\u-10179?b\u-8702?c}")

    assert "a\ufffdb\ufffdc" == said


@pytest.mark.parametrize(
    "piece",
    [b"{\\field{\\*\\fldinst{", b"{", b"}", b"\\'e4", b"\\u1?", b"{\\fonttbl\\f1 "],
)
def test_rich_text_takes_linear_time(piece):
    """Also where one bracket opens after the other, as the other reader's does not."""

    def took(count):
        begun = time.process_time()
        words_of(piece * count)
        return time.process_time() - begun

    assert any(took(40_000) < 20 * max(took(4_000), 0.005) for _ in range(3))


def test_packed_text_refers_to_what_was_before():
    """The example that is in the specification (MS-OXRTFCP, 3.1)."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3206865"
        "6c090020627705b06c647d0a800fa0"
    )

    assert b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n" == unpacked(packed)
    assert b"" == unpacked(packed[:12])
    assert b"{\\rtf1}" == unpacked(b"\x13\0\0\0\x07\0\0\0MELA\0\0\0\0{\\rtf1}")


def winmail(name, content, of_mail=b""):
    """Write a file as Outlook does (MS-OXTNEF), without checksums."""

    def attribute(number, value):
        return struct.pack("<BII", 1, number, len(value)) + value + b"\0\0"

    return b"".join(
        (
            struct.pack("<IH", 0x223E9F78, 1),
            attribute(0x9003, of_mail) if of_mail else b"",
            attribute(0x9002, b"\0" * 14),
            attribute(0x8010, name + b"\0"),
            attribute(0x800F, content),
        )
    )


def with_files(*files):
    """Return a mail with words, and these as its winmail.dat."""
    parts = [b"Content-Type: text/plain\r\n\r\nBoth logs."]
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\r\n"
    encoded = b"Content-Transfer-Encoding: base64\r\n\r\n"
    parts += [head + encoded + b64encode(one) for one in files]
    body = b"".join(b"--b\r\n" + one + b"\r\n" for one in parts)
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--\r\n"


def test_two_files_of_outlooks_are_both_opened():
    """They have one name, since Outlook knows no other."""
    pairs = (b"a.txt", b"first"), (b"b.txt", b"second")
    arrival = read(with_files(*(winmail(*pair) for pair in pairs)))

    assert "Both logs." == arrival.text
    found = [(one.name, one.content) for one in arrival.attachments]
    assert [("a.txt", b"first"), ("b.txt", b"second")] == found


def test_files_are_there_whatever_is_wrong_with_words():
    """The whole stays beside them: nobody knows what else is in it."""
    unknown = struct.pack("<IHH", 1, 0x7777, 1)

    arrival = read(with_files(winmail(b"a.txt", b"first", unknown)))

    assert ["winmail.dat", "a.txt"] == [one.name for one in arrival.attachments]
