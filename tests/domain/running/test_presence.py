"""Which processes there are, by what they told of themselves."""

from contextlib import suppress

from ticket24.domain.running.examining import examined
from ticket24.domain.running.presence import Presence, Processes, Role
from ticket24.domain.running.waiting import Oldest, WaitingKind
from ticket24.domain.running.waiting import examined as waiting
from ticket24.telemetry.counters import Unanswered

NOW = 1_800_000_000.0


def one(role="worker", **facts):
    return Presence(
        **{"name": f"{role}-1", "role": role, "build": "a", "up": 7200}
        | {"ago": 1.0, "ahead": 0.0}
        | facts
    )


def lines(*there, **facts):
    last = {presence.role: NOW - presence.ago for presence in there}
    processes = Processes(NOW, there, last | facts.pop("last", {}), **facts)
    return {f.subject.partition(" ")[0]: f for f in examined(processes, "a")}


def test_who_runs_is_told_with_since_when():
    """All that are there, and for how long the first of them."""
    found = lines(one(), one(name="worker-2", up=30), one("web", up=90))

    assert "worker (2 run, for 2 h)" == found["worker"].subject
    assert "web (1 runs, for 90 s)" == found["web"].subject
    assert "" == "".join(finding.fault for finding in found.values())


def test_workers_that_were_killed_are_told_at_once():
    """Five seconds later the line names them, what it costs and how to mend it."""
    found = lines(one(ago=5.0), one("web"))

    fault = found["worker"].fault
    assert fault.startswith("none has run for 5 s, since 2027-01-15 07:59:55 UTC")
    assert "worker-1 ended without a word" in fault
    assert "no mail leaves" in fault
    assert "Start `ticket24 worker` (systemctl start ticket24-worker)" in fault
    assert "this machine" == found["worker"].whose


def test_a_web_is_started_by_a_unit_that_there_is():
    """There is only a template of it; its units are named after their ports."""
    found = lines(one("web", ago=5.0), one())

    assert "(systemctl start ticket24-web@8024)" in found["web"].fault


def test_faults_of_ours_are_told_with_how_many():
    """A page that fails for everybody is no secret of the log."""
    found = lines(
        one(faults={"job_failed": 2}),
        one("web", faults={"page_failed": 3}),
        one("web", name="web-2", faults={"page_failed": 1}),
        one("web", name="web-3"),
    )

    assert "(job_failed 2 x, page_failed 4 x, of worker-1, web-1, web-2)" in (
        found["faults"].fault
    )
    assert "faults" not in lines(one(), one("web"))


def test_workers_that_were_stopped_are_told_by_their_role():
    """A process that leaves takes its name along, but the time is still known."""
    found = lines(one("web"), last={"worker": NOW - 600})

    assert "none has run for 10 min" in found["worker"].fault
    assert "ended without a word" not in found["worker"].fault


def test_one_of_two_that_hangs_is_named_and_no_fault():
    """The other one does the work."""
    found = lines(one(), one(name="worker-2", ago=60.0))

    assert "" == found["worker"].fault
    assert "last heard of worker-2 60 s ago" in found["worker"].subject


def test_an_older_version_tells_nothing_and_is_not_called_dead():
    """Its workers are seen by what they read."""
    unknown = lines()
    older = lines(older=2)

    assert ("", "") == (unknown["worker"].fault, unknown["web"].fault)
    assert "none has told of itself yet" in unknown["worker"].subject
    assert "2 of an older version" in older["worker"].subject


def test_an_inbox_that_should_be_there_is_missed():
    """From the first moment where mail has a way in, elsewhere once there was one."""
    assert "inbox" not in lines(one(), one("web"))
    assert "none has run yet" in lines(one(), inbox=True)["inbox"].fault
    assert "" == lines(one("inbox"), inbox=True)["inbox"].fault
    gone = lines(one(), last={"inbox": NOW - 600})["inbox"].fault
    assert "none has run for 10 min" in gone
    assert [Role.WEB, Role.WORKER, Role.INBOX] == Processes(NOW, inbox=True).roles


def test_the_oldest_request_without_an_answer_is_timed():
    """From when it began, until it ends however it does."""
    now = [100.0]
    unanswered = Unanswered(lambda: now[0])
    before = unanswered.seconds()
    with suppress(ValueError), unanswered.asking():
        now[0] = 110.0
        with unanswered.asking():
            now[0] = 120.0
            during = unanswered.seconds()
        after = unanswered.seconds()
        raise ValueError("broken")

    assert [0.0, 20.0, 20.0, 0.0] == [before, during, after, unanswered.seconds()]


def test_who_runs_out_of_descriptors_is_named():
    """The line says how many it may have; if nobody knows, nothing is said."""
    well = lines(one(descriptors=(800, 1000)), one("web", descriptors=(0, 0)))
    found = lines(one(descriptors=(52, 64)), one("web", descriptors=(64, 64)))

    assert "" == well["descriptors"].fault
    fault = found["descriptors"].fault
    assert "worker worker-1 has 52 open of the 64" in fault
    assert "web web-1 has 64 open of the 64" in fault
    assert "LimitNOFILE=" in fault
    assert "this machine" == found["descriptors"].whose


def test_a_clock_that_is_wrong_is_named():
    """The line says how far it is off; small differences are not news."""
    well = lines(one(ahead=1.5), one("web", ahead=-2.0))
    found = lines(one(ahead=-3600.0), one("web"))

    assert "" == well["clocks"].fault
    assert "worker-1's is 60 min behind Redis'" in found["clocks"].fault
    assert "NTP" in found["clocks"].fault
    assert "this machine" == found["clocks"].whose


def test_all_clocks_differ_alike_where_that_of_redis_is_wrong():
    """It is one machine that is to be set, not all the others."""
    found = lines(one(ahead=90.0), one("web", ahead=90.5))

    assert "Redis' machine" == found["clocks"].whose


def test_two_builds_are_no_fault_while_one_takes_over():
    """Ten minutes later they are."""
    new = lines(one(build="b", up=60), one("web"))
    forgotten = lines(one(build="b", up=660), one("web"))

    assert "" == new["version"].fault
    assert "just being replaced" in new["version"].subject
    assert "a: web-1" in forgotten["version"].fault
    assert "Restart those of the older one" in forgotten["version"].fault


def test_a_build_that_was_installed_and_not_started_is_told():
    """An upgrade without its restart changes nothing, and looks as if it had."""
    well = lines(one(), one("web"))
    forgotten = lines(one(build="b"), one("web", build="b"))

    assert "version (a)" == well["version"].subject
    assert "all that runs is b, and a is installed here" in forgotten["version"].fault
    assert "Restart it" in forgotten["version"].fault


def test_what_waits_too_long_is_told_with_why():
    """Nobody does it, or those who should do not come to it."""
    late = [Oldest(WaitingKind.EVENT, 7200.0), Oldest(WaitingKind.MAIL, 200.0)]
    nobody = Processes(NOW, (), {"worker": NOW - 7200})
    somebody = Processes(NOW, (one(),), {"worker": NOW})

    fault = waiting(late, nobody).fault
    assert fault.startswith("an event of Bitrix24 for 2 h, a mail for 3 min: no worker")
    assert "workers run and do not come to it" in waiting(late, somebody).fault
    assert "" == waiting([Oldest(WaitingKind.EVENT, 30.0)], nobody).fault
    assert Role.WORKER == somebody.here(Role.WORKER)[0].role
