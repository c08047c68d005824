"""From the shelf of parked letters back into the outbox."""

from redis.asyncio import Redis

from ticket24.domain.news.letters import Letter
from ticket24.store import keys
from ticket24.store.letters.parked import LETTER
from ticket24.store.timetable import Timetable

# KEYS: parked, outbox, outbox times, tries, untold. ARGV: parked id, letter id, letter.
# -> whether it was taken off
_REPLAY = """
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return 0 end
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2], ARGV[2] .. ' unsure')
redis.call('HDEL', KEYS[5], ARGV[1])
return 1
"""


async def replay_letter(redis: Redis, parked_id: str, letter: Letter) -> bool:
    """Take a letter off the shelf and into the outbox, to be sent now.

    Both happen at once, because a worker may park it again before our next step.
    Returns False, and does nothing, if somebody else has taken it off meanwhile, or if
    it has not left the outbox yet: the worker that parked it still takes it out.
    """
    account = letter.ref.account
    done = await redis.register_script(_REPLAY)(
        keys=[
            keys.parked(account),
            keys.outbox(account),
            keys.outbox_times(account),
            keys.outbox_tries(account),
            keys.untold(account),
        ],
        args=[parked_id, letter.id, LETTER.dump_json(letter)],
    )
    await Timetable(redis, keys.MAIL_ACCOUNTS).at_once(account)
    return bool(done)
