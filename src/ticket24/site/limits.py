"""How much of a posted form is read: every limit that settings do not name.

How large files may be, and how many a message may have, settings say.
"""

from dataclasses import dataclass

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`parts` are fields and files; `body_bytes` holds of a body that has no files.

    Without `files` a form that could have some is none.
    """

    parts: int
    body_bytes: int = 2 * 1024 * _KIB
    files: bool = True


PORTAL = Limits(parts=200)

# Forty departments have more rows than a customer's form.
STAFF = Limits(parts=2_000)

# What Bitrix24 posts to open a page.
OPENING = Limits(parts=200, body_bytes=128 * _KIB, files=False)

# Of all fields together: 100,000 characters of any language fit.
TEXT_BYTES = 1024 * _KIB
TOKEN_BYTES = 1_000

# A chunk that takes longer is no slow line any more.
CHUNK_SECONDS = 30.0
CHUNK_BYTES = 64 * _KIB

# A megabyte of %-escapes takes a third of a second: one after the other, and beside
# what others ask for.
ASIDE_BYTES = 64 * _KIB
