"""What the doctor says of a public address that gives no answer."""

import re
import socket
import ssl
from urllib.parse import urlsplit

from ticket24.domain.lines import shortened
from ticket24.mail.server.causes import certificate_error, why_untrusted
from ticket24.settings import Settings

_LENGTH = 120

_DEAD = ": the proxy is dead or listens elsewhere. Start it (systemctl status nginx)"
_WAYLESS = ". See where its name leads (DNS), and this machine's network and firewall"


def unreached(
    settings: Settings,
    error: BaseException,
    around: str,
    seconds: float,
    *,
    greeted: bool,
) -> str:
    """Say why a visitor gets no answer, and `around` if it is known to be elsewhere."""
    parts = urlsplit(settings.public_url)
    host, where = parts.hostname or "", settings.public_url
    wrong = certificate_error(error)
    told = f"cannot be looked at: {shortened(str(error), _LENGTH)}"
    if wrong:
        told = why_untrusted(wrong, host, "TICKET24_PUBLIC_URL")
    elif isinstance(error, ssl.SSLError):
        told = (
            f"speaks no TLS there ({error.reason}): the proxy has to end it"
            " (listen 443 ssl;)"
        )
    elif isinstance(error, socket.gaierror):
        where, told = host, _unnamed(error)
    elif isinstance(error, ConnectionRefusedError):
        told = "refuses connections"
        told += " from here" if around else _DEAD
    elif isinstance(error, TimeoutError):
        told = _silent(settings, around, seconds, greeted=greeted)
    elif re.search(r"Errno (?:101|113|51|65)\b", str(error)):  # Linux, macOS.
        told = "cannot be reached from here: there is no way to its address"
        told += "" if around else _WAYLESS
    return f"{where} {told}{around}"


def _silent(settings: Settings, around: str, seconds: float, *, greeted: bool) -> str:
    if greeted:
        return (
            f"takes connections, and answers nothing within {seconds:.0f} s:"
            " `ticket24 web` hangs, or the proxy cannot reach it. See whether that"
            f" answers itself (curl http://{settings.host}:{settings.port}/health/live)"
        )
    told = f"does not answer from here within {seconds:.0f} s"
    if around:
        return told
    return (
        f"{told}: the proxy is dead, or a firewall is in between. If customers do reach"
        " it, your router does not lead its own network back in (hairpin): then name"
        f" the proxy's inner address for {urlsplit(settings.public_url).hostname} in"
        " /etc/hosts on this machine"
    )


def _unnamed(error: socket.gaierror) -> str:
    if error.errno == socket.EAI_AGAIN:
        return (
            "cannot be looked up: no name server answers this machine. See"
            " /etc/resolv.conf and the network; mails and Bitrix24 need it, too"
        )
    return "cannot be found: make its name known (DNS), or mend TICKET24_PUBLIC_URL"
