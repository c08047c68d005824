"""What a company says in each of our languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

Language = Literal["en", "de", "pt"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Plain words of the company in each language, line breaks and all; "" for none."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    en: str = ""
    de: str = ""
    pt: str = ""

    @property
    def said(self) -> bool:
        """Whether there are words in any language."""
        return bool(self.en or self.de or self.pt)

    def of(self, language: Language) -> str:
        """Return the words in a language."""
        words: str = getattr(self, language)
        return words

    def nearest(self, language: Language, other: Language) -> str:
        """Return the words in a language; those in the other if there are none."""
        return self.of(language) or self.of(other)

    def filled(self, other: Language) -> "OwnWords":
        """Return them with the words in the other language where there are none."""
        return OwnWords(*(self.nearest(one, other) for one in get_args(Language)))


@dataclass(frozen=True, slots=True)
class TagLabels:
    """What customers read in place of a tag, in each language; tags may have none."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    en: Mapping[str, str] = field(default_factory=dict)
    de: Mapping[str, str] = field(default_factory=dict)
    pt: Mapping[str, str] = field(default_factory=dict)

    def of(self, language: Language) -> Mapping[str, str]:
        """Return the labels in a language, by tag."""
        labels: Mapping[str, str] = getattr(self, language)
        return labels
