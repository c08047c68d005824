"""Hands a mail over by LMTP, as a mail server does: for the doctor and the demo."""

import smtplib

from ticket24.ways_in import LmtpPlace

_PATIENCE_SECONDS = 10.0


def hand_over(
    place: LmtpPlace,
    sender: str,
    recipient: str,
    raw: bytes,
    patience: float = _PATIENCE_SECONDS,
) -> None:
    """Hand a mail for one recipient over; it blocks, for `patience` at each answer.

    Raises OSError if nobody listens, or what `smtplib` has for an answer that is no.
    """
    lmtp = smtplib.LMTP(
        place.path or place.host,
        place.port,
        local_hostname="localhost",
        timeout=patience,
    )
    with lmtp:
        lmtp.sendmail(sender, [recipient], raw)
