"""How long a certificate is valid."""

import ssl
import time
from datetime import UTC, datetime


def last_day(until: str) -> str:
    """Return the last day, from the end in OpenSSL's format."""
    return f"{datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC):%Y-%m-%d}"


def days_left(until: str) -> int:
    """Return how many whole days are left."""
    return int((ssl.cert_time_to_seconds(until) - time.time()) // 86_400)
