"""What lists of mails show after the subject: the first words, and nothing else.

Programs that have room for more go on with what follows in the mail. So invisible
characters fill it, which are as wide as letters to whoever counts them.
"""

from markupsafe import Markup, escape

# Gmail shows 200 letters on a wide screen, Outlook 250.
_ROOM = 250

# Joins nothing; keeps programs from taking the spaces for one; a space for no break.
_FILLING = Markup("&#847;&zwnj;&nbsp;")


def filled(words: str) -> Markup:
    """Return words as one line, filled up until no list has room for more."""
    line = " ".join(str(words).split())
    shown = Markup(line) if isinstance(words, Markup) else escape(line)  # noqa: S704  It was markup.
    return shown + _FILLING * max(_ROOM - len(shown.striptags()), 0)
