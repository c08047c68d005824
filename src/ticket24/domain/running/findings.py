"""What the doctor says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was examined, and if anything is wrong, what and how to mend it.

    `whose` names who has to act, for programs; the sentence says so to people.
    """

    subject: str
    fault: str = ""
    whose: str = ""

    def facts(self) -> dict[str, str | bool]:
        """Return it as programs read it."""
        return {
            "subject": self.subject,
            "ok": not self.fault,
            "fault": " ".join(self.fault.split()),
            "whose": self.whose if self.fault else "",
        }
