"""Access tokens of the installed application: kept in Redis, renewed once for all.

Each administrator who opened ticket24 in Bitrix24 has left a pair of tokens there.
We work as one of them, and as the next one when that pair is dead: dismissed users
lose theirs (platform.md 9). A refresh token may be good once only, so one process
at a time renews, and keeps the new pair before anybody uses it (platform.md 3.2).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from ticket24.bitrix.apps.oauth import AuthServer, DeadGrant, Grant
from ticket24.bitrix.rest.access import OAuth, TokenFault
from ticket24.bitrix.rest.errors import AccountClosed, Temporary
from ticket24.domain.accounts.condition import NOBODY_LEFT
from ticket24.domain.accounts.model import Account
from ticket24.domain.accounts.uninstalls import ApplicationState
from ticket24.store.accounts.pairs import Pair
from ticket24.store.locks import Busy
from ticket24.store.stores import Stores

log = structlog.get_logger()

# A new pair that is not kept may be lost for good, so Redis gets some time to take it.
_PAUSE_SECONDS = (0.1, 0.5, 1.0, 2.0, 4.0)

# Refresh tokens live for 180 days, or 28 according to older docs: platform.md 3.2.
_IDLE_SECONDS = 20 * 86_400

# What the authorization server says of tokens that can be replaced. It may no longer
# know those that ended long ago.
_STALE = {
    "expired_token": TokenFault.EXPIRED,
    "invalid_token": TokenFault.EXPIRED,
    "no_auth_found": TokenFault.EXPIRED,
    "authorization_error": TokenFault.DISMISSED,
}

# What it answers to a refresh by an application that is not installed. Some of these
# also answer a wrong secret.
_STRANGER = {"not_installed", "application_not_found", "invalid_client", "wrong_client"}


@dataclass(frozen=True, slots=True)
class OneToken:
    """A viewer's token: never renewed, and never sent on to another host."""

    value: str

    def __repr__(self) -> str:
        return "OneToken(***)"

    async def token(self) -> str:
        """Give the token."""
        return self.value

    async def renew(self, refused: str, fault: TokenFault) -> bool:
        """Say that there is no other."""
        del refused, fault
        return False

    async def endpoint(self) -> str:
        """Vouch for no address: the page is opened anew at the right one."""
        return ""


class StoredTokens:
    """The tokens of one account."""

    def __init__(
        self,
        account_id: str,
        stores: Stores,
        server: AuthServer,
        *,
        allow_loopback: bool = False,
    ) -> None:
        self._id = account_id
        self._accounts = stores.accounts
        self._pairs = stores.pairs
        self._server = server
        self._allow_loopback = allow_loopback
        self._renewals: dict[str, asyncio.Task[None]] = {}

    async def token(self) -> str:
        """Give the token of the user we work as, else the next one's.

        Raises AccountClosed when there is none: words for the operator.
        """
        account = await self._account()
        pair = await self._pairs.get(self._id, account.user_id)
        if pair is None:
            pair = (await self._candidates(account))[0]
            await self._work_as(pair)
        return pair.access_token

    async def renew(self, refused: str, fault: TokenFault) -> bool:
        """Replace a token that Bitrix24 refused; other callers wait for it.

        Raises AccountClosed when nobody's token is left, Temporary when the
        authorization server is away.
        """
        give_up = fault == TokenFault.DISMISSED
        await self._once(refused, self._give_up if give_up else self._refresh)
        return True

    async def endpoint(self) -> str:
        """Ask the authorization server where the account is (platform.md 4.7)."""
        token = await self.token()
        try:
            identity = await self._server.app_info(token)
        except AccountClosed as error:
            fault = _STALE.get(error.code.lower())
            if fault is None:
                raise
            await self.renew(token, fault)
            identity = await self._server.app_info(await self.token())
        account = await self._account()
        return identity.client_endpoint if _is_of(identity.member_id, account) else ""

    async def keep_alive(self) -> None:
        """Refresh the pairs that have not been used for a long time."""
        for pair in await self._pairs.all(self._id):
            if pair.expires_at < time.time() - _IDLE_SECONDS:
                await self._once(pair.access_token, self._freshen)

    async def standing(self) -> ApplicationState:
        """Ask the authorization server whether the application is still installed.

        One token that works says so. Raises Temporary when the server is away, and
        AccountClosed for a refusal that an installed application can meet.
        """
        standing = ApplicationState.DOUBTFUL
        for pair in await self._pairs.all(self._id):
            match await self._standing_by(pair):
                case ApplicationState.LIVES:
                    return ApplicationState.LIVES
                case ApplicationState.GONE:
                    standing = ApplicationState.GONE
        return standing

    async def _standing_by(self, pair: Pair) -> ApplicationState:
        """Say whether a pair works, after a refresh if necessary.

        GONE if its access token died before its time and nobody was dismissed.
        """
        account = await self._account()
        died = (
            ApplicationState.GONE
            if pair.expires_at > time.time()
            else ApplicationState.DOUBTFUL
        )
        try:
            identity = await self._server.app_info(pair.access_token)
        except AccountClosed as error:
            fault = _STALE.get(error.code.lower())
            if fault is None:
                raise
            if fault is TokenFault.DISMISSED:
                died = ApplicationState.DOUBTFUL
        else:
            ours = identity.client_id == self._server.client_id
            if ours and _is_of(identity.member_id, account):
                return ApplicationState.LIVES
        try:
            await self._once(pair.access_token, self._freshen)
        except AccountClosed as error:
            if error.code.lower() not in _STRANGER:
                raise
            return died
        alive = await self._pairs.get(self._id, pair.user_id)
        return ApplicationState.LIVES if alive else died

    async def close(self) -> None:
        """Wait for renewals under way: what they bring must not be lost."""
        await asyncio.gather(*self._renewals.values(), return_exceptions=True)

    async def _once(self, token: str, step: Callable[[Pair], Awaitable[None]]) -> None:
        """Run a step on a token's pair, once for everybody who asks meanwhile."""
        running = self._renewals.get(token)
        if running is None:
            running = asyncio.create_task(self._in_turn(token, step))
            self._renewals[token] = running
            running.add_done_callback(lambda task: self._done(token, task))
        # If a caller is cancelled, the others keep their renewal, and we the answer.
        await asyncio.shield(running)

    def _done(self, token: str, task: asyncio.Task[None]) -> None:
        del self._renewals[token]
        if not task.cancelled():
            task.exception()  # Its waiters get it, if any are left.

    async def _in_turn(
        self, token: str, step: Callable[[Pair], Awaitable[None]]
    ) -> None:
        try:
            async with self._pairs.turn(self._id):
                # Somebody else may have been faster: then the token is no longer kept.
                if pair := await self._holder(token):
                    await step(pair)
        except Busy:
            raise Temporary("", "Another process renews the access, too long") from None

    async def _give_up(self, pair: Pair) -> None:
        """Forget the pair of a dismissed user; AccountClosed if it was the last."""
        await self._drop(pair, TokenFault.DISMISSED)
        await self._candidates(await self._account())

    async def _freshen(self, pair: Pair) -> None:
        await self._trade(pair, await self._account())

    async def _refresh(self, pair: Pair) -> None:
        """Refresh this pair, or if it is dead the next one that is not."""
        account = await self._account()
        while not await self._trade(pair, account):
            pair = (await self._candidates(account))[0]
        await self._work_as(pair)

    async def _trade(self, pair: Pair, account: Account) -> bool:
        """Trade a pair for a new one; False if it was dead and is forgotten."""
        try:
            grant = await self._server.refresh(pair.refresh_token)
        except DeadGrant as error:
            await self._drop(pair, error.code)
            return False
        if not _is_of(grant.member_id, account):
            await self._drop(pair, "another account's")
            return False
        await self._keep(pair, grant)
        return True

    async def _keep(self, pair: Pair, grant: Grant) -> None:
        new = Pair(
            pair.user_id, grant.access_token, grant.refresh_token, grant.expires_at
        )
        for pause in _PAUSE_SECONDS:
            try:
                kept = await self._pairs.put(self._id, new, fresh=True)
                break
            except RedisError as error:
                log.warning("pair_not_kept_yet", account=self._id, error=str(error))
                await asyncio.sleep(pause)
        else:
            kept = await self._pairs.put(self._id, new, fresh=True)
        if not kept:
            raise self._left()
        await self._follow(grant.client_endpoint)
        log.info("tokens_renewed", account=self._id, user=new.user_id)

    async def _follow(self, endpoint: str) -> None:
        """Keep where the account is now, as the authorization server says."""
        way = await self._accounts.way(self._id)
        if not endpoint or way is None or way.endpoint == endpoint:
            return
        try:
            access = OAuth(endpoint, self, allow_loopback=self._allow_loopback)
        except ValueError as error:
            log.warning("endpoint_not_kept", account=self._id, error=str(error))
            return
        if access.client_endpoint != way.endpoint:
            await self._accounts.move_endpoint(self._id, access.client_endpoint)

    async def _drop(self, pair: Pair, reason: str) -> None:
        log.warning("pair_dropped", account=self._id, user=pair.user_id, reason=reason)
        await self._pairs.drop(self._id, pair.user_id, pair.access_token)

    async def _holder(self, access_token: str) -> Pair | None:
        pairs = await self._pairs.all(self._id)
        return next((p for p in pairs if p.access_token == access_token), None)

    async def _candidates(self, account: Account) -> list[Pair]:
        """Return the pairs there are, ours first; AccountClosed without any."""
        pairs = await self._pairs.all(self._id)
        if not pairs:
            raise AccountClosed("", NOBODY_LEFT)
        return sorted(pairs, key=lambda pair: pair.user_id != account.user_id)

    async def _work_as(self, pair: Pair) -> None:
        await self._accounts.update(
            self._id, lambda account: account.working_as(pair.user_id)
        )

    async def _account(self) -> Account:
        account = await self._accounts.get(self._id)
        if account is None:
            raise self._left()
        return account

    @staticmethod
    def _left() -> AccountClosed:
        return AccountClosed("", "The application was uninstalled")


def _is_of(member_id: str, account: Account) -> bool:
    return bool(member_id) and member_id == account.member_id
