"""Hosts of web addresses, compared: one spelling for each."""

from urllib.parse import urlsplit

from ticket24.domain.customers.mailboxes import ascii_domain

# These are implied, so addresses may leave them out.
_USUAL = (None, 80, 443)


def host(named: str) -> str:
    """Return the canonical spelling of a host, given alone or inside a URL.

    It is spelled as browsers do: ASCII, lower case, without the default port and
    without a trailing dot. Text that is not a host, or that has more than a port
    attached, equals only itself.
    """
    address = named if "://" in named else f"//{named}"
    try:
        parts = urlsplit(address)
        more = "" if address == named else parts.path + parts.query
        if more or parts.username is not None:
            return named
        name, port = parts.hostname or "", parts.port
        plain = f"[{name}]" if ":" in name else ascii_domain(name).lower()
    except ValueError:
        return named
    return plain if port in _USUAL else f"{plain}:{port}"
