"""Something is written into a ticket for its staff alone."""

from ticket24 import i18n
from ticket24.bitrix.rest.errors import Permanent
from ticket24.domain.automation.house_rules import values_of
from ticket24.domain.commands.model import PostRemark, PostReply, RateTicket
from ticket24.domain.settings.reading.automation import filled
from ticket24.domain.tickets.descriptions import followed
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.commands.carrying import Done, Work
from ticket24.flows.commands.post_reply import post, row_of
from ticket24.i18n import noop

_FOLLOWED = noop("The customer’s new message is ticket %(number)s.")
_OPEN = noop("Open task")


async def post_remark(work: Work, command: PostRemark) -> Done:
    """Post what a rule says to staff, behind the mark that keeps it from customers.

    A rule that is gone, or says nothing any more, says nothing.
    """
    settings = work.account.settings
    if command.followed_by:
        return await _post_followed(work, command)
    if command.words:
        done = await post_inside(work, command, command.words)
        return done or Done(command.ref.task_id)
    rule = settings.rule(command.rule)
    if rule is None or not rule.then.remark:
        return Done(command.ref.task_id)
    kept = await work.stores.tickets.get(command.ref)
    ticket = kept or (await row_of(work, command)).ticket
    text = filled(rule.then.remark, values_of(ticket, settings))
    done = await post_inside(work, command, text)
    if done is None:
        why = reason(Cause.NO_INTERNAL_MARK)
        raise Permanent("", "there is no internal mark", why=why)
    return done


async def _post_followed(work: Work, command: PostRemark) -> Done:
    """Lead staff to the ticket in which this one goes on."""
    say = i18n.translations(work.account.settings.language).gettext
    words = say(_FOLLOWED) % {"number": command.followed_by}
    user_id = work.account.user_id
    picture = await work.stores.tickets.get(command.ref)
    if picture and picture.responsible_id:
        user_id = picture.responsible_id
    link = followed(command.followed_by, user_id, say(_OPEN))
    done = await post_inside(work, command, words, link)
    return done or Done(command.ref.task_id)


async def post_inside(
    work: Work, command: PostRemark | RateTicket, text: str, link: str = ""
) -> Done | None:
    """Post a text for staff alone; None if no mark would keep it from customers."""
    settings = work.account.settings
    mark = next(iter(settings.internal_marks), "")
    if not mark and settings.shown_messages != "marked":
        return None
    words = PostReply(command.id, command.ref, 0, "", command.at, text)
    return await post(work, words, f"{mark} ".lstrip(), signed=False, link=link)
