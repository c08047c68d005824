"""How custom fields look in crm.*.fields (more.md 3.6)."""

from collections.abc import Iterable, Iterator

from bitrix24_sandbox.account.records import UserField
from bitrix24_sandbox.php import Json


def described(fields: Iterable[UserField]) -> Iterator[tuple[str, Json]]:
    """Yield each field by its name; lists come with their elements."""
    for field in fields:
        shown: dict[str, Json] = {
            "type": field.kind,
            "isReadOnly": False,
            "isDynamic": True,
            "isMultiple": field.multiple,
            "title": field.name,
            "formLabel": field.labels.get("en", field.name),
        }
        if field.kind == "enumeration":
            shown["items"] = [
                {"ID": str(number), "VALUE": text}
                for number, text in field.elements.items()
            ]
        yield field.name, shown
