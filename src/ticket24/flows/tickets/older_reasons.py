"""Reasons that earlier builds kept as English sentences, read as they are now.

What is on a shelf since then is shown as before. Once nobody has such a shelf any more,
this file and `Parked.reason` can go.
"""

import re

from ticket24.domain.tickets.reasons import Cause, Reason

# The first that matches counts; its groups have the names of the values in the words.
_SENTENCES = {
    r"the mail server refused it: (?P<words>.*)": Cause.MAIL_REFUSED,
    r"could not be delivered for (?P<days>\d+) days: (?P<words>.*)": Cause.MAIL_LATE,
    r"the mail server was given it (?P<count>\d+) times and [a-z ]+ \((?P<words>.*)\):"
    r" it may have arrived": Cause.MAIL_UNSURE,
    r"not an e-mail address that .* \(ASCII\): (?P<words>.*)": Cause.FOREIGN_ADDRESS,
    r"not an e-mail address: (?P<words>.*)": Cause.NO_ADDRESS,
    r"could not be made: (?P<words>.*)": Cause.MAIL_UNMADE,
    r"no e-mail address that mail can be sent to\..*": Cause.NOBODY_TO_WRITE_TO,
    r"contact (?P<contacts>[\d, ]+) is not there for us: .*": Cause.CONTACT_AWAY,
    r"may be Bitrix24's own remark, .*": Cause.PERHAPS_A_REMARK,
    r"was written by nobody of the staff, .*": Cause.BY_A_GUEST,
    r"its handler failed: (?P<words>.*)": Cause.HANDLER,
    r"ticket \d+ has more messages than we read": Cause.TOO_LONG,
    r"neither workgroup (?P<group>\d+) nor we have a disk": Cause.NO_DRIVE,
    r"task (?P<task>\d+) cannot be completed \(.*\)": Cause.NOT_COMPLETED,
    r"task (?P<task>\d+) cannot be reopened \(.*\)": Cause.NOT_REOPENED,
    r"task (?P<task>\d+) is (not there|made, but deleted or hidden from us)": (
        Cause.TASK_AWAY
    ),
    r"task (?P<task>\d+) is made, but .* to its customer: (?P<words>.*)\. Mandatory,"
    r" and without a value: (?P<fields>.*)\. Give one under .*": Cause.UNFILLED,
    r"task (?P<task>\d+) is made, but .* to its customer: (?P<words>.*)": Cause.UNBOUND,
    r"we have no part in task (?P<task>\d+) and .*": Cause.SHUT_OUT,
    r"(?P<file>.*) is not kept any more": Cause.FILE_GONE,
    r"(?P<method>[a-z0-9_.]+): (?P<words>.*)": Cause.BITRIX24,
    r"(?P<words>\d{3}\b.*)": Cause.MAIL_REFUSED,
}
_TRIES = re.compile(r"\A(?:could not be looked at )?(?P<tries>\d{1,4}) times: ")
_LONGEST = 2_000


def read(sentence: str) -> Reason | None:
    """Return what a sentence says; None for an empty one."""
    sentence = sentence[:_LONGEST]
    tries = _TRIES.match(sentence)
    sentence, count = _TRIES.sub("", sentence), int(tries["tries"]) if tries else 0
    for pattern, cause in _SENTENCES.items():
        if found := re.fullmatch(pattern, sentence, re.DOTALL):
            return Reason(cause, found.groupdict(), count)
    return Reason(Cause.FAULT, {"words": sentence}, count) if sentence else None
