"""Whom a mail is from in its envelope: where it goes if it comes back."""

import time

import structlog

from ticket24.domain.customers.mailboxes import mailbox

log = structlog.get_logger()

# A server that takes only our own sender may have been told better meanwhile.
_AGAIN_SECONDS = 3_600.0


class ReturnAddresses:
    """Our own address, or an address for one mail, where the server takes such.

    Many servers let those who sign in send from their own addresses alone.
    """

    def __init__(self, own: str) -> None:
        self.own = own
        self._refused_at = float("-inf")

    def of(self, returns_to: str) -> str:
        """Return who a mail is from that is to come back to `returns_to`, if that."""
        lately = time.monotonic() - self._refused_at < _AGAIN_SECONDS
        return self.own if lately or not returns_to else mailbox(returns_to)

    def refused(self, words: str) -> None:
        """Note that the server takes our own address, and no other."""
        self._refused_at = time.monotonic()
        log.warning("return_address_refused", words=words)
