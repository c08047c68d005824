"""One command on its way to Bitrix24: carried out, tried again later, or parked.

That it is carried out once is shown in `carrying`.
"""

import structlog
from redis.exceptions import RedisError

from ticket24.bitrix.files.uploading import Uploader
from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.errors import (
    AccountClosed,
    BitrixBroken,
    OutOfRunTime,
    Permanent,
    Temporary,
)
from ticket24.domain.accounts.model import Account
from ticket24.domain.commands.model import (
    ApplyRules,
    Command,
    EndTicket,
    HandleTicket,
    Introduce,
    MoveCard,
    MoveTicket,
    OpenTicket,
    PostRemark,
    PostReply,
    RateTicket,
    TellStaff,
    Upload,
    Wordless,
)
from ticket24.domain.tickets.reasons import reason_of
from ticket24.flows.commands.apply_rules import apply_rules, move_card
from ticket24.flows.commands.carrying import Done, PerhapsUnderWay, Work
from ticket24.flows.commands.end_ticket import end_ticket
from ticket24.flows.commands.handle_ticket import handle_ticket
from ticket24.flows.commands.introduce import introduce
from ticket24.flows.commands.move_ticket import move_ticket
from ticket24.flows.commands.open_ticket import open_ticket
from ticket24.flows.commands.post_inside import post_remark
from ticket24.flows.commands.post_reply import post_reply
from ticket24.flows.commands.rate_ticket import rate_ticket
from ticket24.flows.commands.tell_staff import tell_staff
from ticket24.pace import Pace
from ticket24.store.commands.lanes import COMMAND, ClaimedCommand, ClaimLost
from ticket24.store.commands.spool import FileGone
from ticket24.store.letters.parked import Sort
from ticket24.store.stores import Stores

log = structlog.get_logger()

# How often Bitrix24 may refuse a command, and how often it may fail to answer this one
# although it answers others. While it answers nothing at all, nothing is counted.
_REFUSALS = 3
_FAILURES = 8


class Submitter:
    """Carries out commands of any account."""

    def __init__(
        self, uploader: Uploader, stores: Stores, pace: Pace, public_url: str
    ) -> None:
        self._uploader = uploader
        self._stores = stores
        self._pace = pace
        self._public_url = public_url
        self._commands = stores.commands
        self._parked = stores.parked

    async def submit(
        self, claimed: ClaimedCommand, account: Account, bitrix: Bitrix
    ) -> Done | None:
        """Carry out a command; None if it was not.

        Raises BitrixError if the whole account cannot be reached at the moment: the
        command is then still ours, and no try was counted.
        """
        work = Work(
            claimed,
            account,
            bitrix,
            self._uploader,
            self._stores,
            self._pace,
            self._public_url,
        )
        command = claimed.command
        try:
            done = await _carry_out(work, command)
        except ClaimLost:
            log.warning("command_claim_lost", account=account.slug, id=command.id)
            return None
        except (PerhapsUnderWay, OutOfRunTime) as error:
            await self._postpone(claimed, error, error.retry_after, counted=False)
            return None
        except BitrixBroken as error:
            # This raises too if the account is away: then the command is not at fault.
            await bitrix.call("profile", urgent=True)
            await self._failed(claimed, error, _FAILURES)
            return None
        except (Permanent, FileGone) as error:
            await self._failed(claimed, error, _REFUSALS)
            return None
        except (Temporary, AccountClosed, RedisError, OSError):
            raise
        except Exception as error:
            log.exception("command_failed", account=account.slug, id=command.id)
            await self._failed(claimed, error, _REFUSALS)
            return None
        await self._commands.done(command, done.task_id, done.key)
        await self._stores.spool.remove(
            account.id, None, [f.id for f in files(command)]
        )
        log.info(
            "command_done",
            account=account.slug,
            id=command.id,
            sort=command.sort,
            task=done.task_id,
        )
        return done

    async def _failed(
        self, claimed: ClaimedCommand, error: Exception, most: int
    ) -> None:
        tries = claimed.tries + 1
        if tries < most:
            pauses = self._pace.command_again_seconds
            pause = pauses[min(claimed.tries, len(pauses) - 1)]
            await self._postpone(claimed, error, pause, counted=True)
            return
        command = claimed.command
        reason = str(error) or type(error).__name__
        await self._parked.add(
            command.account,
            Sort.COMMAND,
            command.id,
            about=about(command),
            why=reason_of(error, tries=tries),
            content=COMMAND.dump_json(command).decode(),
        )
        await self._commands.park(command)
        log.warning(
            "command_parked", account=command.account, id=command.id, error=reason
        )

    async def _postpone(
        self,
        claimed: ClaimedCommand,
        error: Exception,
        seconds: float,
        *,
        counted: bool,
    ) -> None:
        log.warning(
            "command_postponed",
            account=claimed.command.account,
            id=claimed.command.id,
            seconds=round(seconds, 1),
            error=str(error) or type(error).__name__,
        )
        await self._commands.postpone(claimed, seconds, counted=counted)


def files(command: Command) -> tuple[Upload, ...]:
    """Return the files that wait in the spool for a command."""
    return () if isinstance(command, Wordless) else command.uploads


def about(command: Command) -> str:
    """Say in a few words what a customer wanted, or the automation."""
    match command:
        case OpenTicket():
            return f"{command.name} opens a ticket: {command.subject}"
        case PostReply():
            return f"{command.name} replies in {command.ref.task_id}"
        case Introduce():
            return f"{command.name or 'somebody'} writes first: {command.subject}"
        case RateTicket():
            return f"{command.name} rates {command.ref.task_id}"
        case MoveTicket():
            mover = command.name or "the automation"
            return f"{mover} moves {command.ref.task_id} to {command.to}"
    return f"the automation {_does(command)}"


def _does(
    command: HandleTicket | MoveCard | ApplyRules | TellStaff | PostRemark | EndTicket,
) -> str:
    number = command.ref.task_id
    match command:
        case HandleTicket():
            return f"handles {number}"
        case MoveCard():
            return f"moves the card of {number}"
        case ApplyRules():
            return f"applies rules to {number}"
        case PostRemark():
            return f"writes into {number} for its staff"
        case TellStaff():
            return f"tells user {command.user_id} of {number} by {command.by}"
        case EndTicket():
            return f"ends {number}, whose customer does not answer"


async def _carry_out(work: Work, command: Command) -> Done:
    match command:
        case OpenTicket():
            return await open_ticket(work, command)
        case Introduce():
            return await introduce(work, command)
        case PostReply() | RateTicket() | PostRemark():
            return await _say(work, command)
        case HandleTicket():
            await handle_ticket(work, command)
        case ApplyRules():
            await apply_rules(work, command)
        case MoveCard():
            await move_card(work, command)
        case EndTicket():
            await end_ticket(work, command)
        case TellStaff():
            await tell_staff(work, command)
        case MoveTicket():
            await move_ticket(work, command)
    return Done(command.ref.task_id)


async def _say(work: Work, command: PostReply | RateTicket | PostRemark) -> Done:
    match command:
        case PostReply():
            return await post_reply(work, command)
        case RateTicket():
            return await rate_ticket(work, command)
        case PostRemark():
            return await post_remark(work, command)
