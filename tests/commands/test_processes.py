"""The command as people and scripts meet it: exit codes, streams, Ctrl-C."""

import asyncio
import os
import pty
import socket

from desk import TOKEN, until

from ticket24.cli import connect as connecting
from ticket24.embedded import EmbeddedRedis
from ticket24.store import keys


async def test_an_account_is_connected_listed_and_synced(
    desk, invoke, processes, variables
):
    """Commands go the whole way with exit code 0 and an empty standard error."""
    toml = desk.folder / "acme.toml"
    toml.write_text("[[departments]]\ngroup_id = 7\n", encoding="utf-8")
    connected = await processes.run(
        *("connect", "--slug", "acme", "--webhook-url", desk.webhook_url),
        *("--application-token", TOKEN, "--settings", toml),
        **variables,
    )

    assert (0, []) == (connected.code, connected.err)
    assert "Connected acme as user 1, with 19 tickets." in connected.out

    listed = await asyncio.to_thread(invoke, "accounts", **variables)
    synced = await asyncio.to_thread(invoke, "sync", "acme", **variables)

    assert (0, []) == (listed.code, listed.err)
    assert ["acme  webhook  19 tickets  ok"] == listed.out
    assert (0, ["acme has 19 tickets, all up to date."]) == (synced.code, synced.out)
    assert [] == synced.err


async def test_ctrl_c_in_an_import_leaves_what_a_full_sync_completes(
    desk, processes, variables
):
    """One line says how to go on; then every ticket is there and nobody got mail."""
    support, sales = desk.groups
    toml = desk.folder / "acme.toml"
    toml.write_text(f"departments = [{{group_id={support}}}, {{group_id={sales}}}]")
    desk.world.faults.slow_seconds = 4.0  # So that the import is not over by then.
    process = await processes.start(
        *("connect", "--slug", "acme", "--webhook-url", desk.webhook_url),
        *("--application-token", TOKEN, "--settings", toml),
        **variables,
    )
    account = await until(lambda: desk.stores.accounts.by_slug("acme"))
    await until(lambda: desk.stores.due.count(account.id))
    desk.world.faults.rest = "hang"
    done = await processes.interrupt(process)
    desk.world.faults.slow_seconds, desk.world.faults.rest = 0.0, ""

    assert 1 == done.code
    (line,) = done.err
    assert (
        "ticket24: interrupted: acme is connected; complete its import with"
        " `ticket24 sync acme --full`" == line
    )

    await connecting.sync(desk.settings, "acme", full=True, pace=desk.pace)
    async with desk.worker():
        await desk.quiet(account)

    assert 30 == await desk.stores.tickets.count(account.id)
    assert await desk.stores.redis.zscore(keys.SWEEPS, account.id)
    assert [] == desk.mailbox.mails


async def test_the_servers_end_at_once_and_well_on_ctrl_c(desk, processes, variables):
    """Ctrl-C ends web and worker with exit code 0."""
    servers = [
        # Port 0: what was free a moment ago may be another test's now.
        await processes.start("web", port="0", **variables),
        await processes.start("worker", **variables),
    ]
    for server in servers:
        # It logs its first line once it listens to signals.
        await asyncio.wait_for(server.stderr.readline(), 100)
    done = await asyncio.gather(*map(processes.interrupt, servers))

    assert [0, 0] == [each.code for each in done], done


def test_a_taken_port_and_a_missing_mail_server_are_one_line(invoke):
    """Web names the port and its setting, the worker the setting that is missing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        web = invoke("web", port=port)
    worker = invoke("worker", mail_from="support@example.com")

    (line,) = web.err
    assert 1 == web.code
    assert line.startswith(f"ticket24: cannot listen on 127.0.0.1, port {port} (")
    assert "TICKET24_PORT" in line
    (line,) = worker.err
    assert 1 == worker.code
    assert line.startswith("ticket24: TICKET24_SMTP_URL is required to send mail")


async def test_commands_share_the_embedded_server_by_their_data_folder(
    invoke, processes, monkeypatch, tmp_path
):
    """Without any setting each command starts the server or joins it, and it ends."""
    monkeypatch.delenv("TICKET24_REDIS_URL")
    monkeypatch.delenv("TICKET24_SECRET_KEY")
    folder = str(tmp_path / "data")
    first, second = await asyncio.gather(
        processes.run("accounts", data_dir=folder),
        asyncio.to_thread(invoke, "failed", data_dir=folder),
    )

    nothing = ["No account is connected yet; see `ticket24 connect --help`."]
    for done in (first, second):
        (where,) = done.err
        assert f"the embedded server in {folder}/redis" in where
    assert (0, nothing) == (first.code, first.out)
    assert (0, ["Nothing has failed."]) == (second.code, second.out)
    assert not EmbeddedRedis(tmp_path / "data").up
    assert (tmp_path / "data" / "secret-key").stat().st_mode & 0o077 == 0


def test_the_doctor_only_looks(invoke, tmp_path):
    """Without settings it says so, and starts and makes nothing."""
    folder = tmp_path / "data"
    done = invoke("doctor", redis_url="", data_dir=str(folder))

    (line,) = done.err
    assert (1, []) == (done.code, done.out)
    assert line.startswith("ticket24: TICKET24_REDIS_URL is not set and no embedded")
    assert not folder.exists()


def test_a_service_starts_no_redis_of_its_own(invoke, monkeypatch, tmp_path):
    """Systemd's own process refuses; a shell that inherits its variables does not."""
    monkeypatch.setenv("SYSTEMD_EXEC_PID", str(os.getpid()))
    folder = tmp_path / "data"
    done = invoke("worker", redis_url="", data_dir=str(folder))

    (line,) = done.err
    assert 1 == done.code
    assert line.startswith("ticket24: TICKET24_REDIS_URL is not set, and a service")
    assert not (folder / "redis").exists()


async def test_a_terminal_sees_a_progress_bar(desk, processes, variables):
    """The bar is drawn where a person watches; scripts see only the outcome."""
    await desk.connect()
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *processes.words("sync", "acme", "--full"),
        env=processes.environment(**variables),
        stdout=asyncio.subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    out, _ = await process.communicate()
    drawn = os.read(ours, 10_000).decode()
    os.close(ours)

    assert b"acme has 30 tickets, all up to date.\n" == out
    assert "Looking at tickets" in drawn
    assert drawn.endswith("30/30\r\n")
