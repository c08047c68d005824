"""What a company promises its customers, as settings keep it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from ticket24.domain.words import folded


@dataclass(frozen=True, slots=True)
class PromisedHours:
    """To whom an answer and a solution are promised, and how soon; 0: not at all.

    `department` is a workgroup, `priority` a tag, and `level` what stands in a field of
    the contact or the company; 0 and "" fit everybody.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    department: int = 0
    priority: str = ""
    level: str = ""
    answer_hours: int | float = 0
    solve_hours: int | float = 0

    @property
    def answer_minutes(self) -> int:
        """In how many working minutes the first answer is promised; 0: it is not."""
        return round(self.answer_hours * 60)

    @property
    def solve_minutes(self) -> int:
        """In how many working minutes the solution is promised; 0: it is not."""
        return round(self.solve_hours * 60)

    def fits(
        self, group_id: int, tags: Collection[str], levels: Collection[str]
    ) -> bool:
        """Whether it is made for a ticket; tags and levels come folded."""
        return (
            self.department in {0, group_id}
            and (not self.priority or folded(self.priority) in tags)
            and (not self.level or folded(self.level) in levels)
        )
