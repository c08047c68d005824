"""The company's own fields on the settings page: each with all that can be chosen."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ticket24 import i18n
from ticket24.domain.settings.form import SettingsForm
from ticket24.domain.settings.model import Language
from ticket24.domain.settings.own_fields.model import NO, YES
from ticket24.domain.settings.own_fields.rows import FieldRow, blank_field
from ticket24.i18n import noop

KINDS: Mapping[str, str] = {
    "text": noop("A line of text"),
    "long_text": noop("Text of several lines"),
    "choice": noop("One of several options"),
    "several": noop("Any number of options"),
    "date": noop("A date"),
    "number": noop("A number"),
    "yes_no": noop("Yes or no"),
    "file": noop("A file"),
}
_CHOSEN = {"choice", "several", "yes_no"}
_UNNAMED = noop("Unnamed field")
_GONE = noop("No longer offered")


def own_fields_shown(
    form: SettingsForm,
    groups: Mapping[str, str],
    faulty: Collection[str],
    language: Language,
) -> dict[str, Any]:
    """Return what the template needs: each field, a blank one, and all the choices.

    `groups` are the names of workgroups.
    """
    say = i18n.translations(language).gettext
    departments = {
        id_: row.name.strip() or groups.get(id_) or f"#{id_}"
        for row in form.rows
        if (id_ := row.group_id.strip())
    }

    def shown(row: FieldRow, above: Sequence[FieldRow]) -> dict[str, Any]:
        start = f"fields.{row.key}."
        gone = [one for one in row.ticked if one not in departments]
        return {
            "row": row,
            "title": _title(row, form.line("language")) or say(_UNNAMED),
            "said": say(KINDS.get(row.part("kind"), "")) if row.part("kind") else "",
            "wrong": any(name.startswith(start) for name in faulty),
            "departments": [
                *((one, said, one in row.ticked) for one, said in departments.items()),
                *((one, f"#{one} ({say(_GONE)})", True) for one in gone),
            ],
            "others": [
                (one.part("key"), _title(one, form.line("language")), _choices(one))
                for one in above
                if one.part("kind") in _CHOSEN and one.part("key")
            ],
        }

    rows = form.own_fields
    return {
        "rows": [shown(row, rows[:place]) for place, row in enumerate(rows)],
        "blank": shown(blank_field("NEW"), rows),
        "kinds": [(kind, say(words)) for kind, words in KINDS.items()],
    }


def _title(row: FieldRow, language: str) -> str:
    called = (f"label.{one}" for one in (language, "en", "de", "pt"))
    return next(filter(None, (row.part(one).strip() for one in called)), "")


def _choices(row: FieldRow) -> str:
    """Return what can be chosen in a field, as it is kept."""
    if row.part("kind") == "yes_no":
        return f"{YES}, {NO}"
    return ", ".join(filter(None, map(str.strip, row.part("options").split("\n"))))
