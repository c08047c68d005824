"""Hosts of web addresses, compared: one spelling for each."""

from urllib.parse import urlsplit

from ticket24.domain.customers.mailboxes import ascii_domain

# Every page has one of these without saying so.
_USUAL = (None, 80, 443)


def host(named: str) -> str:
    """Return the one spelling of a host, of its own or in an address of the web.

    As browsers write it: in ASCII and small letters, without the port that every page
    has, and without a dot at its end. What is no host, or has more than a port beside
    it, equals itself alone.
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
