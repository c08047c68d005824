"""The languages of our mails and pages: words, dates and sizes."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache, partial
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ticket24.compiled import compiled_in
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.times import zones
from ticket24.domain.tickets.model import Status, Turn

LOCALES = Path(__file__).parent / "locales"

_MILLION = 1_000_000

# A time of more minutes than this is said in hours.
_MOST_MINUTES = 120

# The variant that we write of a language that has several.
_REGIONS: dict[Language, str] = {"en": "en_GB", "de": "de_DE", "pt": "pt_BR"}

# A day with its weekday; Babel's own patterns shorten it.
_OF_THE_WEEK: dict[Language, str] = {
    "en": "EEEE, d MMMM",
    "de": "EEEE, d. MMMM",
    "pt": "EEEE, d 'de' MMMM",
}


def noop(words: str) -> str:
    """Mark words for translation that are looked up elsewhere."""
    return words


_STATUS_NAMES = {
    Status.NEW: noop("New"),
    Status.IN_PROGRESS: noop("In progress"),
    Status.IN_REVIEW: noop("In review"),
    Status.COMPLETED: noop("Completed"),
    Status.DEFERRED: noop("Deferred"),
    Status.DECLINED: noop("Declined"),
}


_TURN_NAMES = {
    Turn.NEW: noop("New"),
    Turn.YOURS: noop("Waiting for you"),
    Turn.OURS: noop("We are on it"),
    Turn.ON_HOLD: noop("On hold"),
    Turn.SOLVED: noop("Solved"),
    Turn.DECLINED: noop("Declined"),
}


@cache
def translations(language: Language) -> NullTranslations:
    """Read a language's catalogues; English is what the templates themselves say.

    Each file has a topic; `ticket24.po` has what belongs to none.
    """
    if language == "en":
        return NullTranslations()
    catalogue = Catalog(locale=_REGIONS[language])
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, _REGIONS[language], abort_invalid=True):
                catalogue[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_tag(language: Language) -> str:
    """Name the language for headers and for `lang`, as in BCP 47."""
    return "pt-BR" if language == "pt" else language


def status_name(status: Status, language: Language) -> str:
    """Say a status in words."""
    return translations(language).gettext(_STATUS_NAMES[status])


def turn_name(turn: Turn, language: Language) -> str:
    """Say whose turn a ticket is, to its customer."""
    return translations(language).gettext(_TURN_NAMES[turn])


def when(at: datetime, language: Language, zone: str = "UTC") -> str:
    """Say an instant in a time zone: `21 November 2026, 16:00 UTC`, `17:00 (GMT+1)`.

    The pattern of the time is ours, because Babel's own English one contains U+202F.
    """
    local = at.astimezone(zones.zone(zone))
    return f"{day(local.date(), language)}, {local:%H:%M} {_offset(local)}"


@lru_cache(maxsize=4_096)  # Each line of a list may say one.
def by_when(
    at: datetime,
    language: Language,
    zone: str = "UTC",
    *,
    short: bool = False,
    bare: bool = False,
) -> str:
    """Say an instant of these days: `Monday, 30 November, 10:30 (GMT+1)`.

    Seconds are left out, so what is said is never later than it is. A `short` one stays
    in one line, and like a `bare` one it leaves out the zone.
    """
    local = at.astimezone(zones.zone(zone))
    pattern = _OF_THE_WEEK[language]
    if short:
        pattern = pattern.replace("EEEE", "EEE").replace("MMMM", "MMM")
    named = format_date(local, pattern, locale=_REGIONS[language])
    if short:
        return f"{named}, {local:%H:%M}".replace(" ", "\N{NO-BREAK SPACE}")
    return f"{named}, {local:%H:%M}" + ("" if bare else f" {_offset(local)}")


def _offset(at: datetime) -> str:
    """Say how far a clock is ahead: abbreviations of zones are known to few."""
    if at.tzinfo is UTC:
        return "UTC"
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"(GMT{f'{sign}{hours}' if minutes else ''}{f':{rest:02}' if rest else ''})"


def day(at: date, language: Language) -> str:
    """Say a day: `25 December 2026`."""
    return format_date(at, "long", locale=_REGIONS[language])


def either(words: Iterable[str], language: Language) -> str:
    """Name what there is to choose from: `red, green or blue`."""
    return format_list([*words], "or", locale=_REGIONS[language])


def country(code: str, language: Language) -> str:
    """Name a country by its code of two letters; the code if nobody names it."""
    names = Locale.parse(_REGIONS[language]).territories
    return str(names.get(code, code))


def number(value: str, language: Language) -> str:
    """Say a number as people write it: `1.234,5` for `1234.5` in German."""
    try:
        return format_decimal(Decimal(value), "#,##0.######", locale=_REGIONS[language])
    except InvalidOperation:
        return value


def file_size(size: int, language: Language) -> str:
    """Say a number of bytes in kB, rounded up, or in MB from one million on."""
    if size < _MILLION:
        return f"{-(-size // 1000)} kB"
    return f"{format_decimal(size / _MILLION, '0.#', locale=_REGIONS[language])} MB"


# Years, months, weeks, days, hours and minutes, in seconds.
_UNITS = (31_557_600, 2_629_800, 604_800, 86_400, 3_600, 60)


def ago(at: datetime, language: Language, now: datetime | None = None) -> str:
    """Say how long ago an instant was: `3 hours ago`; `just now` for a minute."""
    instant = (now or datetime.now(UTC)).timestamp()
    return say_ago(seconds_ago(at.timestamp(), instant), language)


def seconds_ago(at: float, now: float) -> int:
    """Return how many seconds ago an instant was, cut to whole units of its words.

    What has happened is never to come: another machine's clock may be ahead of ours.
    """
    past = int(now - at)
    for seconds in _UNITS:
        if past >= seconds:
            return past // seconds * seconds
    return 0


@lru_cache(maxsize=1_024)
def say_ago(seconds: int, language: Language) -> str:
    """Say how long ago that was."""
    if not seconds:
        return translations(language).gettext("just now")
    return format_timedelta(
        timedelta(seconds=-seconds),
        threshold=1,
        add_direction=True,
        locale=_REGIONS[language],
    )


def in_time(seconds: int, language: Language) -> str:
    """Say when something will be possible again, never too early: `in 3 minutes`."""
    minutes = max(-(-seconds // 60), 1)
    whole = minutes if minutes <= _MOST_MINUTES else -(-minutes // 60) * 60
    return format_timedelta(
        timedelta(minutes=whole),
        granularity="minute",
        threshold=_MOST_MINUTES / 60 + 0.1,
        add_direction=True,
        locale=_REGIONS[language],
    )


def templates_in(folder: Path, language: Language, *others: Path) -> Environment:
    """Return the templates of folders; HTML is escaped, and sentences are translated.

    Statuses, times and sizes have filters that say them in the language.
    """
    environment = Environment(
        loader=FileSystemLoader((folder, *others)),
        autoescape=select_autoescape(("html",)),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=compiled_in(folder),
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations(language), newstyle=True
    )
    environment.filters |= {
        "status_name": partial(status_name, language=language),
        "turn_name": partial(turn_name, language=language),
        "by_when": lambda at, zone="UTC": by_when(at, language, zone),
        "when": lambda at, zone="UTC": when(at, language, zone),
        "ago": partial(ago, language=language),
        "file_size": partial(file_size, language=language),
    }
    return environment
