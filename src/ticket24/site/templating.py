"""What templates may use, in the language of their page."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from ticket24 import i18n
from ticket24.domain.customers.languages import LANGUAGES
from ticket24.domain.settings.model import Language
from ticket24.markup import to_html
from ticket24.site.remembering import Remembered

_SHARED = Path(__file__).parent / "templates"

# Parts of pages, for all accounts and languages. The longest that a customer can write
# take hundreds of kilobytes, so their total size is bounded, not their number.
_PARTS = Remembered[Markup](16 * 2**20)

# It is put into a customer's words so that Bitrix24 takes none of them for a tag. No
# address contains one (`markup.links`), so removing it changes no element.
_WORD_JOINER = "\u2060"


def templates_in(
    folder: Path, language: Language, *, framed: bool = False
) -> Environment:
    """Return the templates of a folder, and the shared ones, in a language.

    `framed` tells them that they are shown in a page of another site.
    """
    environment = i18n.templates_in(folder, language, _SHARED)
    environment.globals |= {"_": _sayer(language), "each": _renderer(environment)}
    environment.globals["framed"] = framed
    environment.filters["html"] = html
    return environment


def warm_up(templates: Callable[[Language], Environment]) -> None:
    """Compile every template, in every language."""
    for language in LANGUAGES:
        environment = templates(language)
        for name in environment.list_templates(("html",)):
            environment.get_template(name)


def html(text: str, *, parts: Remembered[Markup] = _PARTS) -> Markup:
    """Return somebody's BBCode as safe HTML, remembered among these parts."""
    key = (None, text)
    part = parts.get(key)
    if part is None:
        part = Markup(to_html(text).replace(_WORD_JOINER, ""))  # noqa: S704  Safe before, and no less now.
        parts.put(key, part)
    return part


def _renderer(environment: Environment) -> Callable[..., Markup]:
    """Return `each` for templates: it renders one of them for each thing, as its `it`.

    Messages and lines are shown again and again, so equal ones are rendered only once.
    A part depends on its arguments alone; strings that are equal must be equally safe.
    """
    ours = object()  # Other languages and frames have other parts.

    def each(name: str, things: Iterable[object], **context: object) -> Markup:
        shared = (ours, name, *context.items())
        parts = []
        for thing in things:
            key = (shared, thing)
            part = _PARTS.get(key)
            if part is None:
                text = environment.get_template(name).render(context, it=thing)
                part = Markup(text)  # noqa: S704  Escaped by the template.
                _PARTS.put(key, part)
            parts.append(part)
        return Markup("\n".join(parts))  # noqa: S704  As above.

    return each


def _sayer(language: Language) -> Callable[..., Markup]:
    """Return `_` for templates: like Jinja's own, but it makes each sentence only once.

    Sentences are kept by the types of their values too. A typed name may equal a name
    that is already HTML, but must be escaped.
    """
    catalogue = i18n.translations(language)

    @lru_cache(maxsize=1_024, typed=True)  # Only short values are typed by people.
    def say(words: str, **values: object) -> Markup:
        return Markup(catalogue.gettext(words)) % values  # noqa: S704  Values are escaped.

    return say
