"""What each number should be, and the table that says whether it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound: `value` at least or at most; `aim` is where we would like to be."""

    value: float
    aim: float
    at_least: bool = False

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        aim = f", aim {number(self.aim)}" if self.aim != self.value else ""
        return f"{sign} {number(self.value)}{aim}"

    def verdict(self, measured: float) -> str:
        """Say whether a number meets the bound, or by how much it does not."""
        missing = self.value - measured if self.at_least else measured - self.value
        if missing <= 0:
            return "met"
        share = f" ({missing / self.value:.0%})" if self.value else ""
        return f"NOT met, by {number(missing)}{share}"


GOALS = {
    "accept_vs_bare": Goal(0.60, 0.75, at_least=True),
    "accept_vs_saq": Goal(3, 4, at_least=True),
    "drain_per_s": Goal(5_250, 8_400, at_least=True),
    "event_to_smtp_p50_ms": Goal(1_000, 1_000),
    "event_to_smtp_p99_ms": Goal(1_000, 1_000),
    "burst_http_requests": Goal(20, 8),
    "burst_stale": Goal(0, 0),
    "list_vs_helpdesk": Goal(20, 40, at_least=True),
    "ticket_vs_helpdesk": Goal(10, 20, at_least=True),
    "list_p99_ms": Goal(20, 20),
    "ticket_p99_ms": Goal(20, 20),
    "poll_304_p99_ms": Goal(10, 10),
    "storm_event_p99_ms": Goal(100, 50),
    "storm_page_p99_ms": Goal(200, 100),
    "storm_mail_max_s": Goal(5, 2),
    "storm_mails_lost": Goal(0, 0),
    "storm_redis_mib": Goal(64, 32),
    "mails_per_s": Goal(50, 200, at_least=True),
    "mail_beside_backlog_s": Goal(1, 0.5),
    "mail_beside_backlog_few_s": Goal(1, 0.5),
    "arrival_lmtp_p95_s": Goal(5, 1),
    "arrival_imap_p95_s": Goal(15, 1),
    "arrival_cpu_ms": Goal(100, 50),
    "live_p50_ms": Goal(500, 250),
    "live_p99_ms": Goal(1_000, 500),
    "live_page_kb": Goal(20, 15),
    "live_accept_ratio": Goal(0.9, 1, at_least=True),
    "live_stop_s": Goal(5, 2),
    "live_restart_max_ms": Goal(500, 200),
    "sending_shown_p50_ms": Goal(100, 50),
    "sending_shown_max_ms": Goal(100, 50),
    "long_ms": Goal(30, 15),
    "long_cpu_ms": Goal(30, 15),
    "long_changed_cpu_ms": Goal(30, 15),
    "long_kb": Goal(60, 30),
    "growth_list_ratio": Goal(2, 1.2),
    "growth_changed_ratio": Goal(2, 1.5),
    "growth_search_cpu_ms": Goal(30, 15),
    "growth_poll_kb": Goal(100, 60),
    "memory_mib_of_500_000": Goal(700, 600),
    "memory_mib_archived": Goal(700, 600),
    "accounts_late_s": Goal(5, 1),
    "accounts_busy_mail_p99_s": Goal(10, 5),
    "accounts_cpu_percent": Goal(90, 60),
    "accounts_worker_mib": Goal(300, 200),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A number and its name; `goal` where a peer decides it."""

    name: str
    value: float
    goal: Goal | None = None

    def row(self) -> tuple[str, str, str, str]:
        """Return name, value, goal and verdict."""
        goal = self.goal or GOALS.get(self.name)
        verdict = goal.verdict(self.value) if goal else ""
        return self.name, number(self.value), str(goal or ""), verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """The numbers of one measurement, and what explains them, line by line."""

    numbers: tuple[Measured, ...]
    remarks: tuple[str, ...]


def table(rows: Iterable[Measured]) -> str:
    """Return name, value, goal, verdict as aligned lines."""
    cells = [("name", "value", "goal", "verdict"), *(one.row() for one in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    lines = (
        f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:{widths[2]}}  {row[3]}"
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def as_json(rows: Iterable[Measured]) -> Mapping[str, float]:
    """Return the numbers by name, for a file."""
    return {one.name: round(one.value, 3) for one in rows}


def number(value: float) -> str:
    """Write a number with as many digits as it means."""
    if value == int(value) or abs(value) >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
