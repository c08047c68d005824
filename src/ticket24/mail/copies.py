"""Strangers' words in mails to people whom they put in copy: no links.

A customer chooses these words and who gets them, and they arrive in the company's name.
Mail programs turn anything that looks like an address into a link, even in plain text.
So addresses are broken up by an invisible character.
"""

import re

from markupsafe import Markup, escape

_BREAK = "\u200b"

# Places where an address or a number could go on: after its scheme, its dots and its
# sign, including the forms that other scripts have.
_JOINTS = re.compile(r"([:.@/\u2024\u3002\ufe52\uff0e\uff1a\uff20\uff0f\uff61])(?=\S)")


def unlinked(text: str) -> str:
    """Return the same words, in a form that no program turns into links."""
    return _JOINTS.sub(rf"\1{_BREAK}", text)


def as_html(text: str) -> Markup:
    """Return plain text as HTML whose only elements are line breaks."""
    return Markup("<br>").join(escape(line) for line in unlinked(text).split("\n"))
