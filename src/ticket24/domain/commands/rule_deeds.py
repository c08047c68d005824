"""What the company's rules do to a ticket, and the task as they saw it."""

from dataclasses import dataclass
from datetime import datetime

from ticket24.domain.tickets.model import Status


@dataclass(frozen=True, slots=True)
class RuleDeed:
    """What one of the company's rules does to a ticket; empty: nothing.

    `rule` is its key. Tags and observers are added to those that are there. `note` and
    `mail` are users who are told, `answers` says that customers are, and `remarks` that
    something is written for staff. `reminds` is the automation's: customers are asked
    for their answer once more.
    """

    rule: str = ""
    responsible_id: int = 0
    deadline: datetime | None = None
    important: bool = False
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    observers: tuple[int, ...] = ()
    stage_id: int = 0
    status: Status | None = None
    note: tuple[int, ...] = ()
    mail: tuple[int, ...] = ()
    answers: bool = False
    remarks: bool = False
    reminds: bool = False

    @property
    def acts(self) -> bool:
        """Whether it does anything."""
        return (
            self.of_fields
            or bool(self.stage_id or self.status or self.note or self.mail)
            or self.answers
            or self.remarks
            or self.reminds
        )

    @property
    def of_fields(self) -> bool:
        """Whether it changes fields of the task, besides its card and its status."""
        return bool(
            self.responsible_id
            or self.deadline
            or self.important
            or self.add_tags
            or self.remove_tags
            or self.observers
        )


@dataclass(frozen=True, slots=True)
class SeenTask:
    """The fields of a task that rules may change, as somebody saw them."""

    responsible_id: int = 0
    deadline: datetime | None = None
    important: bool = False
    tags: tuple[str, ...] = ()
    status: Status = Status.NEW
