"""The rows about promises, as the settings page shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticket24.domain.settings.form import SettingsForm
from ticket24.domain.settings.reading.fields import tags_offered
from ticket24.domain.settings.times.promised_rows import rows_in
from ticket24.flows.settings.level_fields import LevelField


def promises(
    form: SettingsForm,
    groups: Mapping[str, str],
    fields: Sequence[LevelField] | None,
) -> dict[str, Any]:
    """Return the rows that were typed and an empty one, with what can be chosen.

    `groups` are the names of workgroups; `fields` is None if nobody could list them.
    """
    rows = rows_in(form.parts)
    chosen = form.line("promise_field").strip()
    known = [(one.name, one.label) for one in fields or ()]
    elements = next((one.elements for one in fields or () if one.name == chosen), ())
    return {
        "rows": [*rows, max(rows, default=-1) + 1],
        "departments": [
            (row.group_id.strip(), row.name.strip() or groups.get(row.group_id.strip()))
            for row in form.rows
            if row.group_id.strip()
        ],
        "priorities": tags_offered(form, "priority"),
        "fields": known,
        "unlisted": fields is None,
        "elements": elements,
    }
