"""How the form's fields about companies are read."""

from typing import get_args

from ticket24.domain.lines import pasted
from ticket24.domain.settings.faults import WrongSetting
from ticket24.domain.settings.reading.fields import Reader
from ticket24.domain.settings.sharing import (
    DEFAULT,
    FIELD,
    MOST_WORDS,
    WORDS,
    CompanyView,
    RoleName,
)
from ticket24.domain.words import folded


def company_view(reader: Reader, _: str) -> CompanyView:
    """Read who sees what of a company; a word can stand for one role only."""
    default = _default(reader)
    field = reader.own_field(FIELD, reader.form.part(FIELD), WrongSetting.ROLE_FIELD)
    colleague, manager = (reader.role_words(name, MOST_WORDS) for name in WORDS)
    both = {*map(folded, colleague)} & {*map(folded, manager)}
    for word in manager:
        if folded(word) in both:
            reader.wrong(WORDS[1], WrongSetting.TWO_ROLES, word)
    return CompanyView(default, field, colleague, manager)


def _default(reader: Reader) -> RoleName:
    typed = pasted(reader.form.part(DEFAULT))
    for known in get_args(RoleName):
        if typed == known:
            name: RoleName = known
            return name
    reader.wrong(DEFAULT, WrongSetting.ROLE)
    return ""
