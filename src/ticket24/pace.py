"""How long everything waits, passed in with the parts so that tests can wait less.

Only what differs somewhere is here. All others are constants beside their use.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a body may take; it gets one more per `bytes_for_one` bytes."""

    seconds: float
    bytes_for_one: int


@dataclass(frozen=True, slots=True)
class Hashing:
    """The work that a guess at a password takes, by argon2id."""

    rounds: int
    kibibytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Pauses, patience and lifetimes, by who waits; the defaults are for operation."""

    # A loop of the worker, after a turn that found nothing to do.
    turn_seconds: float = 0.25

    # How long tickets are looked at before what was gathered of them is told.
    looked_again_seconds: float = 3.0

    # How long a mail about another status waits for what the same hand moves next.
    status_settles_seconds: float = 4.0

    # Looks. The fuller an account's bucket of requests is, the longer its marks gather.
    # After a look that failed, half as many tickets are taken. A ticket that cannot be
    # seen is tried again after a pause, then after twice as long, and so on.
    gathering_seconds: float = 2.0
    narrowing_seconds: float = 1.0
    look_again_seconds: float = 5.0

    # Commands: before each new try of one, and how long a whole account rests after
    # each failure in a row, or when it lets nobody in.
    command_again_seconds: tuple[float, ...] = (0.5, 2.0, 5.0, 15.0, 30.0, 60.0)
    account_rests_seconds: tuple[float, ...] = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
    closed_seconds: float = 60.0

    # How long Bitrix24 may still be at work on a request whose connection was lost, and
    # the shortest pause between two searches for what came of it.
    settled_seconds: float = 65.0
    search_again_seconds: float = 2.0

    # An installation that cannot be judged at the moment.
    installation_again_seconds: float = 15.0

    # A page: how long it waits for a new ticket or a move to be shown, and for a reply;
    # and how long it relies on what it knows of its account.
    ticket_patience_seconds: float = 3.0
    reply_patience_seconds: float = 1.5
    account_seconds: float = 2.0

    # A page of a company with so many people that it does not hear of all: how long
    # until it asks again.
    large_company_seconds: float = 5.0

    # A person who reads: how long until a file begins to come, or until Bitrix24 has
    # said what a page inside it shows.
    reading_patience_seconds: float = 4.0

    # A mail with files: before each new try of what Bitrix24 did not give.
    file_again_seconds: tuple[float, ...] = (5.0, 20.0, 60.0)

    # A flood of events: how many of an account are kept at once and then each second,
    # and how long one note represents all those that are left out.
    events_at_once: int = 2_000
    events_per_second: float = 50.0
    overflow_seconds: float = 5.0

    # The door to events: how long it trusts what Redis said of an account. An account
    # that is removed stays known for as long.
    believed_seconds: float = 5.0

    # Redis: for a connection as for an answer. Whoever waits for news asks for less.
    redis_seconds: float = 5.0

    # The tools of operators, which ask often and give up soon.
    overview_seconds: float = 5.0
    overview_patience_seconds: float = 2.0

    # Bitrix24's frames: how long they wait for the authorization server or the account.
    verifying_patience_seconds: float = 10.0

    # web: how long it waits for a body of strangers, or of people with a session, and
    # for somebody to read an answer.
    strangers_body: Patience = Patience(10.0, 16_384)
    known_body: Patience = Patience(60.0, 1_024)
    unread_seconds: float = 60.0

    # A customer who signs in: how long to wait for Bitrix24. Every refusal takes one
    # step from its admission, or two or four if Bitrix24 makes us wait, so its time
    # reveals nothing finer.
    sign_in_patience_seconds: float = 4.0
    sign_in_step_seconds: float = 1.2

    # Each try of a password: about 80 ms and 32 MiB, on a core of 2025.
    hashing: Hashing = Hashing(3, 32 * 1024)

    # A form of strangers: no person fills it in and sends it in less.
    typing_seconds: float = 1.0

    # Strangers who ask for links: after each pause one of them has a turn.
    stranger_seconds: float = 6.0

    # An invitation: the pauses between attempts while the mail server is away.
    invitation_again_seconds: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)

    # An account: how many requests a second it gets from all our processes (limits.md).
    calls_per_second: float = 2.0

    # The longest wait for an answer of Bitrix24, which cuts requests after 60 s
    # (limits.md), and for one of the authorization server, which is less than the lease
    # of a renewal. The pause for everybody after each 503 in a row.
    bitrix24_timeout_seconds: float = 65.0
    oauth_timeout_seconds: float = 20.0
    limited_seconds: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)

    # A command that looks: how long it waits while nothing gets done, and after
    # trouble. A command that disconnects: how long other processes may still write.
    command_patience_seconds: float = 60.0
    command_trouble_seconds: float = 2.0
    linger_seconds: float = 6.0

    # The doctor, and the trial mail. An operator woken at night waits no longer for an
    # account; a slow one has a line of its own. A mail server delays a wrong login by
    # seconds, but greets at once; one that waits for TLS says nothing.
    examined_seconds: float = 3.0
    smtp_seconds: float = 20.0
    greeting_seconds: float = 2.0


PACE = Pace()
