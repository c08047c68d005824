"""The loops that do the work: dispatch, look, submit, mail, resync, install.

Each loop takes turns until the worker stops. Loops meet only in Redis, so any number of
workers may run. A bell between two loops saves a pause.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from ticket24 import systemd
from ticket24.build import build
from ticket24.domain.running.presence import Role
from ticket24.settings import Settings
from ticket24.store.running.presence import present
from ticket24.worker.dispatch import Dispatching
from ticket24.worker.gather import LettingGo
from ticket24.worker.install import Installing
from ticket24.worker.introductions import Introducing
from ticket24.worker.links import Linking
from ticket24.worker.loops import Bell, turns
from ticket24.worker.mailing import Mailing
from ticket24.worker.parts import Parts, open_parts
from ticket24.worker.reconcile import Looking
from ticket24.worker.resync import Sweeping
from ticket24.worker.submit import Submitting

log = structlog.get_logger()

_SWEEP_PAUSE_SECONDS = 1.0

# How long work under way may take to end after a stop was asked for.
_STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Loop:
    """A loop: who takes its turns, what wakes it, and how its work ends at a stop."""

    name: str
    turn: Callable[[], Awaitable[bool]]
    bell: Bell
    pause_seconds: float
    end: Callable[[], Awaitable[None]]


def _loops(parts: Parts) -> tuple[_Loop, ...]:
    """Return every loop, in the order in which their work ends.

    Looks are safe to repeat, and are cancelled. What Bitrix24 or the mail server may
    have taken must be noted, so the others finish.
    """
    looks, mails, sweeps, events = Bell(), Bell(), Bell(), Bell()
    links, submits, installs = Bell(), Bell(), Bell()
    strangers = Bell()
    looking = Looking(parts, looks, mails)
    sweeping = Sweeping(parts, looks)
    submitting = Submitting(parts, submits, looks)
    mailing = Mailing(parts, mails)
    letting = LettingGo(parts, mails)
    installing = Installing(parts, installs)
    linking = Linking(parts, links)
    introducing = Introducing(parts, strangers)
    dispatching = Dispatching(parts, looks, sweeps)
    pause = parts.pace.turn_seconds

    async def left() -> None:
        await parts.stores.journal.leave(parts.name)

    return (
        _Loop("looking", looking.turn, looks, pause, looking.crew.cancel),
        _Loop(
            *("sweeping", sweeping.turn, sweeps),
            *(_SWEEP_PAUSE_SECONDS, sweeping.crew.cancel),
        ),
        _Loop("submitting", submitting.turn, submits, pause, submitting.crew.finish),
        _Loop("mailing", mailing.turn, mails, pause, mailing.crew.finish),
        _Loop("letting_go", letting.turn, Bell(), 4 * pause, letting.end),
        _Loop("installing", installing.turn, installs, pause, installing.crew.finish),
        _Loop("linking", linking.turn, links, pause, linking.finish),
        _Loop(
            *("introducing", introducing.turn, strangers),
            *(4 * pause, introducing.crew.finish),
        ),
        _Loop("dispatching", dispatching.turn, events, 0, left),
    )


async def work(parts: Parts, stop: asyncio.Event) -> None:
    """Work until `stop` is set; finish what must be noted, then return."""
    loops = _loops(parts)

    async def ring_at_stop() -> None:
        await stop.wait()
        systemd.stopping()
        for loop in loops:
            loop.bell.ring()

    log.info("worker_started", worker=parts.name, build=build())
    async with (
        present(
            parts.stores.presence,
            parts.name,
            Role.WORKER,
            besides=parts.stores.counted.carry,
        ),
        asyncio.TaskGroup() as running,
    ):
        running.create_task(ring_at_stop())
        for one in loops:
            running.create_task(
                turns(
                    *(one.name, one.turn, one.bell),
                    pause_seconds=one.pause_seconds,
                    stop=stop,
                )
            )
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            for one in loops:
                await one.end()
    except TimeoutError:
        log.warning("worker_stopped_in_the_middle", worker=parts.name)
    log.info("worker_stopped", worker=parts.name)


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = systemd.stop_on_signals()
    async with open_parts(settings) as parts:
        systemd.ready()
        await work(parts, stop)
