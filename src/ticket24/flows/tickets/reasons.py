"""Why something was set aside, in the reader's words.

They contain the words of a mail server or of Bitrix24 unchanged, because people who
look for help need these.
"""

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.reasons import Cause, Reason
from ticket24.flows.tickets import older_reasons
from ticket24.i18n import noop
from ticket24.store.tickets.parked import Parked

_WORDS = {
    Cause.MAIL_REFUSED: noop("The mail server says: %(words)s"),
    Cause.MAIL_LATE: noop(
        "It was tried for %(days)s days. The mail server says: %(words)s"
    ),
    Cause.MAIL_UNSURE: noop(
        "The mail server was given it %(count)s times and never said whether it took"
        " it: it may have arrived. (%(words)s)"
    ),
    Cause.MAIL_UNMADE: noop(
        "The mail could not be written, by a fault of ticket24: %(words)s"
    ),
    Cause.NO_ADDRESS: noop("This is not an e-mail address: %(words)s"),
    Cause.FOREIGN_ADDRESS: noop(
        "No mail can be sent to an address with other letters than a to z in front of"
        " the @: %(words)s"
    ),
    Cause.NOBODY_TO_WRITE_TO: noop(
        "There is no e-mail address that mail can be sent to. Enter one in the CRM;"
        " then the mail is sent by itself."
    ),
    Cause.CONTACT_AWAY: noop(
        "The contact (%(contacts)s) was deleted or merged, or ticket24 may not see it."
        " Bind the ticket to another contact, or let the user as whom ticket24 works"
        " read it; then the mail is sent by itself."
    ),
    Cause.PERHAPS_A_REMARK: noop(
        "It may be Bitrix24's own remark, or repeat what is internal, so the customer"
        " was not told."
    ),
    Cause.BY_A_GUEST: noop(
        "It was written by nobody of the staff, so the customer was not told."
    ),
    Cause.BITRIX24: noop("Bitrix24 says: %(words)s [%(method)s]"),
    Cause.NO_ANSWER: noop("Bitrix24 gave no usable answer: %(words)s"),
    Cause.TASK_AWAY: noop("Task %(task)s was deleted, or ticket24 may not see it."),
    Cause.NOT_COMPLETED: noop(
        "Bitrix24 does not let task %(task)s be completed as it stands now."
    ),
    Cause.NOT_REOPENED: noop(
        "Bitrix24 does not let task %(task)s be reopened as it stands now."
    ),
    Cause.NO_DRIVE: noop(
        "There is no drive for files: neither workgroup %(group)s nor the user as whom"
        " ticket24 works has one."
    ),
    Cause.FILE_GONE: noop("The file %(file)s is not kept any more."),
    Cause.UNBOUND: noop(
        "Task %(task)s is made, but Bitrix24 does not let it be bound to the customer:"
        " %(words)s"
    ),
    Cause.UNFILLED: noop(
        "Task %(task)s is made, but Bitrix24 does not let it be bound to the customer."
        " These fields must not be empty: %(fields)s. Fill them in that task, or in the"
        " settings of ticket24. (%(words)s)"
    ),
    Cause.SHUT_OUT: noop(
        "ticket24 has no part in task %(task)s and cannot use its chat: the plan of"
        " this Bitrix24 has no observers. Make the user as whom ticket24 works its"
        " creator or its responsible."
    ),
    Cause.TOO_LONG: noop("The ticket has more messages than ticket24 reads."),
    Cause.HANDLER: noop("The handler of the event failed: %(words)s"),
    Cause.OLD_COPY: noop(
        "It stood in an old copy of Redis and may have been done since that was made:"
        " look whether it has arrived."
    ),
    Cause.FAULT: noop(
        "It is a fault of ticket24, for the people who run it: %(words)s"
    ),
}


def reason_for(parked: Parked) -> Reason | None:
    """Return why a thing is parked; None if nobody noted it."""
    return parked.why or older_reasons.read(parked.reason)


def said(reason: Reason | None, language: Language) -> str:
    """Say a reason in a language of ours."""
    if reason is None:
        return ""
    return i18n.translations(language).gettext(_WORDS[reason.cause]) % reason.about
