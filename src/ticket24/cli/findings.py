"""What the doctor says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, and what is wrong and mends it, if anything."""

    subject: str
    fault: str = ""
