"""Lua: a look's outcome is stored with all that follows from it, or nothing is."""

from collections.abc import Iterable

from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys
from ticket24.store.clock import NOW
from ticket24.store.tickets.rule_notes import NOTE
from ticket24.store.versions import BUMP

# Lua: what was looked at is no longer due. KEYS: as below. ARGV: as below.
_SETTLE_ONE = """
redis.call('HDEL', KEYS[8], ARGV[2])
if redis.call('HGET', KEYS[7], ARGV[2]) == ARGV[3] then
  redis.call('ZREM', KEYS[6], ARGV[2])
  redis.call('HDEL', KEYS[7], ARGV[2])
end
"""

# KEYS: ticket, tickets, bystanders, outbox, outbox times, due, marks, tries, versions,
# parked, untold, account, what its mails quoted, what rules did, then the rows of each
# contact: bound ones first, then those that were bound before. ARGV: the expected
# revision, due thing, its mark, task id, picture, the trace of its moves, row, whether
# the page changed, the latest part of a long page or '', how many contacts are bound,
# the contacts in the order of their keys, how many letters there are, id and content of
# each and for how long it waits, how many notes of rules there are, name and content of
# each, then id, parked thing and line of each untold one.
COMMIT = (
    BUMP
    + NOW
    + NOTE
    + """
if redis.call('EXISTS', KEYS[12]) == 0 then return 0 end
if (redis.call('HGET', KEYS[1], 'rev') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'rev', ARGV[1] + 1, 'picture', ARGV[5])
if ARGV[9] == '' then
  redis.call('HDEL', KEYS[1], 'away', 'until', 'latest', 'latest_of')
else
  redis.call('HDEL', KEYS[1], 'away', 'until')
  redis.call('HSET', KEYS[1], 'latest', ARGV[9], 'latest_of', ARGV[1] + 1)
end
redis.call('PERSIST', KEYS[1])
redis.call('PERSIST', KEYS[13])
redis.call('ZADD', KEYS[2], ARGV[6], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[4])
local contacts = #KEYS - 14
for i = 1, contacts do
  local rows = KEYS[14 + i]
  local changed
  if i <= tonumber(ARGV[10]) then
    changed = ARGV[8] == '1' or redis.call('HGET', rows, ARGV[4]) ~= ARGV[7]
    redis.call('HSET', rows, ARGV[4], ARGV[7])
  else
    changed = redis.call('HDEL', rows, ARGV[4]) == 1
  end
  if changed then bump(KEYS[9], ARGV[10 + i], ARGV[4], rows) end
end
local first = 12 + contacts
local last = first + 3 * ARGV[first - 1] - 1
for i = first, last, 3 do
  redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1])
  -- A hair apart, so that they leave in the order in which they were decided.
  redis.call('ZADD', KEYS[5], 'NX', now + ARGV[i + 2] + (i - first) / 1000, ARGV[i])
end
local told = last + 1 + 2 * ARGV[last + 1]
for i = last + 2, told, 2 do note(KEYS[14], ARGV[i], ARGV[i + 1]) end
for i = told + 1, #ARGV, 3 do
  redis.call('HSET', KEYS[10], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[11], ARGV[i], ARGV[i + 2])
end
"""
    + _SETTLE_ONE
    + "return 1"
)

# KEYS: as above. ARGV: the expected revision, due thing, its mark, task id, when the
# task was seen not to be a ticket or '', most bystanders, seconds to keep a picture,
# then the contacts in the order of their keys.
DROP = (
    BUMP
    + """
if redis.call('EXISTS', KEYS[12]) == 0 then return 0 end
if (redis.call('HGET', KEYS[1], 'rev') or '0') ~= ARGV[1] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[4])
if redis.call('HEXISTS', KEYS[1], 'picture') == 1 then
  redis.call('HSET', KEYS[1], 'rev', ARGV[1] + 1, 'away', 1)
  redis.call('EXPIRE', KEYS[1], ARGV[7])
  redis.call('EXPIRE', KEYS[13], ARGV[7])
end
if ARGV[5] ~= '' then
  if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], 'until', ARGV[5])
  end
  redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -ARGV[6] - 1)
end
for i = 15, #KEYS do
  if redis.call('HDEL', KEYS[i], ARGV[4]) == 1 then
    bump(KEYS[9], ARGV[i - 7], ARGV[4], KEYS[i])
  end
end
"""
    + _SETTLE_ONE
    + "return 1"
)


def keys_of(ref: TicketRef, contact_ids: Iterable[int]) -> list[str]:
    """Name the keys of both scripts, in their order."""
    account = ref.account
    return [
        keys.ticket(ref),
        keys.tickets(account),
        keys.bystanders(account),
        keys.outbox(account),
        keys.outbox_times(account),
        keys.due(account),
        keys.marks(account),
        keys.tries(account),
        keys.versions(account),
        keys.parked(account),
        keys.untold(account),
        keys.account(account),
        keys.quoted(ref),
        keys.rule_notes(ref),
        *(keys.rows(account, contact_id) for contact_id in contact_ids),
    ]
