"""Why something was set aside, in the reader's words.

They contain the words of a mail server or of Bitrix24 unchanged, because people who
look for help need these.
"""

from ticket24 import i18n
from ticket24.domain.settings.model import Language
from ticket24.domain.tickets.reasons import Cause, Reason
from ticket24.flows.tickets import older_reasons
from ticket24.i18n import noop
from ticket24.store.letters.parked import Parked

_WORDS = {
    Cause.MAIL_REFUSED: noop("The mail server says: %(words)s"),
    Cause.MAIL_LATE: noop(
        "We tried for %(days)s days. The mail server says: %(words)s"
    ),
    Cause.MAIL_UNSURE: noop(
        "We handed the email to the mail server %(count)s times, but it never"
        " confirmed: the email may have arrived. (%(words)s)"
    ),
    Cause.MAIL_UNMADE: noop(
        "The email couldn’t be written because of an error in Ticket24: %(words)s"
    ),
    Cause.NO_ADDRESS: noop("This isn’t an email address: %(words)s"),
    Cause.FOREIGN_ADDRESS: noop(
        "We can’t send email to an address with characters other than a to z"
        " before the @: %(words)s"
    ),
    Cause.NOBODY_TO_WRITE_TO: noop(
        "There is no email address we can send to. Add one in the CRM, and the"
        " email goes out automatically."
    ),
    Cause.CONTACT_AWAY: noop(
        "The contact (%(contacts)s) was deleted or merged, or Ticket24 can’t"
        " see it. Link the ticket to another contact, or let the Bitrix24 user"
        " that Ticket24 works as read it, and the email goes out automatically."
    ),
    Cause.PERHAPS_A_REMARK: noop(
        "This may be an automatic Bitrix24 message, or it may repeat something"
        " internal, so we didn’t send it to the customer."
    ),
    Cause.BY_A_GUEST: noop(
        "Nobody on your team wrote this, so we didn’t send it to the customer."
    ),
    Cause.BITRIX24: noop("Bitrix24 says: %(words)s [%(method)s]"),
    Cause.NO_ANSWER: noop("Bitrix24 sent an unusable response: %(words)s"),
    Cause.TASK_AWAY: noop("Task %(task)s was deleted, or Ticket24 can’t see it."),
    Cause.NOT_COMPLETED: noop(
        "Bitrix24 doesn’t allow task %(task)s to be completed in its current state."
    ),
    Cause.NOT_REOPENED: noop(
        "Bitrix24 doesn’t allow task %(task)s to be reopened in its current state."
    ),
    Cause.STAGE_AWAY: noop(
        "The board of task %(task)s doesn’t have the stage chosen in the settings"
        " (Departments). Choose another one there, then move the card yourself."
    ),
    Cause.CARD_STUCK: noop(
        "Bitrix24 doesn’t let us move the card of task %(task)s. Make the Bitrix24 user"
        " that Ticket24 works as a moderator of the workgroup, then try again."
    ),
    Cause.STAFF_AWAY: noop(
        "The Bitrix24 user no. %(user)s, who should hear of tickets, has left or was"
        " deleted. Choose somebody else in the settings (Automation)."
    ),
    Cause.STAFF_UNWRITABLE: noop(
        "%(name)s should get an email, but has no address in Bitrix24 that we can read."
        " Add one there, then try again."
    ),
    Cause.NOT_STARTED: noop(
        "Bitrix24 doesn’t allow work on task %(task)s to be started. Make sure that the"
        " Bitrix24 user Ticket24 works as may edit tasks in its workgroup."
    ),
    Cause.NO_INTERNAL_MARK: noop(
        "A rule should write something for your team, but there is no internal mark, so"
        " customers would read it. Enter one in the settings (Messages)."
    ),
    Cause.NO_DRIVE: noop(
        "Files can’t be stored: neither workgroup %(group)s nor the Bitrix24"
        " user that Ticket24 works as has a drive."
    ),
    Cause.FILE_GONE: noop("The file %(file)s is no longer available."),
    Cause.UNBOUND: noop(
        "Task %(task)s was created, but Bitrix24 won’t link it to the"
        " customer: %(words)s"
    ),
    Cause.UNFILLED: noop(
        "Task %(task)s was created, but Bitrix24 won’t link it to the"
        " customer. These fields can’t be empty: %(fields)s. Fill them in, in"
        " that task or in the Ticket24 settings. (%(words)s)"
    ),
    Cause.SHUT_OUT: noop(
        "Ticket24 isn’t part of task %(task)s and can’t use its chat, because"
        " this Bitrix24 plan has no observers. Make the Bitrix24 user that"
        " Ticket24 works as the task’s creator or assignee."
    ),
    Cause.TOO_LONG: noop("The ticket has more messages than Ticket24 can read."),
    Cause.HANDLER: noop("Ticket24 couldn’t process an event from Bitrix24: %(words)s"),
    Cause.OLD_COPY: noop(
        "This comes from an older Redis backup and may have been sent since:"
        " check whether it arrived."
    ),
    Cause.FAULT: noop(
        "This is an error in Ticket24. Please tell the people who run it: %(words)s"
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
