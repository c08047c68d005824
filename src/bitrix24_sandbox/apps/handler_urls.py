"""Which addresses Bitrix24 accepts as handlers: ar/events/event-bind.md, ar/widgets."""

from urllib.parse import urlsplit

from bitrix24_sandbox.errors import Refused


def check(url: str, status: int = 400) -> None:
    """Refuse an address that Bitrix24 could not call."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise _wrong(status) from None
    if parts.scheme not in {"http", "https"}:
        raise Refused("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported protocol", status)
    if host == "localhost" or ("." not in host and ":" not in host):
        raise _wrong(status)


def _wrong(status: int) -> Refused:
    return Refused("ERROR_WRONG_HANDLER_URL", "Wrong handler URL", status)
