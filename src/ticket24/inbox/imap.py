"""The mailbox from which mail is fetched: IMAP, in a thread of its own.

A mail is stored first; then it is marked as read and moved away. What dies in between
is fetched again and recognised as a repeat. The server says when something comes
(IDLE); where it cannot, we look every half a minute. No number of a mail outlives a
session, so a mailbox that was built anew is a mailbox as any other.
"""

import imaplib
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses
from typing import Any

import structlog
from imap_tools import BaseMailBox, MailMessageFlags
from imap_tools.errors import ImapToolsError

from ticket24.inbox.mailboxes import made, session, why
from ticket24.ways_in import ImapAddress

log = structlog.get_logger()

# What these programs note on the way: to which address a mail was delivered.
_DELIVERED = (
    *("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To"),
    *("X-Delivered-To", "X-Rcpt-To", "X-Forwarded-To", "X-MDRcpt-To"),
)
_HEAD_BYTES = 65_536

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")

# A server that lets so many mails come untold while we wait is looked at instead.
_MOST_UNTOLD = 2


class NotTaken(Exception):
    """The mail cannot be stored at the moment; it stays where it is."""


@dataclass(frozen=True, slots=True)
class ImapPace:
    """How long everything waits, in seconds.

    A server ends a session that idles for half an hour, and routers forget it earlier.
    """

    answer: float = 60.0
    idle: float = 240.0
    poll: float = 30.0
    again: tuple[float, ...] = (1.0, 5.0, 30.0, 120.0)


class Fetching:
    """Fetches what is in a mailbox, and what comes, until it is stopped.

    `keep` stores a mail with the addresses for which it came; it raises NotTaken.
    """

    def __init__(
        self,
        address: ImapAddress,
        keep: Callable[[bytes, list[str]], None],
        *,
        most_bytes: int,
        pace: ImapPace | None = None,
    ) -> None:
        self._address = address
        self._keep = keep
        self._most_bytes = most_bytes
        self._pace = pace or ImapPace()
        self._stop = threading.Event()
        self._mailbox: BaseMailBox | None = None
        # Mails that are stored and could not be moved away, in this session.
        self._stored: set[str] = set()
        # Those that the server did not give, until the next look.
        self._refused: set[str] = set()
        # At how many tries to fetch a mail the session ended; such mails come last.
        self._deadly: Counter[str] = Counter()
        self._validity: list[bytes | tuple[bytes, bytes]] = []
        self._told, self._untold = False, 0
        self.thread = threading.Thread(target=self._run, name="imap", daemon=True)

    def start(self) -> None:
        """Begin."""
        self.thread.start()

    def stop(self) -> None:
        """Ask the thread to end, whatever it waits for; it ends within a moment."""
        self._stop.set()
        mailbox = self._mailbox
        if mailbox is not None:
            with suppress(OSError):
                mailbox.client.sock.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                with session(self._address, self._pace.answer) as mailbox:
                    self._mailbox = mailbox
                    self._stored, self._told, self._untold = set(), True, 0
                    log.info("mailbox_opened", host=self._address.host)
                    while not self._stop.is_set():
                        self._refused.clear()
                        if self._take_all(mailbox):
                            failures = 0
                            self._untold = 0 if self._told else self._untold + 1
                            # What comes during a look may be told of by then only.
                            while self._take_all(mailbox):
                                pass
                        failures = 0
                        self._await_more(mailbox)
            except (NotTaken, OSError, ImapToolsError, imaplib.IMAP4.error) as error:
                if self._stop.is_set():
                    break
                pauses = self._pace.again
                pause = pauses[min(failures, len(pauses) - 1)]
                failures += 1
                log.warning("mailbox_away", reason=why(error), seconds=pause)
                self._stop.wait(pause)
            except Exception:
                log.exception("turn_failed", room="imap")
                self._stop.wait(self._pace.again[-1])
            finally:
                self._mailbox = None

    def _take_all(self, mailbox: BaseMailBox) -> bool:
        """Store all that is there, mail by mail; tell whether there was any."""
        mailbox.folder.set(self._address.folder)
        validity = mailbox.client.untagged_responses.get("UIDVALIDITY", [])
        # What somebody has deleted may be there until the server tidies up.
        found = mailbox.uids("UNDELETED", None)
        # A number may be given once more, to another mail.
        self._stored &= set(found) if validity == self._validity else set()
        self._validity = validity
        known = self._stored | self._refused
        taken = False
        for uid in sorted(
            {*found} - known, key=lambda one: (self._deadly[one], int(one))
        ):
            if self._stop.is_set():
                return False
            raw = self._fetched(mailbox, uid)
            if raw is None:
                self._refused.add(uid)
                continue
            self._keep(raw, delivered_to(raw))
            self._stored.add(uid)
            self._put_away(mailbox, uid)
            taken = True
        return taken

    def _fetched(self, mailbox: BaseMailBox, uid: str) -> bytes | None:
        """Return a mail, not marked as read; None if the server does not give it.

        Then somebody else has moved it, or it stays, unread, until it can be had.
        """
        # Of one that is too large no more is read than is kept of any.
        what = f"(RFC822.SIZE BODY.PEEK[]<0.{self._most_bytes}>)"
        self._deadly[uid] += 1
        try:
            said, found = mailbox.client.uid("fetch", uid, what)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            said, found = "BAD", [str(error).encode()]
        del self._deadly[uid]
        parts = [one for one in found or () if isinstance(one, tuple)]
        if not parts:
            if said != "OK":
                log.warning("mail_not_given", uid=uid, words=_words(found))
            return None
        head, raw = parts[0][:2]
        size = _SIZE.search(head)
        if size and int(size[1]) > self._most_bytes:
            log.warning("mail_cut", size=int(size[1]))
        return bytes(raw)

    def _put_away(self, mailbox: BaseMailBox, uid: str) -> None:
        """Mark a mail as read and move it; a full mailbox only lets it stay."""
        done = self._address.done
        try:
            mailbox.flag([uid], [MailMessageFlags.SEEN], value=True)
            mailbox.move([uid], made(mailbox, done))
        except imaplib.IMAP4.abort:
            raise
        except (ImapToolsError, imaplib.IMAP4.error) as error:
            log.warning("mail_not_moved", folder=done, reason=why(error))

    def _await_more(self, mailbox: BaseMailBox) -> None:
        idles = "IDLE" in mailbox.client.capabilities
        if not idles or self._untold >= _MOST_UNTOLD:
            self._stop.wait(self._pace.poll)
            return
        with mailbox.idle as idle:
            self._told = _was_told(mailbox)
            if not self._told:
                said = idle.poll(timeout=self._pace.idle)
                self._told = any(line.upper().endswith(b"EXISTS") for line in said)


def _was_told(mailbox: BaseMailBox) -> bool:
    """Whether the server has told of mail already, at the end of another answer.

    It told so with the last search, or with its first words about IDLE. These have left
    the socket by now, which is all that a poll looks at.
    """
    client = mailbox.client
    # The first count came with the selection of the folder.
    told = client.untagged_responses.get("EXISTS", ())
    counts = [int(one) for one in told if isinstance(one, bytes)]
    gone = len(client.untagged_responses.get("EXPUNGE", ()))
    if counts and counts[-1] > counts[0] - gone:
        return True
    seconds = client.sock.gettimeout()
    client.sock.settimeout(0)
    try:
        # As a poll reads, once there is something.
        while line := client._get_line():  # noqa: SLF001  There is no other.
            if line.upper().endswith(b" EXISTS"):
                return True
    except (OSError, imaplib.IMAP4.abort):
        # Nothing more, a part of a line, or the end: the poll sees the last two.
        return False
    finally:
        client.sock.settimeout(seconds)
    return False


def _words(said: Sequence[Any]) -> str:
    words = b" ".join(one for one in said if isinstance(one, bytes))
    return words.decode(errors="replace")[:200]


def delivered_to(raw: bytes) -> list[str]:
    """Return for which addresses a mail came, as servers noted it on the way."""
    head = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEAD_BYTES])
    noted = [str(one) for name in _DELIVERED for one in head.get_all(name, ())]
    return [address for _, address in getaddresses(noted[:50]) if address]
