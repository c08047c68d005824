"""A reader of mail heads that follows the standards to the letter, and texts for it.

It shares nothing with Python's `email` package nor with ours: RFC 5322 for lines and
names, RFC 2047 for encoded words. Anything that is not allowed is an AssertionError.
"""

import base64
import re
from random import Random

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_ENCODED = re.compile(r"=\?([A-Za-z0-9-]+)\?([bBqQ])\?([!-<>@-~=]*)\?=")
_Q_IN_PHRASE = re.compile(r"(?:[A-Za-z0-9!*+/_-]|=[0-9A-F]{2})*")
_B = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_MAILBOX = re.compile(
    r'(?:(?P<phrase>.*) <(?P<angle>[^<>]+)>|(?P<bare>[^<> "]+|"[^"<>]+"@[^<> "]+))'
)
_ADDRESS = re.compile(
    rf'(?:{_ATEXT}+(?:\.{_ATEXT}+)*|"[A-Za-z0-9.!#$%&\'*+/=?^_`{{|}}~-]+")'
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*"
)


def head(raw):
    """Return the names and values of a mail's headers, unfolded but unchanged."""
    block, end, _ = raw.partition(b"\r\n\r\n")
    assert end
    return [unfolded(line) for line in re.split(rb"\r\n(?![ \t])", block)]


def unfolded(header):
    """Return name and value of one header, whose lines must be correct."""
    for line in header.split(b"\r\n"):
        assert re.fullmatch(rb"[ -~]{1,998}", line), line
        assert line.strip(), line
        breakable = b" " in re.sub(rb"^[!-9;-~]+: | ", b"", line, count=1)
        assert len(line) <= 78 or not breakable, line
        assert len(line) <= 76 or b"=?" not in line, line
    name, colon, value = header.decode("ascii").replace("\r\n", "").partition(": ")
    assert colon
    assert re.fullmatch(r"[!-9;-~]+", name), name
    return name, value


def text(value):
    """Return what an unstructured value says."""
    return _said(value.split(" "), in_phrase=False)


def mailbox(value):
    """Return name and address of the one mailbox in a value."""
    found = _MAILBOX.fullmatch(value)
    assert found, value
    address = found["angle"] or found["bare"]
    assert _ADDRESS.fullmatch(address), value
    phrase = found["phrase"] or ""
    if phrase.startswith('"'):
        assert re.fullmatch(r'"[ !#-\[\]-~]*"', phrase), phrase
        assert "=?" not in phrase
        return phrase[1:-1], address
    return _said(phrase.split(" "), in_phrase=True), address


def _said(tokens, *, in_phrase):
    said, before = "", None
    for token in tokens:
        encoded = _ENCODED.fullmatch(token)
        if not encoded:
            assert "=?" not in token, token
            assert not in_phrase or re.fullmatch(rf"{_ATEXT}*", token), token
        if before is not None and not (encoded and before):
            said += " "
        said += _decoded(token, encoded, in_phrase=in_phrase) if encoded else token
        before = bool(encoded)
    return said


def _decoded(token, encoded, *, in_phrase):
    charset, way, payload = encoded.groups()
    assert charset.lower() == "utf-8"
    assert len(token) <= 75, token
    assert payload
    if way in "bB":
        assert _B.fullmatch(payload), payload
        raw = base64.b64decode(payload, validate=True)
    else:
        assert not in_phrase or _Q_IN_PHRASE.fullmatch(payload), payload
        assert re.fullmatch(r"(?:[!-<>@-~]|=[0-9A-F]{2})*", payload), payload
        raw = re.sub(
            rb"=([0-9A-F]{2})",
            lambda pair: bytes([int(pair[1], 16)]),
            payload.replace("_", " ").encode(),
        )
    said = raw.decode("utf-8", "strict")  # Whole characters in each.
    assert not re.search(r"[\x00-\x1f\x7f]", said), token
    return said


PIECES = (
    *("Printer", "a", "No", "e-mail", "4711", "Re:", "[#51]", "x" * 30, "y" * 90),
    *("Größe", "não", "naïve", "Łódź", "ß", "e\u0301", "n\u0303a\u0308\u0323"),
    *("Привет", "ошибка", "шрифт" * 9, "打印机", "着火了" * 12, "日本語", "한국어"),
    *("مرحبا", "می\u200cخواهم", "שלום"),  # noqa: RUF001  Meant so.
    *("हिन्दी", "ไทย", "\U0001d573\U0001d58a", "\U00020bb7"),
    *("🔥", "👩\u200d🚒", "👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "❤\ufe0f"),
    *(",", ";", ":", "@", "<", ">", "(", ")", "[", "]", '"', "\\", "'", ".", "..", "-"),
    *("<eve@evil.example>", "eve@evil.example,", '"Eve"', "(x)", "a@b", "Bcc:"),
    *("=", "?", "=?", "?=", "_", "=20", "=?=", "=?utf-8?q?=00?=", "=?utf-8?b??="),
    *("=?utf-8?q?x=0D=0ABcc=3A_eve@evil.example?=", "=?utf-8?b?SGVsbG8=?="),
    *("=?iso-8859-1?Q?=E4?=", "=?us-ascii*en?q?a?=", "=?UTF-8?B?w4Q=", "?utf-8?q?a?="),
    *("\r\n", "\n", "\r", "\0", "\x1b[31m", "\x7f", "\x85", "\u2028", "\t", "\xa0"),
    *("\u202e", "\u2066", "\u200b", "\ufeff", "\xad", "\U000e0041", "\uffff", "\ue000"),
    *("\ud83d", "\udfff", "\udc80", "\ufffd"),
)


def made_up(seed, count):
    """Yield mixed texts, always the same ones."""
    random = Random(seed)
    for _ in range(count):
        length = random.choice((1, 2, 3, 5, 8, 20))
        words = random.choices(PIECES, k=length)
        if random.random() < 0.1:
            words.append(chr(random.randrange(0x110000)) * random.randrange(60))
        yield random.choice(("", " ", " ", "  ")).join(words)
