"""The custom fields of contacts on the wire (methods.md 5.3).

Each of these methods is for administrators of the CRM only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import flag, items, mapping, whole, words

PAGE = 50

_LABELS = ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL")


@dataclass(frozen=True, slots=True)
class UserField:
    """A custom field. It has labels only if a language was asked for."""

    id: int
    name: str
    kind: str
    multiple: bool
    xml_id: str
    labels: tuple[str, ...]


def list_call(start: int = 0, language: str = "") -> Call:
    """Ask for the fields of contacts, PAGE of them, with the labels of a language."""
    wanted = {"LANG": language} if language else {}
    return Call(
        "crm.contact.userfield.list",
        {"order": {"ID": "ASC"}, "filter": wanted, "start": start},
    )


def add_params(name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Describe a new field for one line of text.

    `name` comes without the UF_CRM_ that Bitrix24 puts before it; `labels` go by
    language. It is not offered as a filter or a column: it holds passwords.
    """
    return {
        "fields": {
            "FIELD_NAME": name,
            "USER_TYPE_ID": "string",
            "XML_ID": name,
            "LABEL": labels["en"],
            **{key: dict(labels) for key in _LABELS},
            "MULTIPLE": "N",
            "MANDATORY": "N",
            "SHOW_FILTER": "N",
            "SHOW_IN_LIST": "N",
            "EDIT_IN_LIST": "Y",
            "SORT": 1000,
            "SETTINGS": {"SIZE": 40, "ROWS": 1},
        }
    }


def read(result: Any) -> list[UserField]:  # noqa: ANN401  JSON.
    """Read the answer to `list_call`; odd rows are left out."""
    return [
        UserField(
            whole(row.get("ID")),
            words(row.get("FIELD_NAME")),
            words(row.get("USER_TYPE_ID")),
            flag(row.get("MULTIPLE")),
            words(row.get("XML_ID")),
            _labels(row),
        )
        for row in map(mapping, items(result))
        if words(row.get("FIELD_NAME"))
    ]


def _labels(row: Mapping[str, Any]) -> tuple[str, ...]:
    labels = (" ".join(words(row.get(key)).split()) for key in _LABELS)
    return tuple(dict.fromkeys(label for label in labels if label))
