"""What the doctor says."""

from ticket24.domain.running.findings import Finding

__all__ = ["Finding"]
