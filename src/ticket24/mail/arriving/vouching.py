"""What our own mail server says about a sender (RFC 8601), and nobody else's."""

import re
from collections.abc import Iterator, Sequence

import authres

from ticket24.domain.arrivals.model import SenderVerdict
from ticket24.mail.arriving.parts import Head

_NAME = "authentication-results"
_ID = re.compile(r"(?:\([^()]*\)\s*)?\"?([^\s;\"()]+)")
# Microsoft 365 begins with the results: whose they are it does not say.
NAMELESS = "-"
_RESULT = re.compile(r"[a-z]{2,20}=", re.IGNORECASE)
_BY_HAND = re.compile(r"\s*(dmarc|spf|dkim)\s*=\s*(\w+)", re.IGNORECASE)
# Results are parted by semicolons, but not by those in quotes or comments.
_PIECE = re.compile(r'(?:[^";()]++|"[^"]*+"|\([^()]*+\)|[^;])++')
_FAILS = frozenset({"fail", "hardfail"})

# A method, what it found, and the domain that it found this of.
_Result = tuple[str, str, str]


def verdict(head: Head, senders: Sequence[str], authserv_id: str) -> SenderVerdict:
    """Return the verdict on the address in From; several are never right.

    Only the top-most headers count that bear our server's id and have no other hop
    between them: what stands below may be the sender's own.
    """
    if len(senders) > 1:
        return SenderVerdict.FAILED
    if not (senders and authserv_id):
        return SenderVerdict.MISSING
    domain = senders[0].rpartition("@")[2]
    found = [one for value in _ours(head, authserv_id) for one in _results(value)]
    of_dmarc = [
        result
        for method, result, of in found
        if method == "dmarc" and of in {"", domain}
    ]
    if _FAILS & set(of_dmarc):
        return SenderVerdict.FAILED
    if "pass" in of_dmarc:
        return SenderVerdict.PASSED
    if any(
        method in {"spf", "dkim"} and result == "pass" and _aligned(of, domain)
        for method, result, of in found
    ):
        return SenderVerdict.PASSED
    failed = any(
        method in {"spf", "dkim"} and result in _FAILS for method, result, _ in found
    )
    return SenderVerdict.FAILED if failed else SenderVerdict.MISSING


def _ours(head: Head, authserv_id: str) -> Iterator[str]:
    seen = False
    for name, value in head.lines():
        if name == _NAME:
            if authserv_id == NAMELESS and _RESULT.match(value):
                value = f"{NAMELESS};{value}"  # noqa: PLW2901  As others write it.
            said = _ID.match(value)
            if said is None or said[1].lower() != authserv_id.lower():
                return
            seen = True
            yield value
        elif seen and name == "received":
            return


def _results(value: str) -> Iterator[_Result]:
    """Yield what a header says; of results that authres cannot read, no pass."""
    server, *pieces = _PIECE.findall(value)
    for piece in pieces:
        try:
            parsed = authres.AuthenticationResultsHeader.parse_value(
                f"{server};{piece}"
            )
        except (authres.AuthResError, ValueError, IndexError, RecursionError):
            if (found := _BY_HAND.match(piece)) and found[2].lower() != "pass":
                yield found[1].lower(), found[2].lower(), ""
            continue
        for one in parsed.results:
            yield one.method.lower(), (one.result or "").lower(), _of(one)


def _of(result: authres.AuthenticationResult) -> str:
    """Return the domain that a result is about, "" if it does not say."""
    wanted = {
        "dmarc": {("header", "from")},
        "dkim": {("header", "d"), ("header", "i")},
        "spf": {("smtp", "mailfrom"), ("smtp", "mail")},
    }.get(result.method.lower(), set())
    said = [p.value for p in result.properties if (p.type, p.name) in wanted]
    return next(iter(said), "").rpartition("@")[2].strip("<> ").lower()


def _aligned(of: str, domain: str) -> bool:
    """Whether a domain vouches for another: the same one, or one above or below."""
    return (
        bool(of)
        and "." in of
        and (of == domain or domain.endswith(f".{of}") or of.endswith(f".{domain}"))
    )
