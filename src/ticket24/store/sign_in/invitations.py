"""Invitations of customers: requests for links that the staff made, and their fate."""

from dataclasses import replace

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.customers.invitations import Fate, Invitation
from ticket24.domain.customers.mailboxes import fold
from ticket24.store import keys
from ticket24.store.clock import NOW
from ticket24.store.connection import text
from ticket24.store.sign_in.generations import GENERATION
from ticket24.store.sign_in.links import Lane, LinkRequest, lane_key
from ticket24.store.timetable import Timetable

# How long an invitation's link is valid.
INVITED_SECONDS = 7 * 86_400

# How long an invitation may wait for the mail server.
INVITING_SECONDS = 86_400

# How many may wait in one account: people do not ask for more.
MOST_REQUESTS = 1_000

# How long we remember who was invited.
_REMEMBERED_SECONDS = 180 * 86_400

INVITATION = TypeAdapter(Invitation)

# KEYS: account, requests, invitation, generations. ARGV: e-mail, how long it waits,
# most, contact id, the invitation, for how long it is remembered, folded e-mail.
_INVITE = (
    NOW
    + GENERATION
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end
local until_ = string.format('%.0f', now + ARGV[2])
local noted = ARGV[4] .. '=' .. generation(KEYS[4], ARGV[4], ARGV[7])
local request = until_ .. ' ' .. ARGV[1] .. ' ' .. noted
redis.call('ZADD', KEYS[2], now, request)
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], 'request', request, 'invitation', ARGV[5])
redis.call('EXPIRE', KEYS[3], ARGV[6])
return 1
"""
)

# KEYS: invitation. ARGV: request, what became of it.
_TELL = """
if redis.call('HGET', KEYS[1], 'request') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'state', ARGV[2])
end
"""


class RedisInvitations:
    """The latest invitation of every customer; in a lane of their own."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._index = Timetable(redis, keys.LINK_ACCOUNTS)
        self._ask = redis.register_script(_INVITE)
        self._tell = redis.register_script(_TELL)

    async def ask(self, account: str, contact_id: int, invitation: Invitation) -> bool:
        """Ask for a contact's invitation; False if far too many wait already."""
        done = await self._ask(
            keys=[
                keys.account(account),
                lane_key(account, Lane.INVITED),
                keys.invitation(account, contact_id),
                keys.generations(account),
            ],
            args=[
                *(invitation.email, INVITING_SECONDS * 1_000, MOST_REQUESTS),
                *(contact_id, INVITATION.dump_json(invitation), _REMEMBERED_SECONDS),
                fold(invitation.email),
            ],
        )
        if done:
            await self._index.at_once(account)
        return bool(done)

    async def latest(self, account: str, contact_id: int) -> Invitation | None:
        """Return the latest invitation of a contact."""
        raw, state = await self._redis.hmget(
            keys.invitation(account, contact_id), ["invitation", "state"]
        )
        if raw is None:
            return None
        invitation = INVITATION.validate_json(raw)
        return replace(invitation, fate=Fate(text(state))) if state else invitation

    async def tell(self, account: str, request: LinkRequest, fate: Fate) -> None:
        """Note what became of an invitation, if it is still the latest."""
        key = keys.invitation(account, request.contact_id)
        await self._tell(keys=[key], args=[request.id, fate])
