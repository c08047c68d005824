"""How long from Bitrix24's event to the customer's mail, when little happens."""

import asyncio
import random
from time import perf_counter

from bench.actors import bitrix24, posts
from bench.actors.load import Tally, posters
from bench.goals import Measured, Outcome
from bench.processes import Failed
from bench.stage import Stage

COMMENTS = 60
BITRIX24_SECONDS = 0.1

# Between two comments: the account's bucket of requests runs empty again, and
# the loops' pauses are met at every moment.
_PAUSES = (0.4, 0.9)
_LIMIT_SECONDS = 10


async def measure(stage: Stage) -> Outcome:
    """Let staff write one comment at a time and wait for its mail."""
    rolls = random.Random(24)
    tally = Tally()
    await stage.control.post("faults", {"slow_seconds": BITRIX24_SECONDS})
    with stage.web(), stage.worker():
        await stage.settled(_LIMIT_SECONDS)
        await stage.forget_requests()
        for number in range(COMMENTS):
            await asyncio.sleep(rolls.uniform(*_PAUSES))
            tally.seconds.append(await _comment(stage, number))
        await stage.settled(_LIMIT_SECONDS)
        await asyncio.sleep(0.5)
    await stage.control.post("faults", {"slow_seconds": 0})
    if len(stage.inbox):
        raise Failed(f"{len(stage.inbox)} mails too many")
    slowest = ", ".join(f"{one * 1000:.0f}" for one in sorted(tally.seconds)[-3:])
    return Outcome(
        (
            Measured("event_to_smtp_p50_ms", tally.percentile_ms(0.50)),
            Measured("event_to_smtp_p99_ms", tally.percentile_ms(0.99)),
        ),
        (
            f"{COMMENTS} comments, every third with an ONTASKUPDATE besides",
            f"{min(tally.seconds) * 1000:.0f} ms at best, at worst {slowest} ms",
        ),
    )


async def _comment(stage: Stage, number: int) -> float:
    """Return the seconds from the post of the event to the end of DATA."""
    card = bitrix24.card_of(number)
    task_id = stage.ticket_ids[number]
    made = await stage.control.post(
        "act",
        {
            "do": "comment",
            "user": bitrix24.STAFF[card],
            "task": task_id,
            "text": f"We have found the cause of fault {number} and are on it.",
        },
    )
    events = [posts.comment_added(task_id, made["id"], card=card)]
    if number % 3 == 0:
        events.append(posts.task_updated(task_id))
    requests = [posts.request(event, stage.web_port) for event in events]
    began = perf_counter()
    with posters(stage.web_port, len(events)) as load:
        answers = load.post_all(requests)
    if answers.refused:
        raise Failed(f"an event was refused: {answers.refused[0]!r}")
    mail = await stage.inbox.next(_LIMIT_SECONDS)
    if mail.ticket != task_id:
        raise Failed(f"a mail about {mail.ticket} instead of {task_id}")
    return mail.at - began
