"""How much of a posted form is read: every limit that is not a setting.

Settings say how large files may be, and how many a message may have.
"""

from dataclasses import dataclass

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`parts` are fields and files; `body_bytes` limits a body without files.

    If `files` is False, a form that could contain files is not read as one.
    """

    parts: int
    body_bytes: int = 2 * 1024 * _KIB
    files: bool = True


# Thirty fields of a company have some hundred boxes.
PORTAL = Limits(parts=600)

# Forty departments and forty rules have more fields than any form of customers.
STAFF = Limits(parts=12_000)

# What Bitrix24 posts to open a page.
OPENING = Limits(parts=200, body_bytes=128 * _KIB, files=False)

# All fields together; 100,000 characters of any language fit.
TEXT_BYTES = 1024 * _KIB
TOKEN_BYTES = 1_000

# No line is so slow that a chunk takes longer.
CHUNK_SECONDS = 30.0
CHUNK_BYTES = 64 * _KIB

# A megabyte of %-escapes takes a third of a second. So larger bodies are split one
# after the other, in a thread beside other requests.
ASIDE_BYTES = 64 * _KIB
