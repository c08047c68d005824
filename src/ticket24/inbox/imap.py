"""The mailbox from which mail is fetched: IMAP, in a thread of its own.

A mail is stored first; then it is marked as read and moved away. What dies in between
is fetched again and recognised as a repeat. The server says when something comes
(IDLE); where it cannot, we look every half a minute. No number of a mail outlives a
session, so a mailbox that was built anew is a mailbox as any other.
"""

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses
from pathlib import Path

import structlog
from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError

from ticket24.ways_in import ImapAddress

log = structlog.get_logger()

# What these programs note on the way: to which address a mail was delivered.
_DELIVERED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_HEAD_BYTES = 65_536

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


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
                with _session(self._address, self._pace.answer) as mailbox:
                    self._mailbox = mailbox
                    self._stored = set()
                    log.info("mailbox_opened", host=self._address.host)
                    while not self._stop.is_set():
                        # What comes during a look may be told of by then only.
                        while self._take_all(mailbox):
                            failures = 0
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
        # What somebody has deleted may be there until the server tidies up.
        found = mailbox.uids("UNDELETED", None)
        uids = [one for one in found if one not in self._stored]
        for uid in uids:
            if self._stop.is_set():
                return False
            raw = self._fetched(mailbox, uid)
            if raw is not None:
                self._keep(raw, delivered_to(raw))
            self._stored.add(uid)
            self._put_away(mailbox, uid)
        return bool(uids)

    def _fetched(self, mailbox: BaseMailBox, uid: str) -> bytes | None:
        """Return a mail, not marked as read; None if somebody else has moved it."""
        # Of one that is too large no more is read than is kept of any.
        what = f"(RFC822.SIZE BODY.PEEK[]<0.{self._most_bytes}>)"
        _, found = mailbox.client.uid("fetch", uid, what)
        parts = [one for one in found or () if isinstance(one, tuple)]
        if not parts:
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
            if not mailbox.folder.exists(done):
                mailbox.folder.create(done)
            mailbox.move([uid], done)
        except imaplib.IMAP4.abort:
            raise
        except (ImapToolsError, imaplib.IMAP4.error) as error:
            log.warning("mail_not_moved", folder=done, reason=why(error))

    def _await_more(self, mailbox: BaseMailBox) -> None:
        if "IDLE" not in mailbox.client.capabilities:
            self._stop.wait(self._pace.poll)
            return
        with mailbox.idle as idle:
            if not _was_told(mailbox):
                idle.poll(timeout=self._pace.idle)


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


def delivered_to(raw: bytes) -> list[str]:
    """Return for which addresses a mail came, as servers noted it on the way."""
    head = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEAD_BYTES])
    noted = [str(one) for name in _DELIVERED for one in head.get_all(name, ())]
    return [address for _, address in getaddresses(noted[:50]) if address]


@contextmanager
def _session(address: ImapAddress, seconds: float) -> Iterator[BaseMailBox]:
    """Open a mailbox while the block runs; raises OSError or an error of IMAP."""
    if address.tls:
        # Without a context of ours nobody would look at the certificate.
        mailbox: BaseMailBox = MailBox(
            address.host,
            address.port,
            timeout=seconds,
            ssl_context=ssl.create_default_context(),
        )
    else:
        mailbox = MailBoxUnencrypted(address.host, address.port, timeout=seconds)
    try:
        if address.token_file:
            token = Path(address.token_file).read_text().strip()
            mailbox.xoauth2(address.user, token, None)
        else:
            mailbox.login(address.user, address.password, None)
        # Many servers can do more for those who have signed in.
        _, told = mailbox.client.capability()
        mailbox.client.capabilities = tuple(told[-1].decode().upper().split())
        mailbox.folder.set(address.folder)
        yield mailbox
        with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
            mailbox.logout()
    finally:
        with suppress(OSError):
            mailbox.client.shutdown()


def sign_in(address: ImapAddress, seconds: float) -> None:
    """Sign in and open the folder, for the doctor; raises as sessions do."""
    with _session(address, seconds):
        pass


def why(error: BaseException) -> str:
    """Say in one line why a mailbox cannot be used, without a part of its password."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:200]}"
