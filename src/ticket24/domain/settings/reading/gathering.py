"""How the form's fields about mail that is told together are read."""

import re
from typing import get_args

from ticket24.domain.lines import pasted
from ticket24.domain.settings.faults import WrongSetting
from ticket24.domain.settings.model import Gathering, MailKind
from ticket24.domain.settings.reading.fields import Reader

_TIME = re.compile(r"([01]?[0-9]|2[0-3])(?:[:.]([0-5][0-9]))?", re.ASCII)


def gathering(reader: Reader, name: str) -> Gathering:
    """Read a box for each kind, and a time of day; an empty one is ours."""
    kinds = get_args(MailKind)
    always = tuple(one for one in kinds if reader.form.part(f"{name}.always.{one}"))
    at = f"{name}.daily_at"
    typed = pasted(reader.form.part(at))
    found = _TIME.fullmatch(typed)
    if typed and not found:
        reader.wrong(at, WrongSetting.TIME_OF_DAY)
    ours = Gathering().daily_at
    time = f"{int(found[1]):02}:{found[2] or '00'}" if found else ours
    return Gathering(always, time)
