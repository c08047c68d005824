"""The sample company as the demo connects it."""

from pathlib import Path

SLUG = "acme"

SETTINGS = """\
company_name = "Acme Support"
language = "en"

[[departments]]
name = "Support"
group_id = 7
responsible_id = 3
creator_id = 1

[[departments]]
name = "Sales and billing"
group_id = 12
responsible_id = 4
creator_id = 1

[tags]
message_type = ["bugs", "development"]
priority = ["high", "medium", "low"]
sector = ["USA", "Europe"]
"""


def connect_command(folder: Path, webhook_url: str, token: str) -> tuple[str, ...]:
    """Return the command that connects the company; its settings go to a file."""
    settings = folder / "acme.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    return (
        "connect",
        *("--slug", SLUG, "--webhook-url", webhook_url),
        *("--application-token", token, "--settings", str(settings)),
    )
