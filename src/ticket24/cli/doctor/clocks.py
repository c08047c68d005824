"""The doctor's question about the clocks of an account."""

from datetime import timedelta

from ticket24.cli.doctor.findings import Finding
from ticket24.domain.accounts.condition import Known

# Even clocks that are set by hand differ by less.
_MUCH = timedelta(minutes=5)

_WHOSE = {"forum": "comments", "chat": "chat messages", "tasks": "tasks"}


def clocks(known: Known) -> Finding | None:
    """Tell how far Bitrix24's dates differ from the time of its answers, if they do."""
    apart = [
        f"those of {_WHOSE[name]} are {_span(abs(ahead))}"
        f" {'ahead of it' if ahead > timedelta() else 'behind it'}"
        for name, ahead in known.memory.clocks.items()
        if abs(ahead) >= _MUCH
    ]
    if not apart:
        return None
    return Finding(
        f"clocks of {known.account.slug}",
        "Bitrix24's dates do not fit the time in its answers:"
        f" {'; '.join(apart)}."
        " No mail depends on it, but customers read these dates. On a server of your"
        " own give PHP (date.timezone), the database and the system one time zone;"
        " elsewhere set the zone of the user we work as",
    )


def _span(span: timedelta) -> str:
    hours, minutes = divmod(round(span / timedelta(minutes=1)), 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts)
