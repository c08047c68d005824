"""Why something was set aside, in the words of whoever reads it.

The shelf keeps reasons as operators read them, in English, with what a mail server or
Bitrix24 said at their end. Their words stay as they are: whoever looks for help with
them needs them so.
"""

import re

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.i18n import noop

# What is kept on the shelf, and how it is said. The first that fits counts; `words` are
# somebody else's.
_REASONS = {
    r"the mail server refused it: (?P<words>.*)": noop(
        "The mail server says: %(words)s"
    ),
    r"could not be delivered for (?P<days>\d+) days: (?P<words>.*)": noop(
        "It was tried for %(days)s days. The mail server says: %(words)s"
    ),
    r"the mail server was given it (?P<count>\d+) times and [a-z ]+ \((?P<words>.*)\):"
    r" it may have arrived": noop(
        "The mail server was given it %(count)s times and never said whether it took"
        " it: it may have arrived. (%(words)s)"
    ),
    r"not an e-mail address that we can write to, .* \(ASCII\): (?P<words>.*)": noop(
        "No mail can be sent to an address with other letters than a to z in front of"
        " the @: %(words)s"
    ),
    r"not an e-mail address: (?P<words>.*)": noop(
        "This is not an e-mail address: %(words)s"
    ),
    r"could not be made: (?P<words>.*)": noop(
        "The mail could not be written, by a fault of ticket24: %(words)s"
    ),
    r"ticket \d+ has more messages than we read": noop(
        "The ticket has more messages than ticket24 reads."
    ),
    r"neither workgroup (?P<group>\d+) nor we have a disk": noop(
        "There is no drive for files: neither workgroup %(group)s nor the user as whom"
        " ticket24 works has one."
    ),
    r"task (?P<task>\d+) cannot be completed \(.*\)": noop(
        "Bitrix24 does not let task %(task)s be completed as it stands now."
    ),
    r"task (?P<task>\d+) cannot be reopened \(.*\)": noop(
        "Bitrix24 does not let task %(task)s be reopened as it stands now."
    ),
    r"task (?P<task>\d+) is (not there|made, but deleted or hidden from us)": noop(
        "Task %(task)s was deleted, or ticket24 may not see it."
    ),
    r"task (?P<task>\d+) is made, but .* to its customer: (?P<words>.*)\. Mandatory,"
    r" and without a value: (?P<fields>.*)\. Give one under task_fields .*": noop(
        "Task %(task)s is made, but Bitrix24 does not let it be bound to the customer."
        " These fields must not be empty: %(fields)s. Fill them in that task, or in the"
        " settings of ticket24. (%(words)s)"
    ),
    r"task (?P<task>\d+) is made, but .* to its customer: (?P<words>.*)": noop(
        "Task %(task)s is made, but Bitrix24 does not let it be bound to the customer:"
        " %(words)s"
    ),
    r"(?P<file>.*) is not kept any more": noop(
        "The file %(file)s is not kept any more."
    ),
    r"(?P<method>[a-z0-9_.]+): (?P<words>.*)": noop(
        "Bitrix24 says: %(words)s [%(method)s]"
    ),
}
_TRIES = re.compile(r"\A(?:could not be looked at )?\d{1,4} times: ")
_ELSE = noop("It is a fault of ticket24, for the people who run it: %(words)s")
_OF_THE_SERVER = noop("The mail server says: %(words)s")
_ANSWER = re.compile(r"\d{3}\b")


_LONGEST = 2_000


def said(reason: str, language: Language) -> str:
    """Say a reason that is kept on the shelf in a language of ours."""
    say = i18n.translations(language).gettext
    reason = _TRIES.sub("", reason[:_LONGEST])
    for pattern, words in _REASONS.items():
        if found := re.fullmatch(pattern, reason, re.DOTALL):
            return say(words) % found.groupdict()
    if not reason:
        return ""
    return say(_OF_THE_SERVER if _ANSWER.match(reason) else _ELSE) % {"words": reason}
