"""Mailboxes at a server: signing in to one, and the folders that are there."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from ticket24.ways_in import ImapAddress

_PREFIX = re.compile(rb'\(\("([^"]{1,100})"')


@contextmanager
def session(address: ImapAddress, seconds: float) -> Iterator[BaseMailBox]:
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
        if "ID" in mailbox.client.capabilities:
            # Some open no folder for programs that do not say their name.
            with suppress(imaplib.IMAP4.error):
                mailbox.client.xatom("ID", '("name" "ticket24")')
        mailbox.folder.set(address.folder)
        yield mailbox
        with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
            mailbox.logout()
    finally:
        with suppress(OSError):
            mailbox.client.shutdown()


def sign_in(address: ImapAddress, seconds: float) -> str:
    """Sign in and open the folder, for the doctor; raises as sessions do.

    Return why mails cannot be put away, "" if they can.
    """
    with session(address, seconds) as mailbox:
        try:
            made(mailbox, address.done)
        except (ImapToolsError, imaplib.IMAP4.error) as error:
            return why(error)
    return ""


def why(error: BaseException) -> str:
    """Say in one line why a mailbox cannot be used, without a part of its password."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words[:200]}"


def made(mailbox: BaseMailBox, folder: str) -> str:
    """Return the name of a folder that is there now.

    Some servers have all folders below one, and refuse others (RFC 2342).
    """
    if mailbox.folder.exists(folder):
        return folder
    try:
        mailbox.folder.create(folder)
    except imaplib.IMAP4.abort:
        raise
    except (ImapToolsError, imaplib.IMAP4.error):
        below = _prefix(mailbox)
        if not below or folder.startswith(below):
            raise
        folder = below + folder
        if not mailbox.folder.exists(folder):
            mailbox.folder.create(folder)
    return folder


def _prefix(mailbox: BaseMailBox) -> str:
    """Return how the names of all folders begin that are ours to make."""
    try:
        _, told = mailbox.client.namespace()
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return ""
    found = _PREFIX.match(told[-1] or b"") if told else None
    return found[1].decode(errors="replace") if found else ""
