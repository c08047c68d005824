"""What a customer says of a solved ticket: kept by us, marked and told in Bitrix24.

Setting the mark again changes nothing; the message goes the way of a reply.
"""

import structlog

from ticket24 import i18n
from ticket24.bitrix.tickets.rating import rate
from ticket24.domain.commands.model import RateTicket
from ticket24.flows.commands.carrying import Done, Work
from ticket24.flows.commands.post_inside import post_inside
from ticket24.i18n import noop
from ticket24.store.tickets.ratings import KeptRating
from ticket24.telemetry.counters import RATINGS

log = structlog.get_logger()

_GOOD = noop("%(customer)s rates the solution as good.")
_BAD = noop("%(customer)s rates the solution as bad.")
_OURS_ONLY = noop("(Only Ticket24 keeps this rating: Bitrix24 didn’t accept it.)")


async def rate_ticket(work: Work, command: RateTicket) -> Done:
    """Keep the rating, then copy it into the task and tell its staff.

    One that a later one has replaced is done without a trace, and so is what was said
    before word for word.
    """
    ref, ratings, value = command.ref, work.stores.ratings, command.rating.value
    known = (await ratings.of(ref.account, [ref.task_id])).get(ref.task_id)
    said = KeptRating(command.rating, command.contact_id, command.name, command.text)
    if known != said:  # Else an earlier attempt has kept it.
        if known and _same(known, said):
            return Done(ref.task_id)
        if not await ratings.keep(ref, said):
            log.info("rating_replaced", account=work.account.slug, id=command.id)
            return Done(ref.task_id)
        RATINGS.labels(value).inc()
    settings = work.account.settings
    wanted = settings.ratings.mark
    marked = wanted and await rate(work.bitrix, ref.task_id, value)
    say = i18n.translations(settings.language).gettext
    words = say(_GOOD if value == "good" else _BAD) % {"customer": command.name}
    more = say(_OURS_ONLY) if wanted and not marked else ""
    text = "\n".join(filter(None, (words, command.text, more)))
    done = await post_inside(work, command, text)
    return done or Done(ref.task_id)


def _same(known: KeptRating, said: KeptRating) -> bool:
    one, other = known.rating, said.rating
    same = (one.value, one.of, known.text) == (other.value, other.of, said.text)
    return same and known.contact_id == said.contact_id and one.at != other.at
