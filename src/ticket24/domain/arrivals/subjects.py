"""Whether a mail's subject says something: some people write nothing else."""

import re
from dataclasses import replace

from ticket24.domain.arrivals.model import Arrival

# What programs write before the subject of a mail that they answer or pass on.
_ANSWERS = re.compile(
    r"(?:\[[^\[\]]{0,40}\]\s?)?(?:re|aw|antw|antwort|betr|sv|vs|vb|vl|odp|pd|res|enc|fw"
    r"|fwd|wg|tr|rv|rép|rif|ynt|ilt|vá|doorst|ответ|ha|на|回复|答复|转发|回覆|轉寄|답장|返信)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:\uff1a]",
    re.IGNORECASE,
)
_OURS = re.compile(r"\[#(?P<number>\d{1,9})\]\s?(?P<title>.*)")
# By so much of it a title is known; mails have long ones cut.
_KNOWN_BY = 40
# As "[EXTERN]" and "(fwd)", which nobody writes by hand.
_NOTED = re.compile(r"\[[^\[\]]{0,80}\]|\([^()]{0,80}\)")


def own_words(subject: str, title: str = "") -> str:
    """Return what somebody wrote as a subject; "" if a program did.

    In one of ours, words count that stand behind the ticket's title.
    """
    words, title = " ".join(subject.split()), " ".join(title.split())
    if ours := _OURS.search(words):
        said = ours["title"]
        added = said.removeprefix(title) if title else said
        return words if added != said and _speaks(added) else ""
    if _ANSWERS.match(words) or words.casefold() in title.casefold():
        return ""
    return words if _speaks(words) else ""


def number_in(subject: str) -> int:
    """Return the ticket's number in a subject that may be ours, 0 if there is none."""
    found = _OURS.search(subject)
    return int(found["number"]) if found else 0


def is_of(subject: str, title: str) -> bool:
    """Whether a subject of ours has a ticket's title behind the number."""
    found = _OURS.search(" ".join(subject.split()))
    known = " ".join(title.split())[:_KNOWN_BY].strip()
    if found is None or not known:
        return False
    return found["title"].startswith(known)


def with_subject(text: str, subject: str, title: str) -> str:
    """Return a text below what its subject says, unless it says the same."""
    own = own_words(subject, title)
    if not own or own.casefold() in " ".join(text.split()).casefold():
        return text
    return f"{own}\n\n{text}".rstrip()


def speaking(arrival: Arrival) -> Arrival:
    """Let the subject of a mail speak that has nothing else."""
    if arrival.text.strip() or arrival.attachments or arrival.troubles:
        return arrival
    return replace(arrival, text=own_words(arrival.subject))


def _speaks(words: str) -> bool:
    return any(letter.isalnum() for letter in _NOTED.sub("", words))
