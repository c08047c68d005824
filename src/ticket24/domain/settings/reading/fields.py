"""The fields of the settings form, one by one: what they hold, what is wrong."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import get_args

from ticket24.domain.lines import one_line, pasted
from ticket24.domain.settings import tag_labels
from ticket24.domain.settings.colours import is_accent
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.form import SECTIONS, SettingsForm
from ticket24.domain.settings.model import (
    AccountSettings,
    Language,
    OwnWords,
    TagLabels,
)
from ticket24.domain.settings.task_fields import (
    MOST_FIELDS,
    VALUE_LENGTH,
    is_name,
    pair,
)
from ticket24.domain.settings.times.zones import is_zone
from ticket24.domain.words import folded

NAME_LENGTH = 100
GREETING_LENGTH = 200
PHRASE_LENGTH = 2_000
TAG_LENGTH = 60
MARK_LENGTH = 30
MOST_TAGS = 100
MOST_LABELS = 400
MOST_MARKS = 20
MOST_DAYS = 365
# No large provider takes more.
MOST_MEGABYTES = 25

_LARGEST_ID = 2**31 - 1
_FIELD = re.compile(r"UF_CRM_[A-Z0-9_]{1,43}")
_COLOUR = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def colour(text: str) -> str:
    """Return a colour as `#0b6e4f`, however it was written; other text unchanged."""
    text = pasted(text)
    found = _COLOUR.fullmatch(text)
    if found is None:
        return text
    digits = found[1].lower()
    return "#" + (digits if len(digits) > 3 else "".join(2 * d for d in digits))  # noqa: PLR2004  As CSS has it.


@dataclass(slots=True)
class Reader:
    """Reads field after field, in the page's order, and notes what is wrong.

    A company may keep what it had `before` by another rule.
    """

    form: SettingsForm
    before: AccountSettings = field(default_factory=AccountSettings)
    faults: list[SettingFault] = field(default_factory=list)
    _tags: set[str] = field(default_factory=set)

    def wrong(self, name: str, what: WrongSetting, detail: str = "") -> None:
        """Note what is wrong with a field."""
        self.faults.append(SettingFault(name, what, detail))

    def name(self, name: str, missing: WrongSetting | None = None) -> str:
        """Read a name as one line; `missing` is the fault of an empty one."""
        text = line_of(self.form.line(name))
        if missing and not text:
            self.wrong(name, missing)
        if len(text) > NAME_LENGTH:
            self.wrong(name, WrongSetting.LONG, str(NAME_LENGTH))
        return text

    def phrases(self, name: str, most: int) -> OwnWords:
        """Read words of several lines in each language."""
        return self.own_words(name, self.form.line, _lines, most)

    def own_words(
        self,
        name: str,
        typed: Callable[[str], str],
        clean: Callable[[str], str],
        most: int,
        long: WrongSetting = WrongSetting.LONG,
    ) -> OwnWords:
        """Read words in each language, of fields such as `greeting.de`."""
        read = {}
        for language in get_args(Language):
            at = f"{name}.{language}"
            read[language] = words = clean(typed(at))
            if len(words) > most:
                self.wrong(at, long, str(most))
        return OwnWords(**read)

    def one_of(self, name: str, known: Iterable[str], what: WrongSetting) -> str:
        """Read one of the known values."""
        text = self.form.line(name)
        if text not in known:
            self.wrong(name, what)
        return text

    def time_zone(self, name: str) -> str:
        """Read the name of a time zone; an empty one means Bitrix24's."""
        text = pasted(self.form.line(name))
        if text and not is_zone(text):
            self.wrong(name, WrongSetting.ZONE)
        return text

    def accent(self, name: str) -> str:
        """Read a colour; an empty one means ours."""
        text = colour(self.form.line(name))
        if not is_accent(text):
            self.wrong(name, WrongSetting.ACCENT)
        return text

    def contact_field(
        self, name: str, what: WrongSetting = WrongSetting.PASSWORD_FIELD
    ) -> str:
        """Read the name of a contact field; the one from `before` may have any name."""
        text = pasted(self.form.line(name))
        if text != getattr(self.before, name) and not _FIELD.fullmatch(text):
            self.wrong(name, what)
        return text

    def level_field(self, name: str) -> str:
        """Read the name of a field that tells the levels of customers, if there is."""
        if not pasted(self.form.line(name)):
            return ""
        return self.contact_field(name, WrongSetting.LEVEL_FIELD)

    def own_field(self, name: str, text: str, what: WrongSetting) -> str:
        """Read the name of a custom field of contacts, if there is one."""
        text = pasted(text)
        if text and not _FIELD.fullmatch(text):
            self.wrong(name, what)
        return text

    def role_words(self, name: str, most: int) -> tuple[str, ...]:
        """Read words that stand for a role, one on each line."""
        typed = filter(None, map(line_of, self.form.part(name).splitlines()))
        words = tuple(islice(typed, most + 1))
        if any(len(word) > TAG_LENGTH for word in words):
            self.wrong(name, WrongSetting.LONG, str(TAG_LENGTH))
        if len(words) > most:
            self.wrong(name, WrongSetting.WORDS, str(most))
        return words

    def number(self, name: str, text: str, what: WrongSetting) -> int:
        """Read an id; 0 where nothing was chosen."""
        text = pasted(text)
        if not text:
            return 0
        known = text.isascii() and text.isdecimal() and len(text) <= 10  # noqa: PLR2004  As the largest id.
        number = int(text) if known else 0
        if not 1 <= number <= _LARGEST_ID:
            self.wrong(name, what)
            return 0
        return number

    def megabytes(self, name: str) -> int:
        """Read how large mails may be; an empty field means our size."""
        text = pasted(self.form.line(name)) or str(AccountSettings().mail_megabytes)
        known = text.isascii() and text.isdecimal() and len(text) <= 2  # noqa: PLR2004  As the most.
        if not known or int(text) > MOST_MEGABYTES:
            self.wrong(name, WrongSetting.MEGABYTES, str(MOST_MEGABYTES))
            return AccountSettings().mail_megabytes
        return int(text)

    def days(self, name: str, text: str) -> int:
        """Read a number of days; 0 where there is none."""
        text = pasted(text)
        if not text:
            return 0
        known = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_DAYS))
        days = int(text) if known else 0
        if not 1 <= days <= MOST_DAYS:
            self.wrong(name, WrongSetting.DAYS, str(MOST_DAYS))
            return 0
        return days

    def tags(self, name: str) -> tuple[str, ...]:
        """Read a section; a tag may appear once, in one of them."""
        words = self._words(name, TAG_LENGTH, WrongSetting.LONG_TAG, tag_of, MOST_TAGS)
        for word in words:
            if folded(word) in self._tags:
                self.wrong(name, WrongSetting.TAG_TWICE, word)
            self._tags.add(folded(word))
        if len(words) > MOST_TAGS:
            self.wrong(name, WrongSetting.TAGS, str(MOST_TAGS))
        return words

    def tag_labels(self, name: str) -> TagLabels:
        """Read labels in each language; a tag whose line has none is its own label."""
        tags = {
            folded(tag): tag for one in SECTIONS for tag in tags_offered(self.form, one)
        }
        return TagLabels(
            **{
                language: self._labels(f"{name}.{language}", tags)
                for language in get_args(Language)
            }
        )

    def _labels(self, name: str, tags: Mapping[str, str]) -> dict[str, str]:
        lines = self.form.words.get(name, ())
        if len(lines) > MOST_LABELS:
            self.wrong(name, WrongSetting.LABELS, str(MOST_LABELS))
            return {}
        labels: dict[str, str] = {}
        for line in lines:
            pair = tag_labels.pair(tag_of(line), tags)
            if pair is None:
                self.wrong(name, WrongSetting.TAG_LABEL, line)
                continue
            tag, label = pair
            if len(tag) > TAG_LENGTH:
                self.wrong(name, WrongSetting.LONG_TAG, tag)
            if len(label) > TAG_LENGTH:
                self.wrong(name, WrongSetting.LONG_LABEL, label)
            if label:
                labels.setdefault(tag, label)
        return labels

    def marks(self, name: str) -> tuple[str, ...]:
        """Read the words with which messages begin."""
        words = self._words(
            name, MARK_LENGTH, WrongSetting.LONG_MARK, line_of, MOST_MARKS
        )
        if len(words) > MOST_MARKS:
            self.wrong(name, WrongSetting.MARKS, str(MOST_MARKS))
        return words

    def public_marks(self, name: str) -> tuple[str, ...]:
        """Read those for customers: needed, and visible, if only they are shown."""
        public = self.marks(name)
        if self.form.line("shown_messages") == "marked":
            if not public:
                self.wrong(name, WrongSetting.NO_MARK)
            internal = Reader(self.form).marks("internal_marks")
            starts = tuple(map(folded, internal))
            for mark in public:
                if folded(mark).startswith(starts):
                    self.wrong(name, WrongSetting.MARK_HIDDEN, mark)
        return public

    def task_fields(self, name: str) -> dict[str, str]:
        """Read the values of tasks' own fields, each a line `NAME = value`."""
        lines = self.form.words.get(name, ())
        if len(lines) > MOST_FIELDS:
            self.wrong(name, WrongSetting.TASK_FIELDS, str(MOST_FIELDS))
        values: dict[str, str] = {}
        for line in lines[:MOST_FIELDS]:
            code, value = pair(one_line(line))
            if not is_name(code) or not value:
                self.wrong(name, WrongSetting.TASK_FIELD, line)
            elif len(value) > VALUE_LENGTH:
                self.wrong(name, WrongSetting.LONG, str(VALUE_LENGTH))
            values.setdefault(code, value)
        return values

    def _words(
        self,
        name: str,
        longest: int,
        long: WrongSetting,
        clean: Callable[[str], str],
        most: int,
    ) -> tuple[str, ...]:
        """Read words, at most one more than is allowed."""
        typed = filter(None, map(clean, self.form.words.get(name, ())))
        words = tuple(islice(typed, most + 1))
        for word in words:
            if len(word) > longest:
                self.wrong(name, long, word)
        return words


def line_of(text: str) -> str:
    """Return what was typed as one line."""
    return pasted(one_line(text))


def tags_offered(form: SettingsForm, section: str) -> Sequence[str]:
    """Return the tags that a form has in a section, as they are read."""
    return [*filter(None, map(tag_of, form.words.get(section, ())))]


def _lines(text: str) -> str:
    return "\n".join(map(one_line, text.splitlines())).strip("\n")


def tag_of(text: str) -> str:
    """Return a tag as Bitrix24 keeps it: a plain word, no `#` (methods.md 1)."""
    return line_of(text).lstrip("#").strip()
