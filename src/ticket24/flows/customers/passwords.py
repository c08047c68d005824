"""Passwords and their hashes: made in threads, a few at a time."""

import asyncio
import hmac
import os
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import Enum, auto

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ticket24.domain.customers.logins import normal
from ticket24.pace import PACE, Pace
from ticket24.store.sign_in.logins import ReadSince, RedisLogins

log = structlog.get_logger()

# Somebody who guesses passwords can keep these threads busy for ever, so they only work
# when pages and events leave them the processor. (The number is a `nice` value.)
_LATER = 10


def _step_back() -> None:
    """Leave the processor to pages and events; Linux alone knows this of threads.

    Where a filter of system calls forbids it, passwords are checked all the same: an
    executor whose threads fail to start takes no work ever again.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LATER)


# People who sign in do not wait while the passwords of others are being hashed.
_CHECKING = ThreadPoolExecutor(2, "passwords", initializer=_step_back)
_KEEPING = ThreadPoolExecutor(2, "hashes", initializer=_step_back)

# How many hashes of one address are computed at once; others get their turns between.
_AT_ONCE = 2

# Nobody keeps so many older ones of one contact while a hash is put in place.
_MOST_TIMES = 5


class _Became(Enum):
    """What became of a hash."""

    SAME = auto()
    ANOTHER = auto()
    LATE = auto()  # Somebody who read the contact since looks after it.


class Passwords:
    """Makes and checks hashes of the content of an account's password field.

    The name of the field is part of what is hashed: once a company chooses another
    field, no password of the old one is valid any more.
    """

    def __init__(self, logins: RedisLogins, pace: Pace = PACE) -> None:
        self._logins = logins
        self._hasher = PasswordHasher(
            time_cost=pace.hashing.rounds,
            memory_cost=pace.hashing.kibibytes,
            parallelism=1,
        )

    async def fitting(
        self, field: str, hashes: Mapping[int, str], password: str
    ) -> set[int]:
        """Return the contacts whose hash fits this password.

        At least one hash is computed, so that the time does not reveal which contacts
        exist.
        """
        present = {contact: kept for contact, kept in hashes.items() if kept}
        if not present:
            await self._make(_CHECKING, field, password)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def fits(kept: str) -> bool:
            async with turns:
                return await self._fits(_CHECKING, field, kept, password)

        verdicts = await asyncio.gather(*map(fits, present.values()))
        return {
            contact for contact, fits in zip(present, verdicts, strict=True) if fits
        }

    async def refresh(
        self,
        account: str,
        field: str,
        passwords: Mapping[int, str],
        claim: int | None = None,
        *,
        strangers: bool = False,
    ) -> frozenset[int]:
        """Make the kept hashes fit the passwords in the CRM.

        `claim` is the number of the right to do so; the contacts of which it was over
        are returned. A hash that is replaced ends the sessions of its contact. A
        contact of which nothing is kept is left out, unless `strangers` is set.
        """
        kept = await self._logins.hashes(account, passwords)
        wanted = {c: p for c, p in passwords.items() if strangers or c in kept}
        became = await asyncio.gather(
            *(
                self._refresh(account, field, contact, normal(password), kept, claim)
                for contact, password in wanted.items()
            )
        )
        if count := sum(one is _Became.ANOTHER for one in became):
            log.info("passwords_changed", account=account, contacts=count)
        found = zip(wanted, became, strict=True)
        return frozenset(contact for contact, one in found if one is _Became.LATE)

    async def _refresh(
        self,
        account: str,
        field: str,
        contact: int,
        password: str,
        kept: Mapping[int, str],
        claim: int | None,
    ) -> "_Became":
        made = ""
        for _ in range(_MOST_TIMES):
            before = kept.get(contact)
            if before is not None and await self._same(field, before, password):
                return _Became.SAME
            if password and not made:
                made = await self._make(_KEEPING, field, password)
            try:
                if await self._logins.put(account, contact, before, made, claim):
                    return _Became.SAME if before is None else _Became.ANOTHER
            except ReadSince:
                return _Became.LATE
            # What was kept meanwhile is older: its claim came before.
            kept = await self._logins.hashes(account, [contact])
            if before is not None and contact not in kept:
                return _Became.SAME  # The contact is gone.
        return _Became.LATE

    async def _same(self, field: str, kept: str, password: str) -> bool:
        if kept and password:
            return await self._fits(_KEEPING, field, kept, password)
        return not kept and not password

    async def _make(
        self, threads: ThreadPoolExecutor, field: str, password: str
    ) -> str:
        loop = asyncio.get_running_loop()
        given = _input(field, password)
        return await loop.run_in_executor(threads, self._hasher.hash, given)

    async def _fits(
        self, threads: ThreadPoolExecutor, field: str, kept: str, password: str
    ) -> bool:
        loop = asyncio.get_running_loop()
        given = _input(field, password)
        return await loop.run_in_executor(threads, self._verify, kept, given)

    def _verify(self, kept: str, given: bytes) -> bool:
        try:
            return self._hasher.verify(kept, given)
        except (VerificationError, InvalidHashError):
            return False


def equal(one: str, other: str) -> bool:
    """Compare passwords; an empty one equals nothing."""
    first, second = normal(one).encode(), normal(other).encode()
    return bool(first) and hmac.compare_digest(first, second)


def _input(field: str, password: str) -> bytes:
    return f"{field}\0{password}".encode()
