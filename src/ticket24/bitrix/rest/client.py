"""The way to Bitrix24: one POST per call, typed answers, typed errors."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any, Protocol

import aiohttp

from ticket24.bitrix.rest.access import Access, TokenFault
from ticket24.bitrix.rest.answers import (
    Answer,
    profile_id,
    to_answer,
    token_fault,
)
from ticket24.bitrix.rest.batch import Batch, Call, join, read, split, to_params
from ticket24.bitrix.rest.errors import (
    AccountClosed,
    BitrixBroken,
    BitrixError,
    OutOfRunTime,
    TooManyRequests,
    from_answer,
    is_error,
)
from ticket24.bitrix.rest.hands import elsewhere
from ticket24.bitrix.rest.transport import Reply, Request, follow, post
from ticket24.pace import PACE, Pace
from ticket24.telemetry import counters

__all__ = ["Answer", "Bitrix", "Limiter"]

_REQUESTS_AT_ONCE = 4


class Limiter(Protocol):
    """Where calls wait for their turn; everybody who calls an account shares it."""

    async def take(
        self, account: str, methods: Collection[str], *, urgent: bool
    ) -> None:
        """Wait until one more request may go; OutOfRunTime for a blocked method."""
        ...

    async def exhausted(self, account: str, seconds: float) -> None:
        """Note that Bitrix24's rate limit is reached: nobody passes for a while."""
        ...

    async def block(self, account: str, method: str, seconds: float) -> None:
        """Note that a method has no run time left for this many seconds."""
        ...


class Bitrix:
    """One account's REST. Shares its session, which should keep no cookies.

    Only a request that was surely not carried out is repeated: refused by the
    rate limit (503), with a token that was replaced, or sent on to the account's
    new host. Every error is a BitrixError and shows neither code nor token.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        account: str,
        access: Access,
        limiter: Limiter,
        *,
        on_renamed: Callable[[Access], Awaitable[None]] | None = None,
        pace: Pace = PACE,
    ) -> None:
        self._pace = pace
        self._session = session
        self._account = account
        self._access = access
        self._limiter = limiter
        self._on_renamed = on_renamed
        self._moving = asyncio.Lock()
        self._pauses = pace.limited_seconds
        self._timeout = aiohttp.ClientTimeout(
            total=pace.bitrix24_timeout_seconds, sock_connect=5
        )

    @property
    def address(self) -> str:
        """Scheme and host of the account; safe to show."""
        return self._access.address

    def within(self, limiter: Limiter) -> "Bitrix":
        """Return the same account, whose requests wait for their turn elsewhere."""
        return Bitrix(
            *(self._session, self._account, self._access, limiter),
            on_renamed=self._on_renamed,
            pace=self._pace,
        )

    async def turn(self, what: str) -> None:
        """Wait until something that is no method may be asked for."""
        await self._limiter.take(self._account, {what}, urgent=True)

    async def refused(self) -> None:
        """Note that the rate limit refused something that is no method."""
        await self._limiter.exhausted(self._account, self._pauses[0])

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        urgent: bool = False,
    ) -> Answer:
        """Call a classic method; `urgent` when a person is waiting.

        The order of `params` is kept: some old methods read them by position.
        """
        request = Request(method, params or {}, {method}, urgent)
        return await self._ask(request)

    async def batch(self, calls: Mapping[str, Call], *, urgent: bool = False) -> Batch:
        """Carry out many calls, 50 in each request; errors are returned.

        References between calls work inside one request only. Raises when
        nothing at all came back.
        """
        turns = asyncio.Semaphore(_REQUESTS_AT_ONCE)
        parts = split(calls)
        asked = (self._part(part, turns, urgent=urgent) for part in parts)
        return join(parts, await asyncio.gather(*asked, return_exceptions=True))

    async def _part(
        self, calls: Mapping[str, Call], turns: asyncio.Semaphore, *, urgent: bool
    ) -> Batch:
        methods = {"batch", *(call.method for call in calls.values())}
        async with turns:
            request = Request("batch", to_params(calls), methods, urgent)
            answer = await self._ask(request)
        batch = read(answer.result, calls, answer.server_time)
        for error in batch.errors.values():
            await self._remember(error)
        return batch

    async def _ask(self, request: Request) -> Answer:
        """Send until it is answered, or refused too often by the rate limit."""
        for pause in self._pauses:
            reply = await self._heard(request)
            good = HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES
            if good and not is_error(reply.body):
                return self._answer(reply)
            error = from_answer(reply.status, reply.body, request.method)
            _count(error)
            await self._remember(error)
            if not isinstance(error, TooManyRequests):
                raise error
            error.retry_after = pause
            counters.WAIT_SECONDS.labels("limited").inc(pause)
            await self._limiter.exhausted(self._account, pause)
        raise error

    async def _heard(self, request: Request) -> Reply:
        try:
            return await self._send(request)
        except BitrixError as error:
            _count(error)
            raise

    def _answer(self, reply: Reply) -> Answer:
        counters.REQUESTS.labels("done").inc()
        answer = to_answer(reply.body)
        if answer.server_time:
            counters.SKEW.hear(self.address, answer.server_time)
        return answer

    async def _remember(self, error: BitrixError) -> None:
        if isinstance(error, OutOfRunTime):
            await self._limiter.block(self._account, error.method, error.retry_after)

    async def _send(self, request: Request) -> Reply:
        """Post; again with other tokens, and after one change of host."""
        moved, renewed = False, None
        while True:
            access = self._access
            reply = await self._post(access, request)
            fault = token_fault(reply.body)
            if reply.location and not moved:
                await self._move(access, request, reply)
                moved = True
            # A token that is called expired right after its renewal is hopeless. The
            # number of dismissed users is limited.
            elif (
                fault
                and (fault != renewed or fault == TokenFault.DISMISSED)
                and await access.renew(reply.credentials, fault)
            ):
                renewed = fault
            else:
                return reply

    async def _post(self, access: Access, request: Request) -> Reply:
        methods, urgent = request.methods, request.urgent
        async with elsewhere():
            began = time.monotonic()
            await self._limiter.take(self._account, methods, urgent=urgent)
            ready = time.monotonic()
            counters.WAIT_SECONDS.labels("turn").inc(ready - began)
            try:
                with counters.UNANSWERED.asking():
                    return await post(self._session, access, request, self._timeout)
            finally:
                counters.REQUEST_SECONDS.inc(time.monotonic() - ready)

    async def _move(self, access: Access, request: Request, reply: Reply) -> None:
        """Use the account's new host, once it has proved to be the account."""
        async with self._moving:
            if self._access is not access:
                return  # Another call has been here in the meantime.
            moved = follow(access, request, reply)
            if not await moved.vouched():
                text = f"We are sent on to {moved.address}, for which nobody vouches"
                raise BitrixBroken("", text, reply.status)
            profile = Request("profile", {}, {"profile"}, urgent=request.urgent)
            answer = await self._post(moved, profile)
            user_id = profile_id(answer.body)
            if user_id is None or access.user_id not in {None, user_id}:
                text = f"We are sent on to {moved.address}, which does not know us"
                raise BitrixBroken("", text, answer.status)
            if self._on_renamed:
                await self._on_renamed(moved)
            self._access = moved


def _count(error: BitrixError) -> None:
    """Count what came of a request that failed."""
    for kind, outcome in (
        (TooManyRequests, "limited"),
        (OutOfRunTime, "blocked"),
        (BitrixBroken, "broken"),
        (AccountClosed, "closed"),
    ):
        if isinstance(error, kind):
            counters.REQUESTS.labels(outcome).inc()
            return
    counters.REQUESTS.labels("refused").inc()
