"""How the company's rules are read from the rows of the form."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

from ticket24.domain.lines import one_line, pasted
from ticket24.domain.settings.faults import SettingFault, WrongSetting
from ticket24.domain.settings.house_rules.model import (
    SILENCES,
    Conditions,
    Deeds,
    EndState,
    HouseRule,
    Opener,
    When,
    Whom,
)
from ticket24.domain.settings.house_rules.rows import ROLES, TAGGED, RuleRow
from ticket24.domain.settings.model import AccountSettings, Language
from ticket24.domain.settings.parts import tag_key
from ticket24.domain.settings.reading.automation import (
    NOTE_LENGTH,
    VALUES,
    strange_values,
)
from ticket24.domain.settings.reading.fields import (
    NAME_LENGTH,
    TAG_LENGTH,
    Reader,
    line_of,
    tag_of,
    tags_offered,
)
from ticket24.domain.tickets.model import Status
from ticket24.domain.words import folded, sought

MOST_RULES = 40
MOST_NUMBERED = 20
MOST_WORDS = 50
WORD_LENGTH = 60
MOST_HOURS = 2_000
_KEY_LENGTH = 20


def house_rules(reader: Reader, name: str) -> tuple[HouseRule, ...]:
    """Read every row that is not empty; each rule has a key of its own."""
    rows = [row for row in reader.form.rules if not row.empty]
    if len(rows) > MOST_RULES:
        reader.wrong(name, WrongSetting.RULES, str(MOST_RULES))
        return reader.before.rules
    rules: list[HouseRule] = []
    for row in rows:
        at = f"{name}.{row.key}"
        rule = _rule(reader, at, row)
        known = {one.key for one in rules}
        if rule.key in known:
            reader.wrong(f"{at}.key", WrongSetting.KEY_TWICE, rule.key)
        rules.append(rule if rule.key else replace(rule, key=_new_key(rule, known)))
    return tuple(rules)


def strange_tags(settings: AccountSettings) -> Iterator[SettingFault]:
    """Yield a fault for each tag of a rule that is not offered."""
    for place, rule in enumerate(settings.rules):
        for section in TAGGED:
            offered = {*map(folded, getattr(settings.tags, section))}
            for table, some in (("if", rule.if_), ("unless", rule.unless)):
                for tag in getattr(some, section):
                    if folded(tag) not in offered:
                        at = f"rules.{place}.{table}.{section}"
                        yield SettingFault(at, WrongSetting.NO_TAG, tag)


def people(settings: AccountSettings) -> dict[str, int]:
    """Return the users of Bitrix24 that rules name, by field."""
    named = {}
    for place, rule in enumerate(settings.rules):
        at, then = f"rules.{place}.then", rule.then
        named[f"{at}.responsible"] = then.responsible
        named |= {f"{at}.observers.{n}": one for n, one in enumerate(then.observers)}
        for table in ("note", "mail"):
            told = [one for one in getattr(then, table) if isinstance(one, int)]
            named |= {f"{at}.{table}.{n}": one for n, one in enumerate(told)}
    return named


def stages(settings: AccountSettings) -> dict[str, int]:
    """Return the stages that rules name, by field."""
    named = {}
    for place, rule in enumerate(settings.rules):
        at = f"rules.{place}"
        named[f"{at}.then.stage"] = rule.then.stage
        for table, some in (("if", rule.if_.stage), ("unless", rule.unless.stage)):
            named |= {f"{at}.{table}.stage.{n}": one for n, one in enumerate(some)}
    return {name: one for name, one in named.items() if one}


def places(settings: AccountSettings) -> frozenset[tuple[int, frozenset[int]]]:
    """Return each stage that rules name, with the workgroup where they move cards."""
    return frozenset(
        (stage, boards_of(settings, name) if ".then." in name else frozenset())
        for name, stage in stages(settings).items()
    )


def boards_of(settings: AccountSettings, name: str) -> frozenset[int]:
    """Return the workgroups in one of whose boards a stage of a rule has to be.

    `name` is its field. It is moved to in the rule's department.
    """
    _, place, table, *_ = name.split(".")
    rule = settings.rules[int(place)]
    return frozenset(rule.if_.department) if table == "then" else settings.group_ids


def _rule(reader: Reader, at: str, row: RuleRow) -> HouseRule:
    title, key = line_of(row.part("name")), pasted(row.part("key"))
    if len(title) > NAME_LENGTH:
        reader.wrong(f"{at}.name", WrongSetting.LONG, str(NAME_LENGTH))
    if len(key) > _KEY_LENGTH or not (
        key.isascii() and key.replace("-", "a").isalnum()
    ):
        if key:
            reader.wrong(f"{at}.key", WrongSetting.RULE_KEY, key)
        key = ""
    when = row.part("when")
    if when not in get_args(When):
        reader.wrong(f"{at}.when", WrongSetting.WHEN)
        when = "opened"
    hours = _hours(reader, f"{at}.hours", row.part("hours"))
    if when in SILENCES and not row.part("hours"):
        reader.wrong(f"{at}.hours", WrongSetting.SILENT_HOURS, str(MOST_HOURS))
    conditions, deeds = _conditions(reader, at, row, "if"), _deeds(reader, at, row)
    unless = _conditions(reader, at, row, "unless")
    if deeds == Deeds():
        reader.wrong(f"{at}.then", WrongSetting.NO_DEED)
    marked = reader.form.line("shown_messages") == "marked"
    if deeds.remark and not (marked or reader.form.words.get("internal_marks")):
        reader.wrong(f"{at}.then.remark", WrongSetting.NO_INTERNAL_MARK)
    if deeds.stage and len(conditions.department) != 1:
        reader.wrong(f"{at}.then.stage", WrongSetting.ONE_DEPARTMENT)
    on = bool(row.part("on"))
    return HouseRule(when, title, on, key, hours, conditions, unless, deeds)  # type: ignore[arg-type]  # It is one of them.


def _hours(reader: Reader, at: str, text: str) -> int:
    """Read a number of working hours; 0 where there is none."""
    text = pasted(text)
    known = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_HOURS))
    hours = int(text) if known else 0
    if text and not 1 <= hours <= MOST_HOURS:
        reader.wrong(at, WrongSetting.SILENT_HOURS, str(MOST_HOURS))
        return 0
    return hours


def _conditions(reader: Reader, at: str, row: RuleRow, table: str) -> Conditions:
    groups = [row_.group_id.strip() for row_ in reader.form.rows if not row_.empty]
    ticked = [
        one.removeprefix(f"{table}.department.")
        for one in row.parts
        if one.startswith(f"{table}.department.")
    ]
    for one in ticked:
        if one not in groups:
            reader.wrong(f"{at}.{table}.department", WrongSetting.NO_DEPARTMENT, one)
    tags: dict[str, Any] = {
        one: _offered(reader, at, row, table, one) for one in TAGGED
    }

    def numbers(name: str, what: WrongSetting) -> tuple[int, ...]:
        return _numbers(reader, at, row, f"{table}.{name}", what)

    opener = row.part(f"{table}.opened_by")
    if opener not in get_args(Opener):
        reader.wrong(f"{at}.{table}.opened_by", WrongSetting.OPENER)
        opener = ""
    return Conditions(
        department=tuple(int(one) for one in groups if one in ticked),
        **tags,
        status=tuple(one for one in Status if row.part(f"{table}.status.{one}")),
        stage=numbers("stage", WrongSetting.STAGE),
        customer=numbers("customer", WrongSetting.CONTACT),
        company=numbers("company", WrongSetting.COMPANY),
        words=_looked_for(reader, at, row, f"{table}.words"),
        first_contact=bool(row.part(f"{table}.first_contact")),
        opened_by=opener,  # type: ignore[arg-type]  # It is one of them.
    )


def _offered(
    reader: Reader, at: str, row: RuleRow, table: str, section: str
) -> tuple[str, ...]:
    """Read the tags that are ticked; a rule that lost one would fit more."""
    start = f"{table}.{section}."
    tags = {f"{start}{tag_key(tag)}": tag for tag in tags_offered(reader.form, section)}
    if any(one.startswith(start) and one not in tags for one in row.parts):
        reader.wrong(f"{at}.{table}.{section}", WrongSetting.GONE_TAG)
    return tuple(tag for one, tag in tags.items() if row.part(one))


def _deeds(reader: Reader, at: str, row: RuleRow) -> Deeds:
    def number(name: str, what: WrongSetting) -> int:
        return reader.number(f"{at}.{name}", row.part(name), what)

    status = row.part("then.status")
    if status not in get_args(EndState):
        reader.wrong(f"{at}.then.status", WrongSetting.OUTCOME)
        status = ""
    return Deeds(
        responsible=number("then.responsible", WrongSetting.PERSON),
        deadline=reader.days(f"{at}.then.deadline", row.part("then.deadline")),
        important=bool(row.part("then.important")),
        add_tags=_tags(reader, at, row, "then.add_tags"),
        remove_tags=_tags(reader, at, row, "then.remove_tags"),
        observers=_numbers(reader, at, row, "then.observers", WrongSetting.PERSON),
        stage=number("then.stage", WrongSetting.STAGE),
        status=status,  # type: ignore[arg-type]  # It is one of them.
        note=_told(reader, at, row, "then.note"),
        mail=_told(reader, at, row, "then.mail"),
        said=_text(reader, f"{at}.then.said", row.part("then.said"), VALUES),
        answer=_answer(reader, at, row),
        remark=_text(reader, f"{at}.then.remark", row.part("then.remark"), VALUES),
    )


def _told(reader: Reader, at: str, row: RuleRow, name: str) -> tuple[Whom, ...]:
    roles = (one for one in ROLES if row.part(f"{name}.{one}"))
    return (*roles, *_numbers(reader, at, row, name, WrongSetting.PERSON))


def _answer(
    reader: Reader, at: str, row: RuleRow
) -> Mapping[Literal["en", "de", "pt"], str]:
    """Read what customers are told, in each language in which it is said."""
    values = [one for one in VALUES if one != "customer"]
    read: dict[Literal["en", "de", "pt"], str] = {}
    for language in get_args(Language):
        name = f"then.answer.{language}"
        if text := _text(reader, f"{at}.{name}", row.part(name), values):
            read[language] = text
    return read


def _text(reader: Reader, at: str, typed: str, values: Collection[str]) -> str:
    """Read words of several lines; all their values have to be known."""
    text = "\n".join(map(one_line, typed.splitlines())).strip("\n")
    if len(text) > NOTE_LENGTH:
        reader.wrong(at, WrongSetting.LONG_NOTE, str(NOTE_LENGTH))
    for value in strange_values(text, values):
        reader.wrong(at, WrongSetting.VALUE, value)
    return text


def _numbers(
    reader: Reader, at: str, row: RuleRow, name: str, what: WrongSetting
) -> tuple[int, ...]:
    typed = row.numbered(name)
    if len(typed) > MOST_NUMBERED:
        reader.wrong(f"{at}.{name}", WrongSetting.TOLD, str(MOST_NUMBERED))
        return ()
    read = [reader.number(f"{at}.{one}", text, what) for one, text in typed]
    return tuple(dict.fromkeys(filter(None, read)))


def _words(
    reader: Reader, at: str, row: RuleRow, name: str, longest: int
) -> tuple[str, ...]:
    words = [*filter(None, map(line_of, row.part(name).splitlines()))]
    if len(words) > MOST_WORDS:
        reader.wrong(f"{at}.{name}", WrongSetting.WORDS, str(MOST_WORDS))
        return ()
    for word in words:
        if len(word) > longest:
            reader.wrong(f"{at}.{name}", WrongSetting.LONG, str(longest))
    return tuple({folded(word): word for word in reversed(words)}.values())[::-1]


def _looked_for(reader: Reader, at: str, row: RuleRow, name: str) -> tuple[str, ...]:
    """Read words to look for; a lone accent stands nowhere, so no ticket has it."""
    words = _words(reader, at, row, name, WORD_LENGTH)
    for word in words:
        if not sought(folded(word)):
            reader.wrong(f"{at}.{name}", WrongSetting.NO_LETTERS, word)
    return words


def _tags(reader: Reader, at: str, row: RuleRow, name: str) -> tuple[str, ...]:
    words = _words(reader, at, row, name, TAG_LENGTH)
    return tuple(filter(None, map(tag_of, words)))


def _new_key(rule: HouseRule, known: set[str]) -> str:
    """Return a key made of what the rule says; a twin gets another one."""
    for number in range(len(known) + 1):
        # A rule keeps its key of earlier versions, which could not exclude, nor ask
        # who opened a ticket.
        said = repr(replace(rule, on=True)).replace(f" unless={Conditions()!r},", "")
        said = said.replace(", opened_by=''", "")
        words = f"{said} {number or ''}"
        key = hashlib.sha256(words.encode(errors="replace")).hexdigest()[:8]
        if key not in known:
            break
    return key
