"""What cannot be taken back, or shows secrets, asks a person or takes --yes."""

import asyncio
import fcntl
import os
import pty
import termios
from pathlib import Path

import pytest
from desk import until
from examples import NOON

from ticket24.domain.accounts.model import Account
from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.sealing import Seal

PROMPT = "[y/N]: "
KEY = "s" * 32
WORDS = ("accounts", "disconnect")


@pytest.fixture
async def accounts(redis):
    return RedisAccounts(redis, Seal(KEY))


@pytest.fixture
async def account(accounts):
    return await accounts.add(Account("", "acme", 1, NOON), webhook_url="https://a/")


@pytest.fixture
def on_a_terminal(monkeypatch):
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)


def own_terminal():
    """Let the terminal at standard input send Ctrl-C to this process."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def sleeps(pid):
    """Whether a process waits, and has nothing to do but that."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return stat.rpartition(") ")[2].startswith("S")


async def typed_into(processes, keys, *words, **variables):
    """Run a command on a terminal, type when it asks; return it and what it tells."""
    ours, its = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *processes.words(*words),
        env=processes.environment(**variables),
        stdin=its,
        stdout=its,
        stderr=its,
        preexec_fn=own_terminal,
    )
    processes.started.append(process)
    os.close(its)
    loop, told, asked = asyncio.get_running_loop(), [], asyncio.Event()

    def read():
        try:
            told.append(os.read(ours, 4_096).decode())
        except OSError:  # So Linux tells of the end.
            loop.remove_reader(ours)
            os.close(ours)
        if "".join(told).endswith(PROMPT):
            asked.set()

    loop.add_reader(ours, read)
    async with asyncio.timeout(100):
        await asked.wait()
    # Between its question and its reading Python itself misses a signal.
    await until(lambda: sleeps(process.pid))
    os.write(ours, keys)
    return process, told


async def test_ctrl_c_ends_the_question(accounts, account, processes, redis_url):
    """On a real terminal, at once, and nothing is changed."""
    variables = {"redis_url": redis_url, "secret_key": KEY}
    words = (*WORDS, "acme")
    broken, told = await typed_into(processes, b"\x03", *words, **variables)
    async with asyncio.timeout(100):
        code = await broken.wait()
    await until(lambda: "Aborted" in "".join(told))

    assert 1 == code
    assert "Disconnecting acme forgets 0 tickets" in "".join(told)
    assert "".join(told).endswith("Aborted!\r\n")
    assert account == await accounts.get(account.id)


@pytest.mark.parametrize(
    ("typed", "last"),
    [
        ("\n", "ticket24: nothing was changed"),
        ("no\n", "ticket24: nothing was changed"),
        ("acme\nn\n", "ticket24: nothing was changed"),
        ("", "Aborted!"),
    ],
)
async def test_anything_but_a_yes_keeps_the_account(
    accounts, account, invoke, on_a_terminal, typed, last
):
    """Enter, no, another word, and the end of input."""
    done = await asyncio.to_thread(invoke, *WORDS, "acme", lines=typed)

    assert (1, []) == (done.code, done.out)
    assert done.err[-1].endswith(last)
    assert account == await accounts.get(account.id)


async def test_a_yes_forgets_all(accounts, account, invoke, on_a_terminal):
    """It is asked for once, and answers for everything."""
    done = await asyncio.to_thread(invoke, *WORDS, "acme", lines="y\n")

    assert 0 == done.code
    assert await accounts.get(account.id) is None


@pytest.mark.parametrize("typed", ["", "y\n"])
async def test_where_nobody_can_be_asked_the_option_is_named(
    accounts, account, invoke, typed
):
    """Input from a pipe is not an answer."""
    done = await asyncio.to_thread(invoke, *WORDS, "acme", lines=typed)

    assert 1 == done.code
    assert done.err[-1].endswith(": say --yes if you mean it")
    assert account == await accounts.get(account.id)


async def test_what_connecting_again_needs_is_shown(accounts, invoke):
    """Address and tokens as they were given, and the commands that take them."""
    given = Account("", "beta", 1, NOON)
    url = "https://beta.bitrix24.example/rest/1/code/"
    await accounts.add(given, webhook_url=url, tokens=["token-1", "token-2"])
    words = ("accounts", "show", "beta", "--secrets")
    asked = await asyncio.to_thread(invoke, *words)
    shown = await asyncio.to_thread(invoke, *words, "--yes")
    plain = await asyncio.to_thread(invoke, "accounts", "show", "beta")
    other = await asyncio.to_thread(invoke, *words, "--yes", secret_key="x" * 32)

    assert (1, []) == (asked.code, asked.out)
    assert asked.err[-1].endswith(": say --yes if you mean it")
    assert (0, []) == (shown.code, shown.err)
    connect = (
        "connect        ticket24 connect --slug beta --webhook-url -"
        " --application-token - --application-token - --settings beta.toml"
    )
    assert [
        "slug           beta",
        f"webhook        {url}",
        "token          token-1",
        "token          token-2",
        "called at      http://127.0.0.1:8024/bitrix24/events",
        "settings       ticket24 settings beta --export beta.toml",
        connect,
    ] == shown.out
    assert not {"token-1", "code"} & {*" ".join(plain.out).replace("/", " ").split()}
    assert (1, []) == (other.code, other.out)
    assert "TICKET24_SECRET_KEY is not the key" in other.err[-1]


async def test_of_an_installed_application_nothing_secret_is_shown(accounts, invoke):
    """It comes back by itself, and the line says how."""
    given = Account("", "beta", 1, NOON, member_id="m")
    await accounts.add(given, endpoint="https://b.example/rest/", tokens=["token-1"])
    words = ("accounts", "show", "beta", "--secrets", "--yes")
    shown = await asyncio.to_thread(invoke, *words)

    assert ["slug           beta"] == shown.out[:1]
    assert "when one of its administrators opens ticket24 in Bitrix24" in shown.out[1]
    assert "token-1" not in " ".join(shown.out)
