"""Whether an event comes from an account of ours.

The only proof that Bitrix24 gives is the application token (platform.md 1.4), one
of the installed application or one of each outgoing webhook. An account connected
by webhooks learns its member_id from the first event that carries its token; from
then on both must fit.
"""

import hmac
import time
from dataclasses import dataclass, field, replace

from redis.asyncio import Redis

from ticket24.bitrix.events.event import Posted
from ticket24.domain.lines import laid_bare
from ticket24.pace import PACE
from ticket24.store import keys
from ticket24.store.accounts.records import SEALED
from ticket24.store.connection import text
from ticket24.store.sealing import Seal

_MOST = 10_000

_UNINSTALLED = "ONAPPUNINSTALL"

# KEYS: account. ARGV: member_id. -> its member_id, nil without an account.
_FIX = """
if redis.call('HEXISTS', KEYS[1], 'tokens') == 0 then return nil end
redis.call('HSETNX', KEYS[1], 'member_id', ARGV[1])
return redis.call('HGET', KEYS[1], 'member_id')
"""


# KEYS: account. ARGV: a field and its value, for a record that has neither.
_KEEP = """
if redis.call('HEXISTS', KEYS[1], 'tokens') == 0 then return end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
"""


class NotAdmitted(Exception):
    """The event proves no origin that we know.

    `known` says that we know its account: then its token is another one than ours. Who
    sent it is not told that.
    """

    def __init__(self, words: str, *, known: bool = False) -> None:
        super().__init__(words)
        self.known = known


class Gone(NotAdmitted):
    """The event comes late, from an application that was uninstalled."""


@dataclass(frozen=True, slots=True)
class _Known:
    """An account; `seen` are the digests of tokens that came and fitted."""

    account: str
    digests: tuple[str, ...]
    of_app: tuple[str, ...]
    read_at: float
    seen: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def admits(self, name: str, digests: list[str]) -> bool:
        """Whether an event of this name comes from here, by its token's digests."""
        kept = self.of_app if name == _UNINSTALLED else self.digests
        # Every digest is compared, so the time reveals nothing.
        fits = [hmac.compare_digest(one, known) for one in digests for known in kept]
        return any(fits)


class Doorkeeper:
    """Checks events. It remembers accounts briefly, so most events cost no Redis."""

    def __init__(
        self,
        redis: Redis,
        seal: Seal,
        *,
        believed_seconds: float = PACE.believed_seconds,
    ) -> None:
        self._believed_seconds = believed_seconds
        self._redis = redis
        self._seal = seal
        self._fix = redis.register_script(_FIX)
        self._keep = redis.register_script(_KEEP)
        self._known: dict[str, _Known] = {}
        # Digests of the outgoing webhooks' tokens that are kept, sealed.
        self._kept: set[str] = set()
        # When we last noted that an account was named by events that do not fit.
        self._noted: dict[str, float] = {}

    async def admit(self, posted: Posted) -> str:
        """Return the account that sent the event, or raise NotAdmitted or Gone.

        An account that goes is known for `believed_seconds` more. Only the application
        itself can report that it was deleted; an outgoing webhook cannot.
        """
        name, member_id, token = posted.name, posted.member_id, posted.token
        known, fresh = self._known.get(member_id), None
        digests = known.seen.get(token) if known else None
        if digests is None:
            digests = self._seal.digests(token)
        if known and known.admits(name, digests):
            if token not in known.seen:
                await self._keep_token(token, digests, known)
                known.seen[token] = digests
            now = time.monotonic()
            if now - known.read_at < self._believed_seconds:
                return known.account
            # One event asks; those that come meanwhile trust the old answer.
            self._known[member_id] = replace(known, read_at=now)
            fresh = await self._tokens(known.account)
        if fresh is None or not fresh.admits(name, digests):
            fresh = await self._look_up(member_id, digests)
        if fresh is None:
            self._known.pop(member_id, None)
        if fresh is None or not fresh.admits(name, digests):
            if (await self._buried(member_id)).admits(name, digests):
                raise Gone("the application was uninstalled")
            raise await self._refusal(member_id, digests, fresh)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[member_id] = fresh
        await self._keep_token(token, digests, fresh)
        return fresh.account

    async def _refusal(
        self, member_id: str, digests: list[str], known: _Known | None
    ) -> NotAdmitted:
        """Note what does not fit, and return why the event is not admitted."""
        if known is None:
            await self._note_other(member_id, digests)
        else:
            await self._note_wrong_token(known.account)
        words = "unknown account or wrong application_token"
        return NotAdmitted(words, known=known is not None)

    async def _keep_token(self, token: str, digests: list[str], known: _Known) -> None:
        """Keep an outgoing webhook's token: earlier builds kept its digest alone."""
        kept = {*digests} & {*known.digests} - {*known.of_app}
        for digest in kept - self._kept:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            await self._keep(
                keys=[keys.account(known.account)],
                args=[f"{SEALED}{digest}", self._seal.close(token)],
            )
            self._kept.add(digest)

    async def _look_up(self, member_id: str, digests: list[str]) -> _Known | None:
        raw = await self._redis.hget(keys.MEMBER_IDS, member_id)
        known = await self._tokens(text(raw)) if raw else None
        # A name may outlive its account by a moment.
        return known or await self._fix_member(member_id, digests)

    async def _tokens(self, account: str) -> _Known | None:
        tokens, own = await self._redis.hmget(
            keys.account(account), "tokens", "app_tokens"
        )
        if tokens is None:
            return None
        of_app = tuple(text(own or b"").split())
        digests = (*text(tokens).split(), *of_app)
        return _Known(account, digests, of_app, time.monotonic())

    async def _note_other(self, member_id: str, digests: list[str]) -> None:
        """Note for the token's account that it came with another member_id."""
        owners = [raw for raw in await self._redis.hmget(keys.TOKENS, digests) if raw]
        account = text(owners[0]) if owners else ""
        if account and self._is_news(account):
            seen = f"{int(time.time())} {laid_bare(member_id[:64])}"
            await self._redis.hset(keys.state(account), "other_member", seen)

    async def _note_wrong_token(self, account: str) -> None:
        """Note for an account that an event named it and had not its token."""
        if self._is_news(account):
            state = keys.state(account)
            await self._redis.hset(state, "wrong_token_at", int(time.time()))

    def _is_news(self, account: str) -> bool:
        """Whether to note what somebody may repeat as often as they like."""
        now = time.monotonic()
        noted = self._noted.get(account, float("-inf"))
        if now - noted < self._believed_seconds:
            return False
        self._noted[account] = now
        return True

    async def _buried(self, member_id: str) -> _Known:
        """Return what is left of an uninstalled account: the digests of its tokens."""
        raw = await self._redis.get(keys.tombstone(member_id))
        digests = tuple(text(raw or b"").split())
        return _Known("", digests, digests, 0.0)

    async def _fix_member(self, member_id: str, digests: list[str]) -> _Known | None:
        """Let the first event with a token of an account tell its member_id."""
        owners = [raw for raw in await self._redis.hmget(keys.TOKENS, digests) if raw]
        if not owners or not member_id:
            return None
        account = text(owners[0])
        fixed = await self._fix(keys=[keys.account(account)], args=[member_id])
        if fixed is None or text(fixed) != member_id:
            return None
        await self._redis.hset(keys.MEMBER_IDS, member_id, account)
        return await self._tokens(account)
