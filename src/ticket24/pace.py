"""How long each waits: handed in with the parts, so that whoever tests waits less.

Only what differs somewhere stands here. All others are constants beside their use.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Pauses, patience and lifetimes, by who waits; the defaults are what runs."""

    # A loop of the worker, after a turn that found nothing to do.
    turn_seconds: float = 0.25

    # Looks. The fuller an account's bucket of requests, the longer its marks gather;
    # after a look that failed half as many are taken; a ticket that cannot be seen is
    # tried again after so long, then after twice as long, and so on.
    gathering_seconds: float = 2.0
    narrowing_seconds: float = 1.0
    look_again_seconds: float = 5.0

    # Commands: before each new try of one, and how long a whole account rests after
    # each failure in a row, or when it lets nobody in.
    command_again_seconds: tuple[float, ...] = (0.5, 2.0, 5.0, 15.0, 30.0, 60.0)
    account_rests_seconds: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
    closed_seconds: float = 60.0

    # How long Bitrix24 may still be at work on a request whose connection was lost,
    # and how often what came of it is looked for, at most.
    settled_seconds: float = 65.0
    search_again_seconds: float = 2.0

    # An installation of which nothing can be told at the moment.
    installation_again_seconds: float = 15.0

    # A command that looks, while nothing gets done, and after it met trouble; one that
    # disconnects, until what other processes still write has come.
    command_patience_seconds: float = 60.0
    command_trouble_seconds: float = 2.0
    linger_seconds: float = 6.0


PACE = Pace()
