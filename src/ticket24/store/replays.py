"""From the shelf of parked letters back into the outbox."""

from redis.asyncio import Redis

from ticket24.domain.model import Letter
from ticket24.store import keys
from ticket24.store.tickets import LETTER

_REPLAY = """
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
redis.call('HDEL', KEYS[4], ARGV[2], ARGV[2] .. ' unsure')
return 1
"""


async def replay_letter(redis: Redis, parked_id: str, letter: Letter) -> None:
    """Take a letter off the shelf and into the outbox, to be sent now.

    Both at once: a worker may park it again before we get to anything else.
    Nothing happens if somebody else has taken it off meanwhile.
    """
    account = letter.ref.account
    await redis.register_script(_REPLAY)(
        keys=[
            keys.parked(account),
            keys.outbox(account),
            keys.outbox_times(account),
            keys.outbox_tries(account),
        ],
        args=[parked_id, letter.id, LETTER.dump_json(letter)],
    )
    await redis.zadd(keys.MAIL_ACCOUNTS, {account: 0})
