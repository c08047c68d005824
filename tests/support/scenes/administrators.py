"""Who opened the application in an account, and what their tokens say."""

from datetime import UTC, datetime

ADMIN, DEPUTY = 1, 2
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def address(server):
    return str(server.make_url("")).rstrip("/")
