"""What mail programs write above the words that they quote.

"On Monday, at noon, Acme <support@acme.example> wrote:", the same between dashes or
angles, or a few lines "From: …", "Sent: …". Only what stands directly above words of
ours is looked at, and it needs a date and a name that fit, so "From: Berlin" stays.
"""

import re
from collections.abc import Iterable, Sequence

from ticket24.domain.arrivals.bare_words import bare, seen

_ADDRESS = re.compile(r"(?:mailto:)?[\w.+=-]{1,100}@[\w.-]{1,200}", re.IGNORECASE)
_LABELLED = re.compile(
    r"[\s>*_]*[^\W\d_][\w \u3000.'/()-]{0,30}?[ \t*_]*[:\uff1a](?P<value>.*)"
)
_SUBJECT = re.compile(
    r"[\s>*_]*(?:subject|betreff|assunto|asunto|objet|sujet|temat|oggetto|onderwerp"
    r"|emne|ämne|aihe|předmět|tárgy|konu|тема|主[ \u3000]?[题題旨]|件名|제목)"
    r"[ \t\xa0*_]*[:\uff1a]",
    re.IGNORECASE,
)
_SIGNS = re.compile("[\\s>\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")
_RULE = re.compile(r"[\s>]*+(?:_{10,}+|-{20,}+)\s*+")
_DASHED = re.compile(
    r"[\s>]*+(?P<dash>[-_*=])(?P=dash)++\s*+(?P<words>[^-\s].{1,38}?)\s*+-{2,}+:?\s*"
)
# Zoho writes "---- On … wrote ----", GroupWise ">>> somebody 30.11.2026 21:30 >>>".
_BETWEEN = re.compile(r"[ \t]*+(?:-{3,}+|>{3}+)[ \t][^\n]*[ \t](?:-{3,}+|>{3}+)[ \t]*")
# Notes has a line of its own above "From: …".
_NOTES = re.compile(r"(?P<who>[^-]{2,200})---(?P<when>[^-]{6,60})---.*")
_LABELS = re.compile(r"(?:(?<![^\s>*-])|\*)[^\W\d_]{2,20}\*?[:\uff1a]\*?(?=\s)")
_FLAT_BEGINS = re.compile(r"[\s>*_-]*+(?:[^-:]{1,40}--+)?[\s>*_]*+")
# Chinese and Japanese have no space beside them.
_YEAR_OR_TIME = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
_DIGITS = re.compile(r"\d")
# How many words that are neither of a date nor of a name an attribution may have.
_MOST_WORDS = 11
_FEW_WORDS = 3
_LONGEST = 1_000
_MOST_BETWEEN = 4
_MOST_ABOVE = 3
_MOST_LINES = 14
_CLEAR_DATE, _DATE, _DAY = 4, 3, 2
_MOST_BESIDES_DAY = 5

# "Original Message", "Forwarded message": of many languages, since words in dashes may
# be the customer's own.
_SEPARATORS = re.compile(
    r"\b(?:original|originale|ursprünglich\w*|urspr\w*|oryginaln\w*|origin\w*|message"
    r"|nachricht|originalnachricht|mensagem|mensaje|messaggio|wiadomość|bericht"
    r"|forwarded|weitergeleitet\w*|encaminhada|reenviado|transféré|przekazana|inoltrato"
    r"|oorspronkelijk|исходное|сообщение|вихідне|повідомлення|původní|p[ôo]vodn[áý]"
    r"|eredeti|sporočilo|izvorn\w*|poruka|pranešimas|ziņojums|kiri|opprinnelig|oprindelig|alkuperäinen|özgün|orijinal|αρχικό|mesaj\w*"
    r"|원본|원문|原始邮件|原邮件|邮件原件|転送|元のメッセージ|元のメール)\b",
    re.IGNORECASE,
)


class Openings:
    """Finds the lines above quoted words that say whose words they are."""

    def __init__(self, lines: Sequence[str], names: Iterable[str]) -> None:
        self._lines = [seen(line)[:_LONGEST] for line in lines]
        self._names = [f" {' '.join(one)} " for name in names if (one := bare(name))]

    def begins(self, first: int, lowest: int, *, marked: bool) -> int:
        """Return where the opening above a line begins, `first` if there is none.

        It never reaches above `lowest`. Above `marked` lines less is asked of it.
        """
        above = self._above(first, lowest)
        if above < lowest:
            return first
        found = self._block(above, lowest)
        if found is None and self._is_flat(above):
            return above
        if found is None:
            found = self._attribution(above, lowest, marked=marked)
        at = first if found is None else found
        over = self._above(at, lowest)
        if over >= lowest and self._separates(over, alone=found is None):
            return over
        if found is not None and over >= lowest:
            return over if self._is_of_notes(over) else self._titled(at, lowest)
        return at

    def _titled(self, at: int, lowest: int) -> int:
        """Return where the rule is above a block that has its subject first."""
        over = at
        for _ in range(_MOST_ABOVE):
            over = self._above(over, lowest)
            if over >= lowest and self._separates(over, alone=True):
                return over
            if over < lowest or not _LABELLED.fullmatch(self._lines[over]):
                break
        return at

    def over(self, first: int, lowest: int) -> tuple[int, int] | None:
        """Return where an opening is that has a few foreign lines below it.

        Gateways put their warnings there, and people their first answer.
        """
        line = first
        for _ in range(_MOST_BETWEEN):
            line = self._above(line, lowest)
            if line < lowest:
                break
            begun = self.begins(line, lowest, marked=False)
            if begun < line:
                return begun, line
        return None

    def _above(self, line: int, lowest: int) -> int:
        """Return the next line above that has something in it."""
        line -= 1
        while line >= lowest and _SIGNS.fullmatch(f"{self._lines[line]} "):
            line -= 1
        return line

    def _separates(self, line: int, *, alone: bool) -> bool:
        if _RULE.fullmatch(self._lines[line]):
            return not alone
        found = _DASHED.fullmatch(self._lines[line])
        return bool(found) and bool(_SEPARATORS.search(found["words"] if found else ""))

    def _is_flat(self, line: int) -> bool:
        """Whether a line has all of "From: …", "Sent: …", "To: …" in it."""
        text = self._lines[line]
        first, second, *_ = [*_LABELS.finditer(text), None, None]
        if second is None or not _LABELS.search(text, second.end()):
            return False
        # What somebody said may stand before it, in the same line.
        if not (first and _FLAT_BEGINS.fullmatch(text, 0, first.start())):
            return False
        words, somebody, addressed = self._without_names(text)
        return (somebody or addressed) and self._is_date(text, words)

    def _is_of_notes(self, line: int) -> bool:
        found = _NOTES.fullmatch(self._lines[line])
        if found is None or not self._is_date(found["when"], bare(found["when"])):
            return False
        _, somebody, addressed = self._without_names(found["who"])
        return somebody or addressed

    def _attribution(self, last: int, lowest: int, *, marked: bool) -> int | None:
        """Return where "On … somebody wrote:" begins, which may be three lines long."""
        ends = self._lines[last].rstrip(" \t*_").endswith((":", "\uff1a"))
        if not (ends or _BETWEEN.fullmatch(self._lines[last])):
            return None
        for least, most in ((_CLEAR_DATE, 3), (_DATE, 2), (_DAY, 1), (0, 1)):
            for begun in range(last, max(last - most, lowest - 1), -1):
                if not self._lines[begun].strip("> \t"):
                    break
                text = " ".join(self._lines[begun : last + 1])
                if self._attributes(text, least, marked=marked):
                    return begun
        return None

    def _attributes(self, text: str, least: int, *, marked: bool) -> bool:
        words, somebody, addressed = self._without_names(text)
        dated = [word for word in words if _DIGITS.search(word)]
        # In some scripts marks on letters stand between words that they divide.
        others = sum(1 for word in words if any(map(str.isalnum, word))) - len(dated)
        if least == _CLEAR_DATE:
            whose = somebody or addressed or not self._names
            return len(dated) >= least and whose and others <= _MOST_WORDS
        if least == _DATE:
            return len(dated) >= least and somebody and others <= _MOST_WORDS
        if least == _DAY:
            day = len(dated) >= least and _YEAR_OR_TIME.search(text) is not None
            return day and somebody and others <= _MOST_BESIDES_DAY
        named = somebody or addressed if marked else somebody and addressed
        return named and others <= _FEW_WORDS

    def _block(self, last: int, lowest: int) -> int | None:
        """Return where lines "From: …", "Sent: …" begin that end here."""
        top, sender, date = None, False, False
        for at in range(last, max(last - _MOST_LINES, lowest - 1), -1):
            # QQ has an empty line above the subject.
            if at == last - 1 and not self._lines[at].strip() and self._titles(last):
                continue
            labelled = _LABELLED.fullmatch(self._lines[at])
            value = labelled["value"] if labelled else self._lines[at]
            words, somebody, addressed = self._without_names(value)
            named = somebody or addressed
            if labelled is None:
                # Long lists of recipients go on in lines of their own.
                if named and not sender:
                    continue
                break
            is_date = not named and self._is_date(value, words)
            if sender and date and not (named and not is_date):
                break
            if named or is_date:
                top = at
            sender, date = sender or named, date or is_date
        if top is None or not (sender and date):
            return None
        return top - 1 if top > lowest and self._titles(top - 1) else top

    def _titles(self, line: int) -> bool:
        """Whether a line says what the subject of a mail was."""
        return _SUBJECT.match(self._lines[line]) is not None

    def _is_date(self, value: str, words: list[str]) -> bool:
        dated = sum(1 for word in words if _DIGITS.search(word))
        return (
            dated >= _DATE
            and len(words) - dated <= _MOST_WORDS
            and _YEAR_OR_TIME.search(value) is not None
        )

    def _without_names(self, text: str) -> tuple[list[str], bool, bool]:
        """Return the other words, and whether a name and an address were there."""
        plain = _ADDRESS.sub(" ", text)
        addressed = plain != text
        joined = f" {' '.join(bare(text if not addressed else plain))} "
        somebody = any(name in f" {' '.join(bare(text))} " for name in self._names)
        for name in self._names:
            joined = joined.replace(name, " ")
        return joined.split(), somebody, addressed
