"""Words that run from the right to the left do so while they are typed."""

import re
from pathlib import Path

import ticket24

# Addresses, secrets and colours run from the left in every language, and what is no
# text has no direction.
_OTHERS = re.compile(
    r'name="(?:email|password|phone|accent|csrf_token|logo)"|id="portal-url"|dir="ltr"'
    r'|type="(?:hidden|checkbox|radio|file|password|tel|color|date)"|inputmode="email"'
)


def test_every_field_for_words_turns_with_them():
    """On portal and staff pages each field for words has `dir="auto"`."""
    folder = Path(ticket24.__file__).parent
    rooms = (folder / "portal", folder / "staff", folder / "site")
    pages = [page for room in rooms for page in room.glob("templates/**/*.html")]
    fields = [
        (page.name, field)
        for page in pages
        for field in re.findall(
            r"(?m)^[^#\n]*<(?:input|textarea)\b.*", page.read_text()
        )
        if not _OTHERS.search(field)
    ]

    assert len(fields) > 8
    assert [] == [one for one in fields if 'dir="auto"' not in one[1]]
