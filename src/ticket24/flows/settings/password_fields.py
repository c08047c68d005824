"""The field of contacts that contains the customers' passwords."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from ticket24.bitrix.people import userfields
from ticket24.bitrix.people.userfields import UserField
from ticket24.bitrix.rest.decode import items
from ticket24.bitrix.rest.errors import AccessDenied, BitrixError, Permanent
from ticket24.bitrix.rest.together import Caller
from ticket24.domain.words import sought

log = structlog.get_logger()

# The name of our field in Bitrix24, and the name we give before it adds UF_CRM_.
OURS = "UF_CRM_TICKET24_PASSWORD"
_MADE_AS = OURS.removeprefix("UF_CRM_")

# Labels of the original product's field, and of fields that people made by its manual.
# They are compared without case, spaces and hyphens.
ORIGINAL_LABELS = (
    "Ticket24 password",
    "Password Ticket24",
    "Ticket24-Passwort",
    "Passwort Ticket24",
    "senha do Ticket24",
    "senha Ticket24",
    "Ticket24 senha",
)

_LABELS = {
    "en": "Ticket24 password",
    "de": "Ticket24-Passwort",
    "br": "Senha do Ticket24",
    "pt": "Senha do Ticket24",
}
# The languages of Bitrix24's interface; if a label is missing, people see the name.
_OTHER_LANGUAGES = (
    *("ar", "az", "fr", "hu", "id", "in", "it", "ja", "kz", "la", "ms", "pl"),
    *("ro", "ru", "sc", "tc", "th", "tr", "ua", "uz", "vn"),
)
LABELS: Mapping[str, str] = _LABELS | dict.fromkeys(_OTHER_LANGUAGES, _LABELS["en"])

# Nobody has more pages of custom fields than this.
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class PasswordField:
    """A field that can hold passwords.

    `name` is what settings keep: it stays whatever people make of the label.
    """

    name: str
    label: str
    original: bool
    ours: bool


class NoField(Exception):
    """The CRM has no such field for a line of text, or does not let us see it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"contacts have no field {name} for one line of text that we may see:"
            " choose another password_field"
        )


async def candidates(bitrix: Caller, language: str = "en") -> list[PasswordField]:
    """Return the fields for one line of text, labelled in a language if they can be.

    The original product's come first, then ours, then the others by their label. Raises
    BitrixError, and AccessDenied if we are not an administrator of the CRM.
    """
    # Gather.
    fields = await _fields(bitrix)
    labels = await _labels(bitrix, len(fields))

    # Decide.
    found = (
        _candidate(field, labels.get(field.name, {}), language)
        for field in fields
        if _fits(field)
    )
    return sorted(found, key=_place)


async def ensure(bitrix: Caller, wanted: str) -> str:
    """Return the name of a field that exists: the wanted one, or ours.

    Ours is made if it is missing. Safe to repeat, and to run twice at once. Raises
    BitrixError, and AccessDenied if we are not an administrator of the CRM.
    """
    fields = await _fields(bitrix)
    if there := _there(fields, wanted):
        return there
    try:
        await bitrix.call(
            "crm.contact.userfield.add",
            userfields.add_params(_MADE_AS, LABELS),
            urgent=True,
        )
    except AccessDenied:
        raise
    except Permanent:
        # Somebody else has made it meanwhile, or it cannot be made.
        if there := _there(await _fields(bitrix), wanted):
            return there
        raise
    return OURS


async def check(bitrix: Caller, wanted: str, before: str) -> None:
    """See that the chosen field is there; ours is made if it is missing.

    What was chosen `before` may be chosen again, whatever became of it. Raises
    NoField, or the BitrixError that kept us from knowing.
    """
    try:
        if wanted == OURS:
            await ensure(bitrix, wanted)
        elif wanted != before:
            known = {one.name for one in await candidates(bitrix)}
            if wanted not in known:
                raise NoField(wanted)
    except AccessDenied as error:
        if wanted != before:
            raise NoField(wanted) from error
        log.info("password_field_unchecked", field=wanted)
    except BitrixError:
        if wanted != before:
            raise


def _there(fields: Iterable[UserField], wanted: str) -> str:
    usable = [field for field in fields if _fits(field)]
    names = [field.name for field in usable if field.name == wanted]
    names += [field.name for field in usable if _ours(field)]
    return names[0] if names else ""


async def _fields(bitrix: Caller) -> list[UserField]:
    found: dict[str, UserField] = {}
    start: int | None = 0
    for _ in range(_MOST_PAGES):
        if start is None:
            break
        command = userfields.list_call(start)
        answer = await bitrix.call(command.method, command.params, urgent=True)
        found |= {field.name: field for field in userfields.read(answer.result)}
        start = answer.next if items(answer.result) else None
    return list(found.values())


async def _labels(bitrix: Caller, count: int) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the labels of these fields by name and language.

    Bitrix24 shows them in one language at a time. A language that it does not know is
    refused, and has no labels.
    """
    commands = {
        f"{language} {start}": userfields.list_call(start, language)
        for language in LABELS
        for start in range(0, count, userfields.PAGE)
    }
    if not commands:
        return {}
    batch = await bitrix.batch(commands, urgent=True)
    labels: dict[str, dict[str, tuple[str, ...]]] = {}
    for key, result in batch.results.items():
        for field in userfields.read(result):
            labels.setdefault(field.name, {})[key.split()[0]] = field.labels
    return labels


def _candidate(
    field: UserField, labels: Mapping[str, tuple[str, ...]], language: str
) -> PasswordField:
    every = [label for some in labels.values() for label in some]
    shown = [*labels.get(language, ()), *labels.get("en", ()), *every, field.name]
    ours = _ours(field)
    original = not ours and any(_plain(label) in _ORIGINAL for label in every)
    return PasswordField(field.name, shown[0], original, ours)


def _place(field: PasswordField) -> tuple[bool, bool, str, str]:
    return not field.original, not field.ours, sought(field.label), field.name


def _fits(field: UserField) -> bool:
    return field.kind == "string" and not field.multiple


def _ours(field: UserField) -> bool:
    return field.name == OURS or field.xml_id == _MADE_AS


def _plain(label: str) -> str:
    return re.sub(r"[\s_-]+", "", sought(label))


_ORIGINAL = frozenset(map(_plain, ORIGINAL_LABELS))
