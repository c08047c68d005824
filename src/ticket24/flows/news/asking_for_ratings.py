"""Whether the mail about a solved ticket asks how well it was solved."""

from ticket24.domain.accounts.model import Account
from ticket24.domain.news.letters import Kind, Letter
from ticket24.store.tickets.ratings import RedisRatings


async def rating_token(letter: Letter, account: Account, ratings: RedisRatings) -> str:
    """Return what lets its reader rate the ticket; "" if the mail does not ask.

    People in copy and managers are not asked, nor whoever was asked lately, nor about
    what is rated already. The same letter gets the same answer whenever it is written.
    """
    wanted = account.settings.ratings
    if letter.kind is not Kind.COMPLETED or not wanted.ask:
        return ""
    owner = letter.contact_id and not (letter.in_copy or letter.of_company)
    if not owner or letter.solved_at is None:
        return ""
    ref, contact_id = letter.ref, letter.contact_id
    known = (await ratings.of(ref.account, [ref.task_id])).get(ref.task_id)
    if known and known.rating.of == letter.solved_at:
        return ""
    if not await ratings.ask(ref.account, contact_id, letter.id, wanted.every_days):
        return ""
    return ratings.token(ref, contact_id, letter.recipient)
