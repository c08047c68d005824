"""The company's own fields as their customers read them."""

from ticket24.domain.portal.names import in_words
from ticket24.domain.settings.model import FormField, Language


def option_word(field: FormField, option: str, language: Language) -> str:
    """Return what a reader of a language calls an option; yes and no stay as they are.

    Without a name in it, an option is its own, with a capital letter as tags have.
    """
    if field.kind not in {"choice", "several"}:
        return option
    return in_words(option, field.option_labels.of(language))
