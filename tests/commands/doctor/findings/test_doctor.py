"""`doctor`: one line each, ok or what is wrong and how to put it right."""

import json
import time
from dataclasses import replace

import pytest
from desk import EVENTS, SETTINGS, TOKEN, event_body, until
from doctors import unwell
from examples import letter
from letters import put_letter

from bitrix24_sandbox.account import companies
from ticket24.cli.doctor import doctor as doctoring
from ticket24.domain.accounts.memory import Memory
from ticket24.domain.settings.model import Tags
from ticket24.domain.tickets.model import TicketRef
from ticket24.flows.tickets.older_reasons import read
from ticket24.pace import Pace
from ticket24.store import keys
from ticket24.store.letters.parked import Sort


async def test_all_is_well(desk, examine):
    """A line for everything, each ok, once an event has come."""
    account = await desk.connect()
    async with desk.worker():
        desk.comment(desk.ticket(), "Hello.")
        await desk.quiet(account)
        well, lines = await examine()

    assert well, unwell(lines)
    assert {"ok"} == set(lines.values())
    assert ["configuration", "redis", "smtp", "account acme"] == list(lines)[:4]
    assert "failures of acme" in lines


async def test_settings_of_before_the_rules_work_and_are_told(desk, examine):
    """What TOML once let in, and what the settings page would refuse."""
    account = await desk.connect()
    old = replace(
        account.settings, tags=Tags(sector=("EU", "eu")), company_name="x" * 101
    )
    await desk.stores.accounts.update(
        account.id, lambda now: replace(now, settings=old)
    )
    async with desk.worker():
        desk.comment(desk.ticket(), "Hello.")
        await desk.quiet(account)
    well, lines = await examine()

    assert not well
    assert 1 == len(desk.mailbox.mails)
    told = lines["settings of acme"]
    assert "company_name: Shorten this to 100 characters; tags.sector: The tag" in told


async def test_who_is_not_in_bitrix24_any_more_is_told(desk, examine):
    """People leave and stages are deleted: what names them does nothing any more."""
    extra = "tags.message_type = ['bugs']\nautomation.responsible.bugs = 4\n"
    field = companies.add_company_field(desk.world, "UF_CRM_LEVEL")
    ready = "[[departments.states]]\nstage = {sales}4\nwords.en = 'Ready'\n"
    ready += "[[rules]]\nwhen = 'opened'\nif = {{ department = [{sales}] }}\n"
    ready += "then = {{ stage = {sales}4, mail = [2, 4] }}\n"
    extra = f"promise_field = '{field.name}'\n{extra}"
    await desk.connect(extra=extra, settings=SETTINGS + ready)
    del desk.world.users[4], desk.world.company_fields[field.id]
    del desk.world.workgroups[desk.groups[1]].stages[3]

    well, lines = await examine()

    assert not well
    told = lines["people and stages of acme"]
    assert told.startswith("automation.responsible.bugs: Choose a person from the list")
    assert "promise_field: Neither contacts nor companies have this field" in told
    assert "departments #2.states #1: Choose a stage of this workgroup" in told
    assert "rules #1.then.mail #2: Choose a person from the list" in told
    assert "rules #1.then.stage: Choose a stage of this workgroup" in told
    assert "not in Bitrix24 any more" in told


async def test_nothing_connected_is_well(examine):
    """Before the first account there is nothing to complain about."""
    well, lines = await examine()

    assert well, unwell(lines)
    assert {"configuration": "ok", "redis": "ok", "smtp": "ok"}.items() <= lines.items()
    assert {"ok"} == set(lines.values())


async def test_workers_that_are_dead_are_told(desk, examine):
    """The line says what waits for them; while they were there, all was well."""
    await desk.connect()
    async with desk.worker() as parts:
        await until(lambda: desk.stores.redis.hexists(keys.PRESENCE, parts.name))
        during = await examine()
        name = parts.name
    stopped = await examine()
    # As kill -9 leaves it.
    now = int(time.time() * 1000) - 5_000
    left = f'{now} 0 {{"role": "worker", "build": "x", "up": 9}}'
    await desk.stores.redis.hset(keys.PRESENCE, name, left)
    killed = await examine()

    assert "worker (1 runs, for" in " ".join(during[1])
    assert not stopped[0]
    assert stopped[1]["worker"].startswith("none has run for")
    assert not killed[0]
    assert f"{name} ended without a word" in killed[1]["worker"]


async def test_what_programs_read_is_the_same_as_json(desk, said):
    """JSON names whose fault it is; ok appears once more for everything."""
    await desk.connect(events=False)
    desk.world.faults.rest = "502"
    said()
    well = await doctoring.examine(desk.settings, as_json=True, pace=desk.pace)
    told = json.loads("\n".join(said()))
    (account,) = [f for f in told["findings"] if f["subject"] == "account acme"]

    assert (False, False) == (well, told["ok"])
    assert (False, "Bitrix24") == (account["ok"], account["whose"])
    assert "HTTP 502" in account["fault"]
    assert {"subject": "redis", "ok": True, "fault": "", "whose": ""} in (
        told["findings"]
    )


async def test_a_bitrix24_that_hangs_is_told_within_seconds(desk, examine):
    """An operator woken at night does not wait for what does not answer."""
    await desk.connect()
    desk.pace = Pace(examined_seconds=0.2)
    desk.world.faults.rest = "hang"
    well, lines = await examine()
    desk.world.faults.rest = ""

    assert not well
    assert "no answer within" in lines["account acme"]
    assert "ok" == lines["failures of acme"]


async def test_no_event_yet(desk, examine):
    """The outgoing webhook is the first suspect."""
    await desk.connect(events=False)
    well, lines = await examine()

    assert not well
    assert "none has come yet: check the outgoing webhook" in lines["events of acme"]


async def test_no_event_for_long(desk, examine):
    """A silence of weeks is suspicious, one of days is not."""
    account = await desk.connect(events=False)
    day = 86_400
    await desk.stores.accounts.remember(
        account.id, Memory(last_event_at=time.time() - 9 * day)
    )
    well, lines = await examine()

    assert not well
    assert "none for 9 days: check the outgoing webhook" == lines["events of acme"]

    await desk.stores.accounts.remember(
        account.id, Memory(last_event_at=time.time() - 2 * day)
    )
    well, lines = await examine()
    assert well, unwell(lines)


@pytest.mark.parametrize("member_id", ["c" * 32, ""])
async def test_events_with_the_right_token_and_another_member_id(
    desk, examine, member_id
):
    """They are refused, and the owner of the token reads about it for a week."""
    account = await desk.connect(events=False)
    address = str(desk.web.make_url(EVENTS))
    answers = []
    for one in ("a" * 32, member_id, member_id, "a" * 32):
        async with desk.http.post(address, data=event_body(one)) as answer:
            answers.append(answer.status)
    well, lines = await examine()

    assert [200, 403, 403, 200] == answers
    assert not well
    assert f"the member_id {member_id or '(none)'}" in lines["events of acme"]

    seen = f"{int(time.time()) - 8 * 86_400} {member_id}"
    await desk.stores.redis.hset(keys.state(account.id), "other_member", seen)
    _, lines = await examine()
    assert "none has come yet" in lines["events of acme"]


async def test_events_with_a_wrong_token_are_told_of_their_account(desk, examine):
    """The doctor and a count of their own show them until an hour of right ones."""
    account = await desk.connect(events=False)
    address = str(desk.web.make_url(EVENTS))
    for token, status in ((TOKEN, 200), ("renewed", 403), ("renewed", 403)):
        body = event_body("a" * 32, token=token)
        async with desk.http.post(address, data=body) as answer:
            assert status == answer.status
    well, lines = await examine()
    async with desk.http.get(desk.web.make_url("/metrics")) as answer:
        counted = await answer.text()

    assert not well
    assert "another application token than ours" in lines["events of acme"]
    assert 'events_refused_total{reason="wrong-token"} 2.0' in counted
    assert 'events_refused_total{reason="not-admitted"} 0.0' in counted

    hours_ago = Memory(wrong_token_at=time.time() - 2 * 3_600)
    await desk.stores.accounts.remember(account.id, hours_ago)
    _, lines = await examine()
    assert "another application token than ours" in lines["events of acme"]

    await desk.stores.accounts.remember(account.id, Memory(last_event_at=time.time()))
    well, lines = await examine()
    assert well, unwell(lines)


async def test_events_with_no_token_of_ours_are_nobodys(desk, examine):
    """A stranger changes no word of the examination."""
    await desk.connect(events=False)
    address = str(desk.web.make_url(EVENTS))
    async with desk.http.post(address, data=event_body("c" * 32, token="x")) as answer:
        assert 403 == answer.status
    _, lines = await examine()

    assert "none has come yet" in lines["events of acme"]


async def test_failures_that_wait(desk, examine):
    """Something failed and nobody has looked yet."""
    account = await desk.connect()
    await desk.stores.parked.add(
        account.id, Sort.TICKET, "51", about="ticket 51", why=read("why"), content=""
    )
    well, lines = await examine()

    assert not well
    assert "1 wait for you: see `ticket24 failed`" == lines["failures of acme"]


async def test_a_sender_in_letters_of_its_own(desk, examine):
    """The mail server is asked with the address that mails have."""
    await desk.connect()
    _, lines = await examine(mail_from="Acme <desk@mu\u0308ller.example>")

    assert "ok" == lines["smtp"]


async def test_mails_that_the_server_takes_no_more_of(desk, examine):
    """A limit is told at once, greylisting only when it lasts."""
    account = await desk.connect()
    waiting = replace(letter(), ref=TicketRef(account.id, 51))
    await put_letter(desk.stores.redis, waiting)
    await desk.stores.outbox.postpone(waiting, 900, "451 4.7.1 greylisted")
    _, before = await examine()

    limit = "550 5.4.5 Daily user sending limit exceeded"
    await desk.stores.outbox.postpone(waiting, 900, limit)
    well, lines = await examine()

    assert not well
    assert "ok" == before["mails of acme"]
    said = f"1 waits for another try by itself; last was said: {limit}"
    assert said == lines["mails of acme"]
