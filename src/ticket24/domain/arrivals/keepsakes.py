"""Links that are somebody's own, in what he quotes of our mails.

A link in a mail may let whoever has it read a ticket, rate it, or end mails. Quoted in
a message it would be everybody's who reads the ticket.
"""

import re
from urllib.parse import unquote, urlsplit

_LINK = re.compile(r"https?://[^\s<>()\[\]\"]+", re.IGNORECASE)
# Tokens are long; numbers of tickets and the marks of messages are not.
_TOKEN = re.compile(r"[\w~-]{20,}")


def without_own_links(text: str, public_url: str) -> str:
    """Return a text in which an ellipsis stands for links of ours with a token.

    Links that a filter put into its own are found as well.
    """
    host = urlsplit(public_url).netloc.lower()

    def replaced(found: re.Match[str]) -> str:
        path = unquote(unquote(found[0])).lower().partition(host)[2]
        return "\u2026" if _TOKEN.search(path) else found[0]

    return _LINK.sub(replaced, text)
