"""Letters in the outbox, as they come there when a person has them sent again."""

from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.flows.tickets.reasons import reason_for, said
from ticket24.store.letters.parked import RedisParked, Sort
from ticket24.store.letters.replays import replay_letter


async def put_letter(redis, letter):
    """Have a letter wait in the outbox, to be sent now, as if never tried."""
    await RedisParked(redis).add(
        letter.ref.account,
        Sort.MAIL,
        letter.id,
        about="",
        why=reason(Cause.MAIL_REFUSED),
        content="",
    )
    assert await replay_letter(redis, f"{Sort.MAIL}-{letter.id}", letter)


def why(parked):
    """Return why a thing is parked, as an operator reads it."""
    return said(reason_for(parked), "en")
