"""The templates of the portal."""

from functools import cache
from pathlib import Path

from jinja2 import Environment

from ticket24.domain.settings.model import Language
from ticket24.site.templating import templates_in

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def templates(language: Language) -> Environment:
    """Return the templates in a language."""
    return templates_in(_TEMPLATES, language)
