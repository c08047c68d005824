"""Own fields of tasks on the wire (more.md 4.1). Parameters count by their order."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.decode import flag, items, mapping, whole, words
from ticket24.domain.settings.task_fields import TaskField


def mandatory_call() -> Call:
    """Ask for the fields of tasks that must not be empty."""
    return Call(
        "task.item.userfield.getlist",
        {"ORDER": {"ID": "ASC"}, "FILTER": {"MANDATORY": "Y"}},
    )


def all_call() -> Call:
    """Ask for all own fields of tasks."""
    return Call("task.item.userfield.getlist", {"ORDER": {"ID": "ASC"}, "FILTER": {}})


def label_call(field_id: int) -> Call:
    """Ask for one field: only that answer holds its labels."""
    return Call("task.item.userfield.get", {"ID": field_id})


def read(result: Any) -> list[TaskField]:  # noqa: ANN401  JSON.
    """Read the answer to `mandatory_call`, still without labels.

    Rows that nobody asked for are left out, because Bitrix24 ignores unknown filters.
    """
    return [
        field
        for field, row in _fields(result)
        if flag(row.get("MANDATORY")) and field.name
    ]


def read_all(result: Any) -> list[TaskField]:  # noqa: ANN401  JSON.
    """Read the answer to `all_call`, without labels."""
    return [field for field, _ in _fields(result) if field.name]


def _fields(result: Any) -> Iterator[tuple[TaskField, Mapping[str, Any]]]:  # noqa: ANN401  JSON.
    for row in map(mapping, items(result)):
        field = TaskField(
            whole(row.get("ID")),
            words(row.get("FIELD_NAME")),
            words(row.get("USER_TYPE_ID")),
            flag(row.get("MULTIPLE")),
            "",
        )
        yield field, row


def read_label(result: Any, language: str) -> str:  # noqa: ANN401  JSON.
    """Return the name that people see: in this language, in English, or in any."""
    row = mapping(result)
    for key in ("EDIT_FORM_LABEL", "LIST_COLUMN_LABEL"):
        labels: Mapping[str, Any] = mapping(row.get(key))
        named = [labels.get(language), labels.get("en"), *labels.values()]
        for label in map(words, named):
            if label.strip():
                return " ".join(label.split())
    return ""
