"""A reaction to a mail: a click on an emoji, which comes as a mail of its own.

Gmail adds a part for machines. Outlook's are words alone; so are Gmail's once a program
on the way has taken that part out. A reaction opens no ticket again, whatever it shows.
"""

import re
from collections.abc import Mapping

from ticket24.domain.arrivals.bare_words import bare
from ticket24.domain.settings.model import Language

MOST_EMOJI = 40

# What was written once is recognised for ever: change words, and keep the old ones.
REACTIONS: Mapping[Language, str] = {
    "en": "reaction to an email",
    "de": "Reaktion auf eine E-Mail",
    "pt": "reação a um e-mail",
}
_OURS = re.compile(rf"\S{{1,{MOST_EMOJI}}} \((?:{'|'.join(REACTIONS.values())})\)")

# Outlook knows six, by their names in English; 0 takes one back.
_OUTLOOKS = {
    "\u2764": "\u2764\ufe0f",  # As it is compared.
    "like": "\U0001f44d",
    "heart": "\u2764\ufe0f",
    "celebrate": "\U0001f389",
    "laugh": "\U0001f606",
    "surprised": "\U0001f62e",
    "sad": "\U0001f622",
}
_UNKNOWN = "\u2026"
_TAKEN_BACK = "0"
_REACTED = re.compile(
    r"(?P<before>[^\n]{1,200}(?:\n[^\n]{1,200})?)[ \t]"
    r"(?:reacted to your message|hat auf (?:Ihre|deine) Nachricht reagiert"
    r"|reagiu à (?:sua|tua) mensagem|a réagi à (?:votre|ton) message"
    r"|ha reaccionado a (?:su|tu) mensaje|reaccionó a (?:su|tu) mensaje"
    r"|ha reagito al (?:suo|tuo) messaggio"
    r"|zareagował(?:a|\(a\))? na (?:Twoją|Twój) wiadomość)[ \t]?:?"
)
# The sentence in any other language: it has this many words, and a colon after them.
_LEAST_SAID, _MOST_SAID = 2, 9
_MOST_SHOWN = 3
# What programs begin a quotation with: a rule, or the heads of a mail.
_QUOTED = re.compile(r"[_-]{5,}|\*?[A-Z]\w{1,12}\*? ?:|>")
_GMAILS = "utm_campaign=emojireactionemail"
_MOST_LINES, _LONGEST = 6, 400


def as_reaction(emoji: str, language: Language) -> str:
    """Return what stands in the ticket for an emoji below a mail."""
    return f"{emoji} ({REACTIONS[language]})"


def is_reaction(text: str) -> bool:
    """Whether a message is such an emoji alone."""
    return _OURS.fullmatch(text.strip()) is not None


def is_emoji(shown: str) -> bool:
    """Whether this is an emoji and nothing else."""
    short = 0 < len(shown) <= MOST_EMOJI and not any(map(str.isspace, shown))
    return short and not shown.isascii() and not any(map(str.isalnum, shown))


def reaction_in(text: str, name: str) -> str | None:
    """Return the emoji of a mail whose words say that it is only that.

    They name its sender, as From does. "" takes an earlier one back. None: it is no
    such mail.
    """
    lines = [line.strip() for line in text[:20_000].split("\n") if line.strip()]
    if not lines or len(lines[0]) > _LONGEST:
        return None
    if is_emoji(lines[0]) and any(_GMAILS in line for line in lines[1:_MOST_LINES]):
        return lines[0]
    for count in (1, 2):
        said = "\n".join(lines[:count])[:_LONGEST]
        rest = lines[count:]
        found = _REACTED.fullmatch(said)
        shown = _shown(found["before"], name) if found else _shown_at_all(said, name)
        if shown is not None and (not rest or _QUOTED.match(rest[0])):
            return _outlooks(shown)
    return None


def _shown_at_all(said: str, name: str) -> list[str] | None:
    """Return what stands before a name with which a sentence goes on in any language.

    Only a sign that we know stands there: nobody begins so about himself.
    """
    words, named = bare(said), bare(name)
    after = words[1 + len(named) :]
    fits = named and words[1 : 1 + len(named)] == named
    known = words and (words[0] in _OUTLOOKS or is_emoji(words[0]))
    ends = said.rstrip().endswith((":", "\uff1a"))
    short = _LEAST_SAID <= len(after) <= _MOST_SAID
    return words[:1] if fits and known and ends and short else None


def _shown(before: str, name: str) -> list[str] | None:
    """Return what stands before a name, None if it is another, or too much."""
    words, named = bare(before), bare(name)
    at = len(words) - len(named)
    fits = named and {*words[at:]} == {*named} and 0 <= at <= _MOST_SHOWN
    return words[:at] if fits else None


def _outlooks(shown: list[str]) -> str:
    if shown == [_TAKEN_BACK]:
        return ""
    said = "".join(shown)
    return _OUTLOOKS.get(said) or (said if is_emoji(said) else _UNKNOWN)
