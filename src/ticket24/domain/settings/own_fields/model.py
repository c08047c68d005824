"""The company's own fields on the form for new tickets."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from ticket24.domain.settings.own_words import (
    LANGUAGES,
    Language,
    OwnWords,
    TagLabels,
)

FieldKind = Literal[
    "text", "long_text", "choice", "several", "date", "number", "yes_no", "file"
]

# What is chosen can be filtered by, and other fields can hang on it.
YES, NO = "yes", "no"
_OF_OPTIONS = ("choice", "several")


@dataclass(frozen=True, slots=True)
class ShownIf:
    """The answer on which a field hangs: `one_of` the options of another `field`."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    field: str = ""
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormField:
    """A field that customers fill in when they open a ticket.

    `key` names it for ever: labels, help and order may change, and what customers
    filled in stays known by it. Without one it gets one. It is for the `departments`
    with these workgroups, for all if there are none. `options` are kept as they are
    written here, `option_labels` are what customers read for them. What is filled in
    goes into the `task_field` of the same task, else into its description.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    key: str = ""
    kind: FieldKind = "text"
    label: OwnWords = field(default_factory=OwnWords)
    help: OwnWords = field(default_factory=OwnWords)
    required: bool = False
    departments: tuple[int, ...] = ()
    shown_if: ShownIf = field(default_factory=ShownIf)
    options: tuple[str, ...] = ()
    option_labels: TagLabels = field(default_factory=TagLabels)
    task_field: str = ""

    @property
    def choices(self) -> tuple[str, ...]:
        """Everything that can be chosen in it, as it is kept; empty where one types."""
        if self.kind == "yes_no":
            return (YES, NO)
        return self.options if self.kind in _OF_OPTIONS else ()

    def is_of(self, group_id: int) -> bool:
        """Whether it is for the department with this workgroup."""
        return not self.departments or group_id in self.departments

    def filled(self, other: Language) -> "FormField":
        """Return it with the words in the other language where there are none."""
        labels = self.option_labels
        every = {one: {**labels.of(other), **labels.of(one)} for one in LANGUAGES}
        return replace(
            self,
            label=self.label.filled(other),
            help=self.help.filled(other),
            option_labels=TagLabels(**every),
        )

    def named(self, language: Language, other: Language) -> str:
        """Return what a reader of a language calls it; its key if nobody says."""
        return self.label.nearest(language, other) or self.key
