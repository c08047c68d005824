"""How the form's fields about ratings are read."""

from ticket24.domain.settings.model import Ratings
from ticket24.domain.settings.reading.fields import Reader


def ratings(reader: Reader, name: str) -> Ratings:
    """Read two boxes and a number of days; an empty one is ours."""
    form, days = reader.form, f"{name}.every_days"
    return Ratings(
        ask=bool(form.part(f"{name}.ask")),
        every_days=reader.days(days, form.part(days)) or Ratings().every_days,
        mark=bool(form.part(f"{name}.mark")),
    )
