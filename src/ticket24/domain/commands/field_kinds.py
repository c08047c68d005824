"""How people type what a company asks for: lines, dates and numbers of any keyboard."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from ticket24.domain.commands.forms import Wrong
from ticket24.domain.lines import one_line, pasted
from ticket24.domain.settings.model import Language

LINE_LENGTH = 200
LINES_LENGTH = 4_000

# Longer values are refused before their letters are examined one by one.
_FAR_TOO_LONG = 10
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")

_DATES = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})"),
)
_MONTHS = 12
# Years of other calendars look like years, too.
_FIRST_YEAR, _LAST_YEAR = 1900, 2199

# By what people write below one, and between thousands.
_NUMBERS = {
    point: re.compile(
        rf"[-+]?(?:\d{{1,15}}|\d{{1,3}}(?:\{other}\d{{3}}){{1,4}})?(?:\{point}\d{{0,6}})?"
    )
    for point, other in ((".", ","), (",", "."))
}
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:[.,]\d{3})+")
_BLANKS = re.compile(r"[\s\u00a0\u2009\u202f'\u2019_]+")


def _line(typed: str, _: Language) -> tuple[str, ...] | Wrong:
    if len(typed) > _FAR_TOO_LONG * LINE_LENGTH:
        return Wrong.LONG_LINE
    line = one_line(typed)
    if len(line) > LINE_LENGTH:
        return Wrong.LONG_LINE
    return (line,) if line else ()


def _lines(typed: str, _: Language) -> tuple[str, ...] | Wrong:
    if len(typed) > _FAR_TOO_LONG * LINES_LENGTH:
        return Wrong.LONG_LINES
    plain = typed.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROLS.sub("", plain).strip()
    if len(text) > LINES_LENGTH:
        return Wrong.LONG_LINES
    return (text,) if one_line(text) else ()


def _date(typed: str, language: Language) -> tuple[str, ...] | Wrong:
    """Read a day of our calendar. In English 3/4 says too little, and 3/14 enough."""
    text = _western(typed)
    if not text:
        return ()
    for form in _DATES:
        if found := form.fullmatch(text):
            year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
            if "/" in text and language != "pt":
                if month != day and max(month, day) <= _MONTHS:
                    return Wrong.NO_DATE
                month, day = sorted((month, day))
            try:
                read = date(year, month, day)
            except ValueError:
                return Wrong.NO_DATE
            known = _FIRST_YEAR <= year <= _LAST_YEAR
            return (read.isoformat(),) if known else Wrong.NO_DATE
    return Wrong.NO_DATE


def _number(typed: str, language: Language) -> tuple[str, ...] | Wrong:
    """Read a number as people write it: `1.234,5`, `1,234.5`, `1 234`, `1.5`, `1,5`."""
    text = _BLANKS.sub("", _western(typed).replace("\u2212", "-"))
    if not text:
        return ()
    point = _point(text, language)
    if not _NUMBERS[point].fullmatch(text) or not re.search(r"\d", text):
        return Wrong.NO_NUMBER
    other = "," if point == "." else "."
    plain = text.replace(other, "").replace(point, ".").lstrip("+-")
    whole, _, part = plain.partition(".")
    part = part.rstrip("0")
    number = (whole.lstrip("0") or "0") + (f".{part}" if part else "")
    return (f"-{number}" if text.startswith("-") and number != "0" else number,)


def _point(text: str, language: Language) -> str:
    """Return what stands between ones and tenths in a number."""
    marks = [letter for letter in text if letter in ".,"]
    usual = "." if language == "en" else ","
    other = "," if usual == "." else "."
    if len({*marks}) > 1:  # The last one does, whatever the language.
        return marks[-1]
    if len(marks) > 1:
        return "," if marks[0] == "." else "."
    if marks == [other] and not _THOUSANDS.fullmatch(text):
        return other
    return usual


def _western(typed: str) -> str:
    """Return a short line with the digits that we calculate with."""
    if len(typed) > _FAR_TOO_LONG * LINE_LENGTH:
        return "?"
    return "".join(
        str(unicodedata.decimal(letter, letter)) for letter in pasted(one_line(typed))
    )


# By the kind of a field: what is typed in it, as it is kept; nothing where it is empty.
READERS: Mapping[str, Callable[[str, Language], tuple[str, ...] | Wrong]] = {
    "text": _line,
    "long_text": _lines,
    "date": _date,
    "number": _number,
    "choice": lambda typed, _: Wrong.GONE_OPTION if typed.strip() else (),
    "several": lambda typed, _: Wrong.GONE_OPTION if typed.strip() else (),
}
