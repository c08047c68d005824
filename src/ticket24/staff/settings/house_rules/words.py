"""A rule of the company in one sentence, as the settings page shows it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ticket24 import i18n
from ticket24.domain.commands.rule_deeds import RuleDeed
from ticket24.domain.settings.house_rules.rows import ANSWERS, TAGGED, RuleRow
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.model import Status
from ticket24.i18n import noop

WHEN = {
    "opened": noop("When a ticket is created"),
    "replied": noop("When a customer replies"),
    "answered": noop("When your team replies"),
    "status": noop("When the status changes"),
    "stage": noop("When the card is moved on the board"),
    "silent": noop("When nobody has said anything for some working hours"),
    "unanswered": noop(
        "When a customer has waited some working hours for your team’s reply"
    ),
    "promise_near": noop("When 80% of a promised time is over"),
    "promise_broken": noop("When a promised time is over"),
    "rated_bad": noop("When a customer rates the solution as bad"),
}
_SILENT = {
    "silent": noop("When nobody has said anything for %(hours)s working hours"),
    "unanswered": noop(
        "When a customer has waited %(hours)s working hours for your team’s reply"
    ),
}
# As Bitrix24 calls them.
STATUSES = {
    Status.NEW: noop("New"),
    Status.IN_PROGRESS: noop("In progress"),
    Status.IN_REVIEW: noop("In review"),
    Status.COMPLETED: noop("Completed"),
    Status.DEFERRED: noop("Deferred"),
    Status.DECLINED: noop("Declined"),
}
OPENERS = {"customer": noop("The customer"), "staff": noop("Your team")}
END_STATES = {
    "completed": noop("Mark as solved"),
    "open": noop("Reopen"),
}

_SENTENCE = noop("%(when)s: %(deeds)s.")
_SENTENCE_IF = noop("%(when)s, if %(conditions)s: %(deeds)s.")
_SENTENCE_UNLESS = noop("%(when)s, unless %(excluded)s: %(deeds)s.")
_SENTENCE_BOTH = noop("%(when)s, if %(conditions)s, unless %(excluded)s: %(deeds)s.")
_SENTENCES = {
    (False, False): _SENTENCE,
    (True, False): _SENTENCE_IF,
    (False, True): _SENTENCE_UNLESS,
    (True, True): _SENTENCE_BOTH,
}
_AND, _OR, _THEN = noop(" and "), noop(" or "), ", "
_QUOTED = noop("“%(value)s”")
_NOTHING = noop("nothing is done yet")

_CONDITIONS = {
    "department": noop("the department is %(values)s"),
    "message_type": noop("the message type is %(values)s"),
    "priority": noop("the priority is %(values)s"),
    "sector": noop("the sector is %(values)s"),
    "status": noop("the status is %(values)s"),
    "stage": noop("the card is in %(values)s"),
    "customer": noop("the customer is %(values)s"),
    "company": noop("the customer’s company is %(values)s"),
    "words": noop("it says %(values)s"),
}
_OPENED_BY = {
    "customer": noop("the customer created it"),
    "staff": noop("your team created it"),
}
_FIRST_CONTACT = noop("it’s the customer’s first ticket")

_DEEDS = {
    "then.responsible": noop("assign it to %(value)s"),
    "then.deadline": noop("set a deadline (days: %(value)s)"),
    "then.important": noop("mark it as important"),
    "then.add_tags": noop("add the tags %(value)s"),
    "then.remove_tags": noop("remove the tags %(value)s"),
    "then.observers": noop("add %(value)s as observer"),
    "then.stage": noop("move the card to “%(value)s”"),
    "completed": noop("mark it as solved"),
    "open": noop("reopen it"),
    "then.note": noop("tell %(value)s"),
    "then.mail": noop("email %(value)s"),
    "then.answer": noop("email the customer"),
    "then.remark": noop("write an internal message"),
}
_ROLES = {"responsible": noop("the assignee"), "creator": noop("the creator")}

# What rules look at and change, by its name in `if` and `then`.
FIELDS = {
    "department": noop("Department"),
    "message_type": noop("Message type"),
    "priority": noop("Priority"),
    "sector": noop("Sector"),
    "status": noop("Status"),
    "stage": noop("Stage of the board"),
    "customer": noop("Customer"),
    "company": noop("Company"),
    "words": noop("Words"),
    "first_contact": noop("It’s the customer’s first ticket"),
    "opened_by": noop("Created by"),
    "unless": noop("An exclusion"),
    "often": noop("It has acted here very often just now, and rests for a while"),
    "responsible": noop("Assignee"),
    "deadline": noop("Deadline"),
    "card": noop("Stage of the board"),
}
_CHANGES = {
    "responsible": noop("assignee: %(value)s"),
    "deadline": noop("deadline: %(value)s"),
    "add_tags": noop("tags added: %(value)s"),
    "remove_tags": noop("tags removed: %(value)s"),
    "observers": noop("observers: %(value)s"),
    "stage": noop("card: %(value)s"),
    "important": noop("important"),
    "solved": noop("solved"),
    "reopened": noop("reopened"),
    "begun": noop("in progress"),
    "note": noop("told: %(value)s"),
    "mail": noop("emailed: %(value)s"),
    "answers": noop("email to the customer"),
    "remarks": noop("internal message"),
    "reminds": noop("reminder to the customer"),
}
_MOVED = {Status.COMPLETED: "solved", Status.IN_PROGRESS: "begun"}


@dataclass(frozen=True, slots=True)
class Names:
    """What the values in a row are called, by what was typed; tags by their key."""

    departments: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)
    companies: Mapping[str, str] = field(default_factory=dict)


def sentence(row: RuleRow, names: Names, language: Language) -> str:
    """Say when a rule acts, on which tickets, and what it does."""
    say = i18n.translations(language).gettext
    conditions = say(_AND).join(_conditions(row, "if", names, language))
    excluded = say(_OR).join(_conditions(row, "unless", names, language))
    deeds = _THEN.join(_deeds(row, names, language)) or say(_NOTHING)
    when = say(WHEN.get(row.part("when"), WHEN["opened"]))
    silent, hours = _SILENT.get(row.part("when")), row.part("hours").strip()
    if silent and hours:
        when = say(silent) % {"hours": hours}
    values = {"when": when, "conditions": conditions, "deeds": deeds}
    values |= {"excluded": excluded}
    sentence = _SENTENCES[bool(conditions), bool(excluded)]
    return say(sentence) % values


def deeds(deed: RuleDeed, names: Names, zone: str, language: Language) -> Iterator[str]:
    """Say in a few words each what a rule changes, or has changed, in a ticket."""
    say = i18n.translations(language).gettext
    due = i18n.when(deed.deadline, language, zone) if deed.deadline else ""
    observers = (_called(str(one), names.people) for one in deed.observers)
    moved = _MOVED.get(deed.status or Status.NEW, "reopened")
    found = {
        "responsible": _called(str(deed.responsible_id or ""), names.people),
        "deadline": due,
        "important": deed.important,
        "add_tags": ", ".join(deed.add_tags),
        "remove_tags": ", ".join(deed.remove_tags),
        "observers": ", ".join(observers),
        "stage": _called(str(deed.stage_id or ""), names.stages),
        moved: deed.status,
        "note": ", ".join(_called(str(one), names.people) for one in deed.note),
        "mail": ", ".join(_called(str(one), names.people) for one in deed.mail),
        "answers": deed.answers,
        "remarks": deed.remarks,
        "reminds": deed.reminds,
    }
    for name, value in found.items():
        if value:
            yield say(_CHANGES[name]) % {"value": value}


def _conditions(
    row: RuleRow, table: str, names: Names, language: Language
) -> Iterator[str]:
    say = i18n.translations(language).gettext
    statuses = {one.value: say(words) for one, words in STATUSES.items()}
    found = {
        "department": _ticked(row, f"{table}.department", names.departments),
        **{one: _ticked(row, f"{table}.{one}", names.tags) for one in TAGGED},
        "status": _ticked(row, f"{table}.status", statuses),
        "stage": _numbered(row, f"{table}.stage", names.stages),
        "customer": _numbered(row, f"{table}.customer", names.contacts),
        "company": _numbered(row, f"{table}.company", names.companies),
        "words": _lines(row, f"{table}.words"),
    }
    for name, values in found.items():
        quoted = name in {"status", "stage", "words"}
        said = say(_OR).join(
            say(_QUOTED) % {"value": one} if quoted else one for one in values
        )
        if said:
            yield say(_CONDITIONS[name]) % {"values": said}
    if opener := _OPENED_BY.get(row.part(f"{table}.opened_by")):
        yield say(opener)
    if row.part(f"{table}.first_contact"):
        yield say(_FIRST_CONTACT)


def _deeds(row: RuleRow, names: Names, language: Language) -> Iterator[str]:
    say = i18n.translations(language).gettext
    people, stages = names.people, names.stages
    found = {
        "then.responsible": _called(row.part("then.responsible"), people),
        "then.deadline": row.part("then.deadline").strip(),
        "then.important": row.part("then.important"),
        "then.add_tags": ", ".join(_lines(row, "then.add_tags")),
        "then.remove_tags": ", ".join(_lines(row, "then.remove_tags")),
        "then.observers": ", ".join(_numbered(row, "then.observers", people)),
        "then.stage": _called(row.part("then.stage"), stages),
        row.part("then.status"): row.part("then.status"),
        "then.note": ", ".join(_told(row, "then.note", people, language)),
        "then.mail": ", ".join(_told(row, "then.mail", people, language)),
        "then.answer": "".join(map(row.part, ANSWERS)),
        "then.remark": row.part("then.remark"),
    }
    for name, value in found.items():
        if value and name in _DEEDS:
            yield say(_DEEDS[name]) % {"value": value}


def _told(
    row: RuleRow, name: str, names: Mapping[str, str], language: Language
) -> list[str]:
    say = i18n.translations(language).gettext
    roles = [say(words) for one, words in _ROLES.items() if row.part(f"{name}.{one}")]
    return [*roles, *_numbered(row, name, names)]


def _ticked(row: RuleRow, name: str, names: Mapping[str, str]) -> Sequence[str]:
    start = f"{name}."
    typed = [one.removeprefix(start) for one in row.parts if one.startswith(start)]
    known = [called for one, called in names.items() if one in typed]
    return known + ["?" for one in typed if one not in names]


def _numbered(row: RuleRow, name: str, names: Mapping[str, str]) -> Sequence[str]:
    return [_called(text, names) for _, text in row.numbered(name)]


def _lines(row: RuleRow, name: str) -> Sequence[str]:
    return [*filter(None, map(str.strip, row.part(name).splitlines()))]


def _called(typed: str, names: Mapping[str, str]) -> str:
    typed = typed.strip()
    return names.get(typed) or (typed and f"#{typed}")
