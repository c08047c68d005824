"""Which parts of a mail could not be read, in words for all who read the ticket."""

from collections.abc import Iterable, Mapping

from ticket24.domain.arrivals.model import Trouble
from ticket24.domain.settings.model import Language
from ticket24.i18n import noop, translations

_NOT_ALL = noop("We couldn’t read all of this email.")
_SENTENCES: Mapping[Trouble, str] = {
    Trouble.ENCRYPTED: noop("Part of this email is encrypted, so we can’t read it."),
    Trouble.OUTLOOK: noop("Outlook put part of this email into the file winmail.dat."),
}


def trouble_words(troubles: Iterable[Trouble], language: Language) -> str:
    """Return a sentence for each kind of trouble, one a line; "" for none."""
    say = translations(language).gettext
    sentences = dict.fromkeys(_SENTENCES.get(one, _NOT_ALL) for one in troubles)
    return "\n".join(map(say, sentences))
