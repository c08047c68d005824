"""What a refusal means for all mails: whether the mail server refuses us.

One that names us, or several in a row, hold all mails back until one is taken; what
was set aside as if its recipient were at fault then comes back.
"""

import re
import time

import structlog

from ticket24.domain.news.letters import Letter
from ticket24.mail.server.refusals import Away, NotNow, Refused, RefusesUs
from ticket24.store.letters.parked import LETTER, Sort
from ticket24.store.letters.relay import RefusedLetter, digest, several
from ticket24.store.letters.replays import replay_letter
from ticket24.store.stores import Stores

log = structlog.get_logger()


async def held(letter: Letter, error: Refused | NotNow, stores: Stores) -> float:
    """Note a failure; return how many seconds the letter waits if it means us.

    Returns 0 if it means the letter, and also at the first words about us: if they
    mean this letter after all, its tries have to end.
    """
    if isinstance(error, Away):
        return await note_away(error, stores)
    if isinstance(error, RefusesUs):
        began, hold = await stores.relay.hold(error.words)
        if began:
            log.warning("relay_refuses", words=error.words)
        return 0 if began else hold.pause
    if not isinstance(error, Refused):
        return 0
    refusals = await stores.relay.refused(_refusal(letter, error))
    if refusals is None or not several(refusals):
        return 0
    began, hold = await stores.relay.hold(error.words)
    if began:
        log.warning("relay_refuses", words=error.words, in_a_row=len(refusals))
    for refusal in refusals:
        await _bring_back(refusal, stores)
    return hold.pause


async def note_away(error: Away, stores: Stores) -> float:
    """Note that the mail server is away; return how many seconds a letter waits.

    It is 0 at first, as with `held`.
    """
    began, hold = await stores.relay.hold(error.words, away=True)
    if began:
        log.warning("relay_away", words=error.words)
    return 0 if began else hold.pause


async def set_aside(letter: Letter, error: Refused, stores: Stores) -> None:
    """Bring back a letter that was just set aside, if others now mean us."""
    mine = _refusal(letter, error)
    refusals = await stores.relay.refusals()
    if mine in refusals and several(refusals):
        await _bring_back(mine, stores)


async def taken(stores: Stores) -> None:
    """Note that a mail was taken."""
    since = await stores.relay.taken()
    if since is not None:
        log.info("relay_takes_again", seconds=round(time.time() - since))


async def _bring_back(refusal: RefusedLetter, stores: Stores) -> None:
    parked = await stores.parked.get(refusal.account, refusal.parked_id)
    if parked is not None:
        letter = LETTER.validate_json(parked.content)
        await replay_letter(stores.redis, parked.id, letter)


def _refusal(letter: Letter, error: Refused) -> RefusedLetter:
    place = letter.recipient.rpartition("@")[2].lower()
    parked_id = f"{Sort.MAIL}-{letter.id}"
    who = digest(letter.recipient)
    return RefusedLetter(who, place, error.sure, letter.ref.account, parked_id)


def untold(words: str, recipient: str) -> str:
    """Leave an address out of what a mail server says."""
    return re.sub(re.escape(recipient), "…", words, flags=re.IGNORECASE)
