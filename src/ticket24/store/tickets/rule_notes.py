"""What the company's rules decided about each ticket, for staff who ask why.

Notes of one ticket are a list, the latest first. Each begins with its name and a line
break, so that a decision that is made again is noted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from redis.asyncio import Redis

from ticket24.domain.automation.rulings import Judgement
from ticket24.domain.settings.house_rules.model import When
from ticket24.domain.tickets.model import TicketRef
from ticket24.store import keys

_MOST = 40
_SECONDS = 90 * 86_400

# Lua: keeps a note, once.
NOTE = f"""
local function note(notes, name, raw)
  local start = name .. '\\n'
  for _, one in ipairs(redis.call('LRANGE', notes, 0, -1)) do
    if string.sub(one, 1, #start) == start then return end
  end
  redis.call('LPUSH', notes, start .. raw)
  redis.call('LTRIM', notes, 0, {_MOST - 1})
  redis.call('EXPIRE', notes, {_SECONDS})
end
"""

# KEYS: account, notes. ARGV: name, note.
_NOTE = (
    NOTE
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then note(KEYS[2], ARGV[1], ARGV[2]) end
"""
)


@dataclass(frozen=True, slots=True)
class RuleNote:
    """What was decided on one occasion, or what others were `faster` at since then.

    `faster` are names of fields, "card" or "status".
    """

    at: datetime
    occasion: str
    when: When | None = None
    judgements: tuple[Judgement, ...] = ()
    faster: tuple[str, ...] = ()


RULE_NOTE = TypeAdapter(RuleNote)


class RedisRuleNotes:
    """The latest notes of all tickets, 40 of each, for 90 days."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note = redis.register_script(_NOTE)

    async def note(self, ref: TicketRef, note: RuleNote) -> None:
        """Keep a note, once."""
        await self._note(
            keys=[keys.account(ref.account), keys.rule_notes(ref)],
            args=note_args(note),
        )

    async def all(self, refs: Sequence[TicketRef]) -> dict[int, list[RuleNote]]:
        """Return the notes of these tickets of one account, the latest first."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for ref in refs:
                pipe.lrange(keys.rule_notes(ref), 0, -1)
            found = await pipe.execute()
        pairs = zip(refs, found, strict=True)
        return {ref.task_id: [*map(_read, raw)] for ref, raw in pairs if raw}


def note_args(note: RuleNote) -> tuple[str, bytes]:
    """Return a note's name and itself, as scripts take them."""
    name = " ".join((note.occasion, *note.faster))
    return name, RULE_NOTE.dump_json(note, exclude_defaults=True)


def _read(raw: bytes) -> RuleNote:
    return RULE_NOTE.validate_json(raw.partition(b"\n")[2])
