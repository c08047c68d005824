"""Everything that a page or a mail says to a person, and which words a language has."""

import re
from datetime import date, timedelta
from functools import cache
from html.parser import HTMLParser

from babel.dates import format_date, format_timedelta
from babel.messages.pofile import read_po

from ticket24 import i18n

# What these hold is said: by the browser, a screen reader, or a script of ours.
_SAID = {"alt", "aria-label", "aria-description", "label", "placeholder", "title"}
_UNSAID = {"script", "style"}
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "use",
    "wbr",
}
_REGIONS = {"de": "de_DE", "pt": "pt_BR"}

_ADDRESS = re.compile(r"https?://\S+|\b[\w.+-]{1,64}@[\w.-]*|cid:\S+")
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_PLACE = re.compile(r"%\(\w+\)[sd]|%%")
_MARKUP = re.compile(r"<[^>]*>")
# What our scripts fill in.
_FILLED = re.compile(r"\{\w+\}")
_NAMES = {"English", "Deutsch", "Português"}


class _Page(HTMLParser):
    """Collects the texts of a page."""

    def __init__(self, html):
        super().__init__()
        self.texts, self._open = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append((tag, given.get("lang", "")))
        said = [given[name] for name in sorted(_SAID & set(given))]
        if tag == "meta" and given.get("name") == "description":
            said.append(given["content"])
        if tag == "input" and given.get("type") in {"button", "reset", "submit"}:
            said.append(given.get("value", ""))
        # Codes are one word. Few texts of scripts are; those begin with a capital.
        said += [
            text
            for name, text in given.items()
            if name.startswith("data-") and re.search(r"\w \w|^[A-Z]\w", text)
        ]
        for text in said:
            self._say(text)

    def handle_endtag(self, tag):
        if tag in {name for name, _ in self._open}:
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data):
        if not {tag for tag, _ in self._open} & _UNSAID:
            self._say(data)

    def _say(self, text):
        languages = {lang for _, lang in self._open if lang}
        text = " ".join(text.split())
        if text and not (len(languages) > 1 and text in _NAMES):
            self.texts.append(text)


def said_in(html):
    """Return what a page says: its text nodes, and the attributes that are read out.

    Names of other languages, which are marked as such, are not among it.
    """
    return _Page(html).texts


def heard_in(mail):
    """Return what a mail says: subject, sender, and both parts, line by line."""
    plain = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    heads = [mail["Subject"], mail["From"].addresses[0].display_name]
    return [*heads, *filter(str.strip, plain.splitlines()), *said_in(html)]


class Reader:
    """A person who reads one language, and names of people and things (`known`)."""

    def __init__(self, language, known):
        self.language = language
        self._words = _vocabulary(language) | set(
            _words_of(" ".join([*known, *_NAMES]))
        )
        self._english = _only_english(language)
        self._known = set(known)

    def strange(self, texts):
        """Return those texts that are English, or have a word that nobody taught.

        A text that is a sentence of the catalogue in English is, whatever its words;
        so is a date or a number in the English manner.
        """
        return [text for text in texts if not self._understands(text)]

    def _understands(self, text):
        if text in self._known:
            return True
        plain = _FILLED.sub(" ", _ADDRESS.sub(" ", text))
        for one in self._known:
            plain = plain.replace(one, " ")
        return (
            " ".join(plain.split()) not in self._english
            and not _english_manner(self.language, plain)
            and set(_words_of(plain)) <= self._words
        )


def _words_of(text):
    return _WORD.findall(text.lower())


def _english_manner(language, text):
    """Whether a text has a date, a decimal point or a clock as in English."""
    day = {"de": r"\d{1,2} (?:%s) \d{4}", "pt": r"\d{1,2} (?:%s) (?:de )?\d{4}"}
    return re.search(
        rf"{day[language] % '|'.join(_months(language))}|\d\.\d+ [kM]B|\d,\d{{3}}\b"
        r"|\d [AaPp]\.?[Mm]\b",
        text,
        re.IGNORECASE,
    )


@cache
def _months(language):
    days = [date(2026, month, 1) for month in range(1, 13)]
    return [format_date(day, "MMMM", locale=_REGIONS[language]) for day in days]


def _messages(language):
    for path in sorted((i18n.LOCALES / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    yield message


def _forms(said):
    return (said,) if isinstance(said, str) else said


def _plain(sentence):
    return " ".join(_MARKUP.sub(" ", _PLACE.sub(" ", sentence)).split())


@cache
def _vocabulary(language):
    """Return the words of a language's catalogues and of its dates."""
    said = [_plain(form) for one in _messages(language) for form in _forms(one.string)]
    said += _months(language)
    said += [
        format_timedelta(
            timedelta(seconds=seconds * count),
            threshold=1,
            add_direction=True,
            locale=_REGIONS[language],
        )
        for seconds in (1, 60, 3_600, 86_400, 604_800, 2_629_800, 31_557_600)
        for count in (-2, -1, 1, 2)
    ]
    said.append("kB MB UTC GMT Re AW")
    return frozenset(_words_of(" ".join(said)))


@cache
def _only_english(language):
    """Return the English sentences that this language says otherwise."""
    messages = list(_messages(language))
    theirs = {_plain(form) for one in messages for form in _forms(one.string)}
    english = {_plain(form) for one in messages for form in _forms(one.id)}
    return frozenset(english - theirs)
