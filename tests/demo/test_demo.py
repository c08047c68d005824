"""`ticket24 demo`, with all of its processes."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time

import aiohttp
import pytest
from click.testing import CliRunner

from ticket24.cli.program import main
from ticket24.demo.account import LOGO
from ticket24.demo.children import ChildFailed, running

CHAT, FORUM = (67, 2), (75, 4)
CARDS = pytest.mark.parametrize(("task", "user"), [CHAT, FORUM], ids=["chat", "forum"])


class Person:
    """Someone with both pages open."""

    def __init__(self, demo, session):
        self.demo = demo
        self.session = session

    async def act(self, do, task, user, **details):
        order = {"do": do, "task": task, "user": user, **details}
        address = f"{self.demo.staff}/sandbox/api/act"
        async with self.session.post(address, json=order) as answer:
            assert 200 == answer.status

    async def mails(self, task):
        """Return the mails about one ticket, the oldest first."""
        async with self.session.get(f"{self.demo.mails}/mails.json") as answer:
            mails = await answer.json()
        return [mail for mail in reversed(mails) if mail["ticket"] == f"acme/{task}"]

    async def wait_for_mails(self, task, count, seconds=60.0):
        async with asyncio.timeout(seconds):
            while True:
                if len(await self.mails(task)) >= count:
                    return
                await asyncio.sleep(0.05)


@pytest.fixture
async def person(demo):
    jar = aiohttp.CookieJar(unsafe=True)  # The demo's host is a number.
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Person(demo, session)


@CARDS
async def test_what_staff_do_becomes_mail_once(person, task, user):
    """A comment and a completion become one mail each, an internal note none."""
    await person.act("comment", task, user, text="We have [B]found[/B] it.")
    await person.wait_for_mails(task, 1)
    await person.act("comment", task, user, text="// It was the cable.")
    await person.act("start", task, user)
    await person.act("complete", task, user)
    await person.wait_for_mails(task, 2)
    await asyncio.sleep(0.5)

    mails = await person.mails(task)
    assert ["replied", "completed"] == [mail["kind"] for mail in mails]


async def test_comment_in_the_staff_page_reaches_the_mail_page(person):
    """What a person types into one page can be read in the other."""
    page = f"{person.demo.staff}/staff/tasks/79"
    async with person.session.get(page) as answer:
        csrf = re.search(r'name="(\w*csrf\w*)" value="([^"]+)"', await answer.text())
    typed = {csrf[1]: csrf[2], "text": "Typed into a page."}
    async with person.session.post(f"{page}/comments", data=typed) as answer:
        assert 200 == answer.status

    await person.wait_for_mails(79, 1)

    [mail] = await person.mails(79)
    async with person.session.get(f"{person.demo.mails}/mails/{mail['id']}/html") as it:
        html = await it.text()
    assert "Typed into a page." in html
    logo = re.search(r'src="([^"]+/mail)" alt="Acme Support"', html)[1]
    async with person.session.get(logo) as answer:
        assert (200, "image/png") == (answer.status, answer.content_type)


async def test_the_printed_customer_can_sign_in(person):
    """The printed e-mail and password open a portal that has a logo."""
    demo, session = person.demo, person.session
    async with session.get(demo.portal) as answer:
        page = await answer.text()
    logo = re.search(r'<img src="([^"]+)" alt="Acme Support"', page)[1]
    async with session.get(demo.web + logo) as answer:
        assert LOGO.read_bytes() == await answer.read()

    typed = {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1],
        "email": demo.found(r"e-mail +(\S+)"),
        "password": demo.found(r"password +(\S+)"),
    }
    async with session.post(f"{demo.portal}login", data=typed) as answer:
        assert demo.portal == str(answer.url)
        assert demo.found(r'such as \d+, "([^"]+)"') in await answer.text()


def test_a_second_terminal_speaks_to_the_demo(demo):
    """The printed line lets the doctor look at the running demo, and all is well."""
    command = demo.found(r"(sh \S+/ticket24 doctor)")

    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )

    assert b"account acme: ok" in done.stdout
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("gone", [False, True], ids=["odd", "gone"])
def test_a_terminal_that_lacks_letters_or_is_gone_stops_nothing(gone):
    """What a terminal cannot print becomes `?`, and one that is gone is no fault."""
    said = "say_any_name(); tell('Łukasz'); tell('Nowak', err=True); tell('Li')"
    reading, writing = os.pipe()
    if gone:
        os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", f"from ticket24.demo.telling import *; {said}"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (0, b"Nowak\n") == (done.returncode, done.stderr)
    if not gone:
        assert b"?ukasz\nLi\n" == os.read(reading, 100)
        os.close(reading)


async def test_no_mail_before_anyone_did_anything(person):
    """Connecting the sample mails nothing for what happened before."""
    assert [] == await person.mails(51)


def test_ctrl_c_ends_everything_in_order(demo, demos):
    """Ctrl-C, even again and again, leaves no process and no file, but other demos."""
    other = demos.start().started()
    assert 6 == len(other.processes()), "demo, web, worker, inbox, Redis and its keeper"

    while other.process.poll() is None:
        os.killpg(other.process.pid, signal.SIGINT)
        time.sleep(0.01)

    assert 0 == other.ended()
    assert other.is_gone()
    assert [] == list(other.folder.iterdir())
    assert "error" not in other.printed
    assert demo.process.poll() is None


def test_nothing_outlives_a_killed_demo(demo):
    """A demo that is killed takes its processes with it."""
    demo.process.kill()
    demo.ended()

    assert demo.is_gone(), demo.processes()


def test_a_part_that_dies_ends_the_demo_with_a_reason(demo):
    """When the worker dies, all ends, also what hangs, and the last line says why."""
    os.kill(demo.process_of("inbox"), signal.SIGSTOP)
    os.kill(demo.process_of("worker"), signal.SIGKILL)

    assert 1 == demo.ended()
    assert "ticket24: worker has ended by itself (SIGKILL)" in demo.printed
    assert demo.is_gone()


def test_the_demo_ends_with_its_redis(demo):
    """Without its Redis nothing works, so everything ends, and the reason is told."""
    os.kill(demo.redis(), signal.SIGKILL)

    assert 1 == demo.ended()
    assert "ticket24: Redis has ended by itself" in demo.printed
    assert demo.is_gone()


def test_port_that_was_asked_for_and_is_taken_is_refused():
    """A port that somebody else uses ends the start in one clear line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(main, ["demo", "--port", str(port)])

    assert 1 == done.exit_code
    assert (
        f"ticket24: port {port} is taken by another program: end it, or choose"
        " another port with --port\n"
    ) == done.output


async def test_a_command_that_fails_is_quoted(tmp_path):
    """The reason contains what a part said before it failed, to the last line."""
    with pytest.raises(ChildFailed) as failure:
        async with running("nonsense", environment=os.environ, logs=tmp_path) as child:
            await child.succeed()

    assert str(failure.value).startswith("nonsense has failed; its last lines:\n")
    assert str(failure.value).endswith("\n  Error: No such command 'nonsense'.")


async def test_the_end_hides_no_failure(tmp_path):
    """A part that had died when Ctrl-C came is told like any other."""
    with pytest.raises(ChildFailed, match=r"sandbox has ended by itself \(SIGKILL\)"):
        async with running("sandbox", environment=os.environ, logs=tmp_path) as child:
            os.kill(child.process.pid, signal.SIGKILL)
