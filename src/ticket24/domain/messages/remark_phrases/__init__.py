# ruff: noqa: RUF001 - languages have letters of their own.
r"""The sentences of Bitrix24's own remarks, one module per language.

Read from the comment poster's language files of the tasks module (keys
`COMMENT_POSTER_*`, old and new wording). The files of German, Turkish, Chinese,
Vietnamese and Japanese were not to be found: see there.

Each entry is a regular expression without its final period. `@` stands for one or
several mentioned people, `<thing>` for a linked workgroup, `<date>` for a deadline,
`<name>` for a plain name, `<bot>` for the name of the assistant. Groups are plain:
nobody reads them. Literal parentheses are escaped.
"""

from ticket24.domain.messages.remark_phrases.english import ENGLISH
from ticket24.domain.messages.remark_phrases.french import FRENCH
from ticket24.domain.messages.remark_phrases.german import GERMAN
from ticket24.domain.messages.remark_phrases.guessed import (
    CHINESE,
    JAPANESE,
    TURKISH,
    VIETNAMESE,
)
from ticket24.domain.messages.remark_phrases.italian import ITALIAN
from ticket24.domain.messages.remark_phrases.kazakh import KAZAKH
from ticket24.domain.messages.remark_phrases.phrases import Phrases
from ticket24.domain.messages.remark_phrases.polish import POLISH
from ticket24.domain.messages.remark_phrases.portuguese import PORTUGUESE
from ticket24.domain.messages.remark_phrases.russian import RUSSIAN
from ticket24.domain.messages.remark_phrases.spanish import SPANISH
from ticket24.domain.messages.remark_phrases.ukrainian import UKRAINIAN

__all__ = ["LANGUAGES", "NO_VALUE", "Phrases"]

LANGUAGES = (
    ENGLISH,
    GERMAN,
    PORTUGUESE,
    RUSSIAN,
    SPANISH,
    FRENCH,
    POLISH,
    ITALIAN,
    UKRAINIAN,
    KAZAKH,
    TURKISH,
    CHINESE,
    VIETNAMESE,
    JAPANESE,
)

# The words for an empty field. The German, Turkish, Chinese, Vietnamese and Japanese
# ones are unverified.
NO_VALUE = (
    "Not specified",
    "Nicht angegeben",
    "Nicht festgelegt",
    "Não especificado",
    "Не указан",
    "No especificado",
    "Non spécifié",
    "Nie określono",
    "Non specificato",
    "Не вказаний",
    "Көрсетілмеген",
    "Belirtilmemiş",
    "未指定",
    "指定なし",
    "Không xác định",
)
