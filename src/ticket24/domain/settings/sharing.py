"""Who of a company sees the tickets of its other contacts, as settings say it."""

from dataclasses import dataclass
from typing import ClassVar, Literal

RoleName = Literal["", "own", "colleague", "manager"]

# The fields of the form.
DEFAULT = "company_view.default"
FIELD = "company_view.field"
WORDS = ("company_view.colleague", "company_view.manager")
MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class CompanyView:
    """The role of contacts in their companies.

    `default` is the role where nothing else is said; if it is empty, and there is no
    `field`, nobody sees anything of others. The `field` of a contact says the role, in
    our own words for it or in those that are listed here.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    default: RoleName = ""
    field: str = ""
    colleague: tuple[str, ...] = ()
    manager: tuple[str, ...] = ()

    @property
    def on(self) -> bool:
        """Whether anybody may see tickets of others."""
        return bool(self.default or self.field)


def company_view_parts(view: CompanyView) -> dict[str, str]:
    """Return what its fields in the form show."""
    return {
        DEFAULT: view.default,
        FIELD: view.field,
        **{name: "\n".join(getattr(view, name.partition(".")[2])) for name in WORDS},
    }
