"""How the form's fields about tickets that wait for their customers are read."""

from dataclasses import fields

from ticket24.domain.settings.faults import WrongSetting
from ticket24.domain.settings.model import Ends
from ticket24.domain.settings.reading.fields import Reader


def ends(reader: Reader, name: str) -> Ends:
    """Read three numbers of days; an empty one is 0, and a reminder comes first."""
    names = {one.name: f"{name}.{one.name}" for one in fields(Ends)}
    read = Ends(**{n: reader.days(at, reader.form.part(at)) for n, at in names.items()})
    if 0 < read.close_after <= read.remind_after:
        reader.wrong(f"{name}.close_after", WrongSetting.NO_TIME_LEFT)
    return read
