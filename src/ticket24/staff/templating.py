"""The templates of the pages inside Bitrix24; they use the portal's macros."""

from functools import cache
from pathlib import Path

from jinja2 import Environment

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.portal import templating

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def templates(language: Language) -> Environment:
    """Return the templates in a language."""
    found = i18n.templates_in(_TEMPLATES, language, templating.TEMPLATES)
    return templating.prepared(found, language, framed=True)


def warm_up() -> None:
    """Compile every template, in every language."""
    for language in i18n.LANGUAGES:
        environment = templates(language)
        for path in _TEMPLATES.glob("*.html"):
            environment.get_template(path.name)
