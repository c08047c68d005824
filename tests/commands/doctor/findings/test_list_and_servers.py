"""What `accounts` lists, and mail servers and Redis that are not well."""

import re
import socket
import time
from dataclasses import replace

import pytest
import pytest_asyncio
from desk import EVENTS, event_body
from examples import letter
from letters import put_letter
from pydantic import SecretStr

from bitrix24_sandbox.account import task_fields
from bitrix24_sandbox.account.switches import OBSERVERS
from ticket24.cli import accounts as listing
from ticket24.cli.doctor import doctor as doctoring
from ticket24.cli.surroundings import Failure
from ticket24.domain.settings.model import FormField, OwnWords
from ticket24.domain.tickets.model import TicketRef
from ticket24.domain.tickets.reasons import Cause, reason
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.connection import connect
from ticket24.store.health import faults
from ticket24.store.letters.parked import Sort


async def test_the_list_calls_no_account_ok_whose_mail_is_not(desk, listed, said):
    """What is parked is counted by its kind, what fails is told with its words."""
    account = await desk.connect(events=False)
    before = await listed()
    refused = reason(Cause.MAIL_REFUSED, words="550 no such user")
    late = reason(Cause.MAIL_LATE, days=5, words="451 busy")
    held = reason(Cause.PERHAPS_A_REMARK)
    for sort, name, why in (
        (Sort.MAIL, "1", refused),
        (Sort.MAIL, "2", refused),
        (Sort.MAIL, "3", late),
        (Sort.MESSAGE, "4", held),
    ):
        await desk.stores.parked.add(
            account.id, sort, name, about="", why=why, content=""
        )
    parked = await listed()
    said()
    await listing.show(desk.settings, "acme")
    shown = [line for line in said() if line.startswith(("failed", "state"))]
    waiting = replace(letter(), ref=TicketRef(account.id, 51))
    await put_letter(desk.stores.redis, waiting)
    for _ in range(5):
        await desk.stores.outbox.postpone(waiting, 900, "421 \x1b[2Jno \n service")
    failing = await listed()

    kinds = "2 mails refused, 1 mail not sent, 1 message held"
    assert ("ok", []) == before
    assert (f"{kinds}: see `ticket24 failed`", []) == parked
    assert [f"failed         {kinds}", f"state          {parked[0]}"] == shown
    waits = "mails: 1 waits for another try by itself; last was said: 421 [2Jno service"
    assert (f"{waits}; {parked[0]}", []) == failing


async def test_the_list_misses_workers(desk, listed, examine):
    """After three minutes no account is ok, and one line says what to do."""
    await desk.connect(events=False)
    now = int(time.time() * 1000)
    await desk.stores.redis.hset(keys.PRESENCE, " worker", now - 100_000)
    soon = await listed()
    await desk.stores.redis.hset(keys.PRESENCE, " worker", now - 190_000)
    state, below = await listed()
    _, lines = await examine()

    assert ("ok", []) == soon
    assert "no worker for 3 min: everything waits" == state
    assert "worker: none has run for 3 min, since" in below[0]
    assert below[0].startswith(f"worker: {lines['worker'].partition(',')[0]}")


async def test_the_list_names_what_waits_where_no_worker_ever_was(desk, listed):
    """Nobody has told of himself: what should have been done says it."""
    account = await desk.connect(events=False)
    long_ago = int(time.time() * 1000) - 300_000
    await desk.stores.redis.zadd(keys.SWEEPS, {account.id: long_ago})
    _, below = await listed()

    said = "waiting: a resync for 5 min: no worker does it: start `ticket24 worker`"
    assert [said] == below


async def test_the_list_tells_of_refused_events(desk, listed, examine):
    """It does so in the doctor's words, even before the first good event."""
    await desk.connect(events=False)
    address = str(desk.web.make_url(EVENTS))
    for member_id in ("a" * 32, "c" * 32):
        await desk.http.post(address, data=event_body(member_id))
    state, _ = await listed()
    _, lines = await examine()

    told = lines["events of acme"]
    assert ["refused, last", "s"] == re.split(r" \d+ ", told.partition(" ago: ")[0])
    assert state.startswith("events: refused, last ")
    assert state.endswith(told.partition(" ago: ")[2])


async def test_what_a_mail_server_says_controls_no_terminal(desk, examine, listed):
    """Neither the doctor nor the list passes on anything that moves a cursor."""
    await desk.connect(events=False)
    await desk.stores.relay.hold("554 \x1b]0;owned\x07 \x9b2J go \u202eaway")
    _, lines = await examine()
    state, _ = await listed()

    assert "UTC: 554 ]0;owned 2J go away (all mail waits" in lines["relay"]
    assert state.endswith("refuses us: 554 ]0;owned 2J go away")


async def test_a_mail_server_that_is_not_there(examine):
    """Nobody listens: the address is named."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    well, lines = await examine(smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"))

    assert not well
    assert lines["smtp"].startswith(f"127.0.0.1:{port} does not take our mail: ")


async def test_a_mail_server_that_says_nothing(desk, examine):
    """A port that accepts and stays silent is not a mail server."""
    desk.pace = Pace(smtp_seconds=0.3, greeting_seconds=0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        well, lines = await examine(smtp_url=SecretStr(f"smtp://127.0.0.1:{port}"))

    assert not well
    assert lines["smtp"].startswith(f"127.0.0.1:{port} does not take our mail: ")


async def test_a_mail_server_that_wants_no_login(desk, examine):
    """A user and password that it does not take are found before the first mail."""
    url = desk.mailbox.url.replace("smtp://", "smtp://user:wrong@")
    well, lines = await examine(smtp_url=SecretStr(url))

    assert not well
    assert "does not take our mail" in lines["smtp"]
    assert "wrong" not in lines["smtp"]


async def test_redis_away(examine):
    """The setting is named, and what needs no Redis is examined all the same."""
    well, lines = await examine(redis_url=SecretStr("redis://127.0.0.1:1"))

    assert not well
    assert lines["redis"].startswith("does not answer: ")
    assert lines["redis"].endswith("check TICKET24_REDIS_URL")
    assert "ok" == lines["smtp"]


async def test_a_redis_that_swallows_what_we_send(desk, said):
    """It is told in time, and so is the rest, which was asked meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = SecretStr(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        settings = desk.settings.model_copy(update={"redis_url": url})
        well = await doctoring.examine(settings, pace=Pace(redis_seconds=0.2))
    lines = dict(line.split(": ", 1) for line in said())

    assert not well
    assert lines["redis"].startswith("does not answer in time: ")
    assert "ok" == lines["smtp"]


async def test_a_redis_that_takes_more_memory_than_it_needs_is_told_so(desk, examine):
    """It works, so all is well; the line says which settings save how much."""
    redis = desk.stores.redis
    settings = {"hash-max-listpack-value": "64", "zset-max-listpack-entries": "128"}
    before = {name: (await redis.config_get(name))[name] for name in settings}
    for name, value in settings.items():
        await redis.config_set(name, value)
    try:
        _, lines = await examine()
    finally:
        for name, value in before.items():
            await redis.config_set(name, value)

    (line,) = (one for one in lines if one.startswith("redis"))
    assert "a fifth less memory with hash-max-listpack-value 2048 and zset-" in line
    assert "ok" == lines[line]


@pytest_asyncio.fixture(loop_scope="module")
async def careless(desk):
    """A Redis that forgets."""
    redis = desk.stores.redis
    await redis.config_set("appendonly", "no")
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    yield redis
    await redis.config_set("appendonly", "yes")
    await redis.config_set("maxmemory-policy", "noeviction")


async def test_a_redis_that_forgets_is_refused(desk, examine, careless):
    """Doctor says what to set, web and worker do not start."""
    well, lines = await examine()

    assert not well
    assert "set appendonly yes" in lines["redis"]
    assert "maxmemory-policy is allkeys-lru, which drops data" in lines["redis"]

    with pytest.raises(Failure, match=r"^Redis: appendonly is off.*; maxmemory-policy"):
        await doctoring.refuse_bad_redis(desk.settings)


async def test_a_hosted_redis_shows_no_configuration(careless, redis_url):
    """If CONFIG is not allowed, only the version counts."""
    await careless.execute_command(
        "ACL", "SETUSER", "hosted", "on", ">pw", "~*", "&*", "+@all", "-config"
    )
    hosted = connect(redis_url.replace("unix://", "unix://hosted:pw@"))
    try:
        assert [] == await faults(hosted)
    finally:
        await hosted.aclose()
        await careless.execute_command("ACL", "DELUSER", "hosted")


class OldRedis:
    async def info(self, section):
        return {"redis_version": "6.2.14"}

    async def config_get(self, name):
        return {}


async def test_an_old_redis_is_refused():
    """Seven is the oldest."""
    assert ["version 6.2.14 is too old: use Redis 7.0 or newer, or Valkey"] == (
        await faults(OldRedis())
    )


async def test_a_mandatory_field_of_tasks_without_a_value_is_told(desk, examine):
    """It is named before a customer opens a ticket, but not if it has a value."""
    account = await desk.connect()
    field = task_fields.add_field(desk.world, "UF_AUTO_1", "Product", mandatory=True)
    well, lines = await examine()

    assert not well
    assert 'wants "Product" (UF_AUTO_1) filled' in lines["fields of tasks of acme"]

    chosen = replace(account.settings, task_fields={field.name: "Portal"})
    await desk.stores.accounts.update(
        account.id, lambda now: now.with_settings(chosen, now.connected_at)
    )
    _, lines = await examine()

    assert "ok" == lines["fields of tasks of acme"]


async def test_a_field_of_tasks_that_was_deleted_is_told(desk, examine):
    """What customers fill in stands elsewhere since; nothing is said of the others."""
    account = await desk.connect()
    task_fields.add_field(desk.world, "UF_THERE", "There")
    fields = tuple(
        FormField(name.lower(), label=OwnWords(name), task_field=f"UF_{name}")
        for name in ("THERE", "GONE")
    )
    chosen = replace(account.settings, fields=fields)
    await desk.stores.accounts.update(
        account.id, lambda now: now.with_settings(chosen, now.connected_at)
    )
    _, lines = await examine()

    assert "tasks have no UF_GONE any more" in lines["own fields of acme"]


async def test_a_plan_without_observers_is_told_and_no_fault(desk, examine):
    """There is nothing to repair, but staff should know what it means for tickets."""
    await desk.connect()
    desk.world.switches.missing_features = [OBSERVERS]
    _, lines = await examine()
    (told,) = [line for line in lines if line.startswith("plan of acme")]

    assert "without observers, so we create all new tickets" in told
    assert "ok" == lines[told]
