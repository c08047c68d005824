"""BBCode of Bitrix24 to safe HTML and to plain text.

`parser.parse` reads one tree, which is written out in two ways. Only tags of the
allow-list take effect; anything else stays text. Everything takes linear time, whatever
the text.
"""

from ticket24.markup.as_html import to_html
from ticket24.markup.as_text import to_text
from ticket24.markup.from_html import from_html
from ticket24.markup.leftovers import says_something
from ticket24.markup.places import FILE_SIGN, at_their_places, matched
from ticket24.markup.shortening import begun

__all__ = [
    "FILE_SIGN",
    "at_their_places",
    "begun",
    "from_html",
    "matched",
    "says_something",
    "to_html",
    "to_text",
]
