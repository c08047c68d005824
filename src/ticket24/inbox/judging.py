"""The loop from mails that are stored to what becomes of them."""

import structlog
from redis.exceptions import RedisError

from ticket24.flows.arrivals.taking_in import set_aside, take_in
from ticket24.inbox.parts import InboxParts
from ticket24.store.arrivals.mails import ClaimedMail
from ticket24.worker.keeping import kept

log = structlog.get_logger()


class Judging:
    """Claims mails and settles them one after the other, as they came.

    Reading one takes the processor, so more at a time would not end sooner; and of two
    mails of one name the first counts.
    """

    def __init__(self, parts: InboxParts) -> None:
        self._parts = parts

    async def turn(self) -> bool:
        """Settle the first mail whose time has come; tell whether there was one."""
        claimed = await self._parts.stores.arrivals.claim(1)
        for mail in claimed:
            await self._settle(mail)
        return bool(claimed)

    async def _settle(self, mail: ClaimedMail) -> None:
        parts = self._parts
        try:
            async with kept(lambda: parts.stores.arrivals.renew(mail.id)):
                await take_in(
                    *(mail, parts.stores, parts.settings, parts.replies),
                    parts.colleagues,
                )
        except (RedisError, OSError):
            raise
        except Exception:
            log.exception("job_failed", room="judging", job=mail.id[:12])
            await set_aside(mail, parts.stores)
