"""How often something was recently tried: counters that Redis forgets by itself."""

import hashlib
import json
from collections.abc import Sequence

from redis.asyncio import Redis

from ticket24.domain.customers.introductions import mailbox_tag
from ticket24.domain.customers.mailboxes import fold
from ticket24.domain.places import crowd, places
from ticket24.pace import PACE
from ticket24.store import keys
from ticket24.store.clock import NOW

WINDOW_SECONDS = 15 * 60

# Limits for one address, or for the /64, /56 and /48 around it.
WRONG_PER_EMAIL = 5, 10, 20
WRONG_PER_ADDRESS = 50, 100, 200
LINKS_PER_ADDRESS = 20, 40, 80
RIGHT_PER_EMAIL = 60, 120, 240

LINKS_PER_EMAIL = 3

# What people write who are not in the CRM, within an hour.
INTRODUCTIONS_PER_ADDRESS = 20, 40, 80
INTRODUCTIONS_PER_EMAIL = 10
INTRODUCTIONS = 200
_HOUR_SECONDS = 3_600
RIGHT_EVERYWHERE = 600
INVITATIONS_PER_ACCOUNT = 200

_NO_LIMIT = 2**53
_INVITATION_SECONDS = 60
_LOOK_UP_SECONDS = 60
_LOOK_UPS_PER_EMAIL = 1

# Look-ups per minute: for passwords, and for links to known addresses.
_LOOK_UPS = 30
_LOOK_UPS_OF_KNOWN = 10

# How many strangers who ask for links have a turn at once.
_TURNS_AT_ONCE = 10

# Lua: how long these counters make somebody wait.
# KEYS: counters. ARGV: window, then a script's own; limits from `first` + 1 on.
_WAIT = """
local function count(key) return tonumber(redis.call('GET', key) or '0') end
local function another(key)
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[1]) end
end
local function wait(first)
  for i = first + 1, #ARGV do
    local key = KEYS[i - first]
    if count(key) >= tonumber(ARGV[i]) then
      return math.max(redis.call('TTL', key), 1)
    end
  end
  return 0
end
"""

# KEYS: counters. ARGV: window, how many of them count this, the limit of each but
# the last ones. -> seconds to wait
_COUNT = (
    _WAIT
    + """
local seconds = wait(2)
if seconds > 0 then return seconds end
for i = 1, tonumber(ARGV[2]) do another(KEYS[i]) end
return 0
"""
)

# KEYS: counters, the last one that of all tries with the e-mail address. ARGV: the
# limit of each but the last. -> seconds to wait, how many tries there were
_LOOK = _WAIT + "return {wait(0), count(KEYS[#KEYS])}"

# KEYS: counters of the e-mail address, as many of the network address or none, that of
# all tries with the e-mail address or none, those of correct tries. ARGV: window, how
# many of the e-mail address, how many of correct tries. A customer who knew the
# password in the end had mistyped it before, and was not guessing.
_FORGIVE = (
    _WAIT
    + """
local emails, mistyped = tonumber(ARGV[2]), {}
for i = 1, emails do
  mistyped[i] = count(KEYS[i])
  redis.call('DEL', KEYS[i])
end
for i = emails + 1, #KEYS - ARGV[3] do
  local less = math.min(mistyped[(i - 1) % emails + 1], count(KEYS[i]))
  if less > 0 then redis.call('DECRBY', KEYS[i], less) end
end
for i = #KEYS - ARGV[3] + 1, #KEYS do another(KEYS[i]) end
"""
)

# KEYS: until when turns are taken. ARGV: milliseconds of a turn, how many at once.
_TURN = (
    NOW
    + """
local taken = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
if taken - now > ARGV[1] * (ARGV[2] - 1) then return 0 end
local until_ = string.format('%.0f', taken + ARGV[1])
redis.call('SET', KEYS[1], until_, 'PXAT', until_)
return 1
"""
)

# KEYS: counters of the e-mail address, of all, of the source. ARGV: window, most for
# an e-mail address, most in all. A source leaves as much to others as it has had.
_SHARE = """
local function count(i) return tonumber(redis.call('GET', KEYS[i]) or '0') end
if count(1) >= tonumber(ARGV[2]) or count(2) + count(3) >= tonumber(ARGV[3]) then
  return 0
end
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[1]) end
end
return 1
"""


class RedisAttempts:
    """Counts tries by e-mail and by the address they come from.

    A limit stops an address, or an e-mail from that address: never an e-mail
    for everybody, or anybody could lock a customer out. Nothing here depends on
    whether the e-mail is a customer's.
    """

    def __init__(
        self, redis: Redis, *, stranger_seconds: float = PACE.stranger_seconds
    ) -> None:
        self._stranger_seconds = stranger_seconds
        self._count = redis.register_script(_COUNT)
        self._look = redis.register_script(_LOOK)
        self._forgive = redis.register_script(_FORGIVE)
        self._share = redis.register_script(_SHARE)
        self._turn = redis.register_script(_TURN)

    async def before(
        self, account: str, email: str, address: str, browser: str = ""
    ) -> tuple[int, int]:
        """Return how many seconds a try has to wait, and how many went before.

        Nothing is counted, and so nothing is kept, before the try is admitted.
        """
        counted, rights, limits = _tries(account, email, address, browser)
        everywhere = _everywhere(account, email)
        wait, tries = await self._look(
            keys=[*counted, *rights, everywhere], args=[*limits]
        )
        return int(wait), int(tries)

    async def password(
        self, account: str, email: str, address: str, browser: str = ""
    ) -> int:
        """Count a try with a password, before it is known to be wrong.

        A `browser` that has signed in with this e-mail before has tries of its own,
        whoever shares its address. Return how many seconds to wait, 0 if the try
        may be made.
        """
        counted, rights, limits = _tries(account, email, address, browser)
        if not browser:
            counted.append(_everywhere(account, email))
            limits.insert(len(counted) - 1, _NO_LIMIT)
        wait = await self._count(
            keys=[*counted, *rights], args=[WINDOW_SECONDS, len(counted), *limits]
        )
        return int(wait)

    async def right(
        self, account: str, email: str, address: str, browser: str = ""
    ) -> None:
        """Take the try back: the password was right."""
        counted, rights, _ = _tries(account, email, address, browser)
        emails = len(counted)
        if not browser:
            emails //= 2
            counted.append(_everywhere(account, email))
        await self._forgive(
            keys=[*counted, *rights], args=[WINDOW_SECONDS, emails, len(rights)]
        )

    async def link(self, account: str, address: str) -> int:
        """Count a request for a link; return how many seconds to wait, or 0."""
        counters = [counter(account, "links-from", one) for one in places(address)]
        return await self._counted(
            counters, LINKS_PER_ADDRESS[: len(counters)], WINDOW_SECONDS
        )

    async def introduction(self, account: str, email: str, address: str) -> int:
        """Count what a stranger writes; return how many seconds to wait, or 0.

        One network leaves half of what an account takes to others.
        """
        sources = [counter(account, "introductions-from", p) for p in places(address)]
        limits = INTRODUCTIONS_PER_ADDRESS[: len(sources)]
        if wait := await self._counted(sources, limits, _HOUR_SECONDS):
            return wait
        return 0 if await self._shared(account, email, address) else _HOUR_SECONDS

    async def introduction_by_mail(self, account: str, email: str) -> bool:
        """Count the same for a mail, whose senders have no network; False: too many."""
        return await self._shared(account, email, "mail")

    async def _shared(self, account: str, email: str, address: str) -> bool:
        counters = [
            counter(account, "introductions", mailbox_tag(email)),
            counter(account, "introductions"),
            counter(account, "introductions-of", crowd(address)[1]),
        ]
        limits = INTRODUCTIONS_PER_EMAIL, INTRODUCTIONS
        return bool(await self._share(keys=counters, args=[_HOUR_SECONDS, *limits]))

    async def invitation(self, account: str, email: str) -> int:
        """Count an invitation to an e-mail; return how many seconds to wait, or 0."""
        counters = [counter(account, "invitations", fold(email))]
        return await self._counted(counters, (1,), _INVITATION_SECONDS)

    async def invited(self, account: str) -> bool:
        """Count an invitation of an account; False if that is too many."""
        counters = [counter(account, "invited")]
        limits = (INVITATIONS_PER_ACCOUNT,)
        return not await self._counted(counters, limits, WINDOW_SECONDS)

    async def look_up(self, account: str, email: str, address: str) -> bool:
        """Count a question to Bitrix24 about an e-mail that somebody signs in with.

        False if that is too many: for this e-mail, for all, or for one network,
        which leaves half of what there is to others.
        """
        network = crowd(address)[1]
        counters = [
            counter(account, "look-up", fold(email)),
            counter(account, "look-ups"),
            counter(account, "look-ups-from", network),
        ]
        limits = _LOOK_UPS_PER_EMAIL, _LOOK_UPS
        return bool(await self._share(keys=counters, args=[_LOOK_UP_SECONDS, *limits]))

    async def look_up_known(self, account: str, email: str) -> bool:
        """Count a question about an address of a customer; False: too many."""
        counters = [
            counter(account, "look-up", fold(email)),
            counter(account, "look-ups-known"),
        ]
        limits = _LOOK_UPS_PER_EMAIL, _LOOK_UPS_OF_KNOWN
        return not await self._counted(counters, limits, _LOOK_UP_SECONDS)

    async def stranger(self, account: str) -> bool:
        """Take a turn for the strangers who ask for links; False if it is too soon.

        However many strangers there are, the next turn comes soon, and goes to the one
        whose network had the fewest.
        """
        taken = await self._turn(
            keys=[counter(account, "turns-of-strangers")],
            args=[int(self._stranger_seconds * 1_000), _TURNS_AT_ONCE],
        )
        return bool(taken)

    async def look_up_stranger(self, account: str, email: str) -> bool:
        """Count a question about an address in a stranger's turn; False: too many."""
        counters = [counter(account, "look-up", fold(email))]
        limits = (_LOOK_UPS_PER_EMAIL,)
        return not await self._counted(counters, limits, _LOOK_UP_SECONDS)

    async def _counted(
        self, counters: list[str], limits: Sequence[int], seconds: int
    ) -> int:
        args = [seconds, len(counters), *limits]
        return int(await self._count(keys=counters, args=args))


def counter(account: str, what: str, *about: str) -> str:
    """Name a counter; the name contains what it is about as a digest."""
    if not about:
        return keys.attempts(account, what)
    digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()
    return keys.attempts(account, f"{what}:{digest[:32]}")


def _tries(
    account: str, email: str, address: str, browser: str
) -> tuple[list[str], list[str], list[int]]:
    """Return the counters of tries, those of right ones, and the limits of all.

    The counters of the e-mail come first, followed by as many for the places that the
    tries come from.
    """
    sources = places(address)
    right_from = [*sources, ""]
    rights = [counter(account, "rights", fold(email), one) for one in right_from]
    most_right = [*RIGHT_PER_EMAIL[: len(sources)], RIGHT_EVERYWHERE]
    if browser:
        own = counter(account, "passwords", fold(email), f"browser {browser}")
        return [own], rights, [WRONG_PER_EMAIL[0], *most_right]
    return (
        [
            *(counter(account, "passwords", fold(email), one) for one in sources),
            *(counter(account, "passwords-from", one) for one in sources),
        ],
        rights,
        [
            *WRONG_PER_EMAIL[: len(sources)],
            *WRONG_PER_ADDRESS[: len(sources)],
            *most_right,
        ],
    )


def _everywhere(account: str, email: str) -> str:
    return counter(account, "passwords-everywhere", fold(email))
