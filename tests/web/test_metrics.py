"""What operators watch: every metric from the start, of all processes."""

import asyncio
import json
import re
import time
from pathlib import Path

import pytest
from desk import until
from prometheus_client.parser import text_string_to_metric_families
from redis.exceptions import ResponseError

from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.running.counted import RedisCounted
from ticket24.telemetry import counters
from ticket24.web import watching
from ticket24.web.keys import STORES
from ticket24.web.metrics import REFUSALS, OwnProcess

SUMMED = "ticket24_accounts", "ok"
FAILS = "ticket24_accounts", "fails"


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def pace():
    """Look at Redis whenever somebody asks."""
    return Pace(overview_seconds=-1)


async def read(desk):
    """Return every sample by name and labels."""
    async with desk.http.get(desk.web.make_url("/metrics")) as answer:
        text = await answer.text()
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_every_reason_stands_there_from_the_start(desk):
    """Each is 0 at first, so that a first refusal is a rise."""
    found = await read(desk)

    for reason in REFUSALS:
        assert 0 == found["ticket24_events_refused_total", reason]
    assert 0 == found["ticket24_mails_total", "delivered", "replied"]
    assert 0 == found["ticket24_bitrix24_requests_total", "broken"]
    assert 1 == found["ticket24_redis_up",]
    assert 1 == found["ticket24_redis_writable",]
    assert found["process_open_fds",] < found["process_max_fds",]


def test_a_process_tells_of_itself_where_the_machine_is_hidden(tmp_path):
    """Our units see their own processes in /proc, and no /proc/stat."""
    (tmp_path / "self").symlink_to("/proc/self")
    told = OwnProcess(proc=str(tmp_path), registry=None).collect()
    found = {family.name: family.samples[0].value for family in told}

    assert 0 < found["process_open_fds"] < found["process_max_fds"]
    assert found["process_resident_memory_bytes"] > 1_000_000
    assert time.time() - 86_400 < found["process_start_time_seconds"] < time.time() + 5


async def test_the_work_of_a_worker_stands_on_webs_page(desk):
    """A mail is counted by its kind, and so is how long it took; no port of its own."""
    account = await desk.connect()
    async with desk.worker():
        desk.comment(desk.ticket(), "Hello.")
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)
        during = await read(desk)
    found = await read(desk)

    assert 1 == during["ticket24_processes", "worker"]
    assert 0 == found["ticket24_processes", "worker"]
    assert 1 == found["ticket24_processes", "web"]
    assert 1 <= found["ticket24_mails_total", "delivered", "replied"]
    assert 1 <= found["ticket24_change_to_mail_seconds_count",]
    assert 1 <= found["ticket24_looks_total", "done"]
    assert 1 <= found["ticket24_bitrix24_requests_total", "done"]
    assert 1 == found["ticket24_accounts", "ok"]
    assert 0 == found["ticket24_waiting", "mail"]
    assert 0 <= found["ticket24_resync_age_seconds",] < 60


async def test_what_is_wrong_shows(desk):
    """A full Redis, a failure, an account in trouble, a worker that is gone."""
    account = await desk.connect(events=False)
    now = int(time.time() * 1000)
    await desk.stores.accounts.trouble(account.id, "waits: HTTP 502")
    await desk.stores.redis.hset(keys.parked(account.id), "mail-x", "{}")
    await desk.stores.redis.hset(keys.PRESENCE, " worker", now - 200_000)
    await desk.stores.redis.zadd(keys.MAIL_ACCOUNTS, {account.id: now - 300_000})
    await desk.stores.redis.zadd(keys.outbox_times(account.id), {"x": now - 300_000})
    await desk.stores.redis.config_set("maxmemory", "1")
    try:
        found = await read(desk)
        url = desk.web.make_url("/health/ready")
        async with desk.http.get(url) as answer:
            status, ready = answer.status, await answer.json()
    finally:
        await desk.stores.redis.config_set("maxmemory", "0")

    assert 0 == found["ticket24_redis_writable",]
    assert 1 == found["ticket24_accounts", "waits"]
    assert 1 == found["ticket24_parked", "mail"]
    assert 0 == found["ticket24_processes", "worker"]
    assert 290 < found["ticket24_oldest_waiting_seconds", "mail"] < 400
    assert 200 == status
    assert (True, False) == (ready["redis"], ready["writable"])
    assert 199 < ready["no_worker_seconds"] < 300


async def test_an_account_whose_mail_fails_is_not_ok(desk):
    """Nor is one for which something is set aside, or whose events are refused."""
    account = await desk.connect(events=False)
    redis, state = desk.stores.redis, keys.state(account.id)
    later = int(time.time() * 1000) + 900_000
    await redis.zadd(keys.outbox_times(account.id), {"x": later, "y": later})
    states = []
    for key, field, value in (
        (keys.outbox_tries(account.id), "x", 4),
        (keys.outbox_tries(account.id), "y", 5),
        (keys.parked(account.id), "message-x", "{}"),
        (state, "other_member", f"{time.time() - 8 * 86_400:.0f} m"),
        (state, "other_member", f"{time.time():.0f} m"),
    ):
        await redis.hset(key, field, value)
        found = await read(desk)
        states.append((found["ticket24_accounts", "ok"], found[FAILS]))
        await redis.hdel(key, field)

    assert [(1, 0), (0, 1), (0, 1), (1, 0), (0, 1)] == states


async def test_what_redis_did_not_take_is_counted_the_next_time(redis):
    """Redis was away for a moment: nothing is counted twice or lost."""
    counted = RedisCounted(redis)
    await counted.carry()
    counters.mail("created", "unsure")
    counters.CARRIED.give_back(counters.CARRIED.take())
    await counted.carry()
    await counted.carry()
    sample = "ticket24_mails_total kind=created outcome=unsure"

    assert 1 == (await counted.totals())[sample]


def names(text):
    return set(re.findall(r"\b(?:ticket24|process)_[a-z0-9_]+", text))


async def test_alerts_and_dashboard_name_only_what_is_there(desk):
    """The labels' values that they ask for exist too."""
    config = Path(__file__).parents[2] / "config"
    ways = {
        "lmtp": f"unix:{desk.folder}/lmtp.sock",
        "reply_address": "{token}@t.example",
    }
    async with desk.inbox(**ways):
        found = await read(desk)
    there = {sample[0] for sample in found}
    alerts = (config / "alerts.yml").read_text(encoding="utf-8")
    dashboard = json.loads((config / "grafana.json").read_text(encoding="utf-8"))
    asked = [
        target["expr"]
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
    ]

    assert len(asked) > 15
    assert set() == names(" ".join(asked)) - there
    expressions = re.findall(r"^\s+expr: (.+)$", alerts, re.MULTILINE)
    assert len(expressions) > 12
    assert set() == names(" ".join(expressions)) - there
    for name, value in re.findall(r'(ticket24_\w+)\{\w+="([^"]+)"', alerts):
        assert any(s[0] == name and value in s[1:] for s in found), (name, value)


async def slow(*_):
    """Take longer than anybody waits."""
    await asyncio.sleep(600)


async def strange(*_):
    """Fail as a Redis does that holds another type below a key."""
    raise ResponseError("WRONGTYPE Operation against a key")


async def test_a_redis_whose_disk_is_full_is_there_and_takes_nothing(desk, monkeypatch):
    """It refuses even PING, with its reason: it is not away, and reading goes on."""

    async def refuse(*_):
        raise ResponseError("MISCONF Errors writing to the AOF file: No space left")

    monkeypatch.setattr(desk.web.app[STORES].redis, "ping", refuse)
    monkeypatch.setattr(desk.web.app[STORES].redis, "setrange", refuse)
    await desk.stores.relay.hold("Connect call failed", away=True)
    found = await read(desk)
    async with desk.http.get(desk.web.make_url("/health/ready")) as answer:
        status = answer.status

    assert 200 == status
    assert 1 == found["ticket24_redis_up",]
    assert 0 == found["ticket24_redis_writable",]
    assert (1, 0) == (found["ticket24_relay_away",], found["ticket24_relay_refusing",])
    assert 0 < found["ticket24_descriptors_used_ratio", "web"] < 1


BLIND = "ticket24_overview_complete"


@pytest.mark.parametrize(
    "pace", [Pace(overview_seconds=-1, overview_patience_seconds=1.5)]
)
@pytest.mark.parametrize("rest", [slow, strange])
async def test_web_is_ready_while_redis_answers_ping(desk, monkeypatch, rest):
    """An overview that is slow, or cannot be read, sends no visitor away.

    Nor does it make alerts blind: everything else is there, and so is the fact that
    something is not.
    """
    monkeypatch.setattr(watching, "sums", rest)
    url = desk.web.make_url("/health/ready")
    async with desk.http.get(url) as answer:
        status, ready = answer.status, await answer.json()
    found = await read(desk)

    assert (200, "ok", True) == (status, ready["status"], ready["redis"])
    assert {"web": 1, "worker": 0} == ready["processes"]
    assert 1 == found["ticket24_redis_up",] == found["ticket24_redis_writable",]
    assert 1 == found["ticket24_processes", "web"]
    assert 0 == found["ticket24_oldest_waiting_seconds", "mail"]
    assert 0 == found["ticket24_mails_total", "delivered", "replied"]
    assert 0 == found[BLIND,]
    assert SUMMED not in found


@pytest.mark.parametrize(
    "pace", [Pace(overview_seconds=-1, overview_patience_seconds=1.5)]
)
async def test_what_is_slow_is_told_as_it_was(desk, monkeypatch):
    """Everybody who asks is answered in time; what is counted later is shown later."""
    go_on = asyncio.Event()
    whole = watching.sums

    async def late(*args):
        await go_on.wait()
        return await whole(*args)

    before = await read(desk)
    monkeypatch.setattr(watching, "sums", late)
    await desk.connect(events=False)
    began = time.monotonic()
    found = await asyncio.gather(*(read(desk) for _ in range(10)))
    took = time.monotonic() - began
    go_on.set()
    after = await read(desk)

    assert (0, 1) == (before[SUMMED], before[BLIND,])
    assert [(0, 1, 1)] * 10 == [
        (one[SUMMED], one[BLIND,], one["ticket24_redis_up",]) for one in found
    ]
    assert took < 13  # Not ten times the patience.
    assert 1 == after[SUMMED]


@pytest.mark.parametrize(
    "pace", [Pace(overview_seconds=-1, overview_patience_seconds=1.5)]
)
async def test_a_redis_that_hangs_is_told_in_time(desk, monkeypatch):
    """However many ask at once; what was seen before counts no more."""
    before = await read(desk)
    monkeypatch.setattr(desk.stores.redis.__class__, "ping", slow)
    began = time.monotonic()
    found = await asyncio.gather(*(read(desk) for _ in range(10)))
    async with desk.http.get(desk.web.make_url("/health/ready")) as answer:
        status = answer.status
    took = time.monotonic() - began

    assert 1 == before["ticket24_redis_up",]
    assert [(0, 0)] * 10 == [(one["ticket24_redis_up",], one[BLIND,]) for one in found]
    assert 503 == status
    assert took < 13
