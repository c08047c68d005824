"""Postfix hands mail over, and Dovecot lets it be fetched, where a variable says so.

    TICKET24_TEST_MAIL_SERVERS=yes ./t24 test tests/inbox/test_real_servers.py

They are started for the test, as root, from Debian's packages postfix and
dovecot-imapd, with files and ports of their own. Without the variable these tests do
not exist, here as in CI, where there are no such servers.
"""

import asyncio
import contextlib
import os
import shutil
import smtplib
import subprocess
import tempfile
from pathlib import Path

import pytest
import pytest_asyncio
from desk import until
from handing_over import address_in, answer_to
from living import HURRY
from ports import deaf
from pydantic import SecretStr

# It is no setting of ours, and we refuse what is none.
if os.environ.pop("TICKET24_TEST_MAIL_SERVERS", ""):
    DOVECOT = """
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/maildir
first_valid_uid = 1
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = .
}}
passdb {{
  driver = static
  args = password=p@ss
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={folder}/home
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
}}
"""
    MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"""
    MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {folder}/mail.log
myhostname = mx.example.com
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
virtual_mailbox_domains = example.com, gone.example
virtual_mailbox_maps =
virtual_transport = lmtp:unix:{socket}
recipient_delimiter = +
minimal_backoff_time = 1s
queue_run_delay = 1s
lmtp_destination_recipient_limit = 50
"""

    @pytest.fixture
    def folder():
        """A short path that the servers' own users may enter."""
        with tempfile.TemporaryDirectory(prefix="t24-", dir="/tmp") as name:
            Path(name).chmod(0o755)
            yield Path(name)

    @pytest.fixture
    def pace():
        return HURRY

    @pytest_asyncio.fixture(loop_scope="module")
    async def desk(shared_desk, folder):
        await shared_desk.connect()
        shared_desk.settings = shared_desk.settings.model_copy(
            update={
                "mail_from": "Acme Support <support@example.com>",
                "reply_address": "support+{token}@example.com",
                "lmtp": f"unix:{folder}/lmtp.sock",
            }
        )
        shared_desk.world.skew_seconds = 5
        return shared_desk

    @contextlib.contextmanager
    def postfix(folder):
        """Run it until the block ends; give the port at which it takes mail."""
        config = folder / "postfix"
        for name in (config, folder / "spool", folder / "data"):
            name.mkdir()
        shutil.chown(folder / "data", "postfix")
        socket = folder / "lmtp.sock"
        (config / "main.cf").write_text(MAIN.format(folder=folder, socket=socket))
        with deaf() as port:
            (config / "master.cf").write_text(MASTER.format(port=port))
            subprocess.run(["postfix", "-c", config, "start"], check=True)
            try:
                yield port
            finally:
                subprocess.run(["postfix", "-c", config, "stop"], check=True)

    @contextlib.contextmanager
    def dovecot(folder, prefix):
        """Run it until the block ends; its folders stand below a prefix."""
        maildir = folder / "maildir"
        for name in ("new", "cur", "tmp"):
            (maildir / name).mkdir(parents=True)
        for name in (maildir, *maildir.iterdir()):
            shutil.chown(name, "dovecot")
        config = folder / "dovecot.conf"
        with deaf() as port:
            config.write_text(DOVECOT.format(folder=folder, port=port, prefix=prefix))
            server = subprocess.Popen(["dovecot", "-F", "-c", config])
            try:
                yield port
            finally:
                server.terminate()
                server.wait()

    async def told(desk, task, text="Please restart it."):
        desk.comment(task, text)
        await until(lambda: any(text in body for body in desk.mailbox.texts()))
        return next(mail for mail, body in desk.mailbox.read() if text in body)

    def said(desk, text):
        texts = [one.text for one in desk.world.comments.values()]
        texts += [one.text for one in desk.world.messages.values()]
        return sum(text in one for one in texts)

    @pytest.mark.parametrize("card", ["chat", "forum"])
    async def test_postfix_hands_answers_over(desk, folder, card):
        """Also those that came while nobody listened; others' mail it returns."""
        task = desk.ticket(card)
        with postfix(folder) as port:
            async with desk.worker():
                mail = await told(desk, task)
                to = address_in(mail)
                file = [("log.txt", b"fine" * 99)]
                waiting = answer_to(mail, "While nobody listened.", files=file)

                def send(raw):
                    with smtplib.SMTP("127.0.0.1", port) as smtp:
                        smtp.sendmail(mail["To"], [to], raw)

                async with desk.inbox():
                    await asyncio.to_thread(send, answer_to(mail, "At once."))
                    await until(lambda: said(desk, "At once."))
                await asyncio.to_thread(send, waiting)
                await asyncio.sleep(0.5)
                async with desk.inbox():
                    await until(lambda: said(desk, "While nobody listened."))
        assert (1, 1) == (said(desk, "At once."), said(desk, "While nobody listened."))
        assert 2 == (await desk.stores.arrivals.came()).fates["message"]

    async def test_what_postfix_cannot_deliver_comes_back_to_us(desk, folder):
        """Wherever the mail was passed on to, it is known to whom we had sent it."""
        task = desk.ticket()
        with postfix(folder) as port:
            async with desk.worker(), desk.inbox():
                mail = await told(desk, task)
                account = await desk.stores.accounts.by_slug("acme")
                to = mail["X-Envelope-To"]

                def forward():
                    with smtplib.SMTP("127.0.0.1", port) as smtp:
                        where = ["somebody@gone.example"]
                        smtp.sendmail(
                            mail["X-Envelope-From"], where, b"Subject: x\n\nx"
                        )

                await asyncio.to_thread(forward)

                async def shut():
                    return await desk.stores.returned.words(account.id, to)

                await until(shut)
                words = await shut()
        assert "550 5.1.1 nobody of ours has this address" in words
        assert 1 == await desk.stores.parked.count(account.id)

    @pytest.mark.parametrize(("card", "prefix"), [("chat", ""), ("forum", "INBOX.")])
    async def test_dovecot_lets_answers_be_fetched(desk, folder, card, prefix):
        """Those that are there and those that come; they are moved away."""
        task = desk.ticket(card)
        with dovecot(folder, prefix) as port:
            url = SecretStr(f"imap://maria:p%40ss@127.0.0.1:{port}/INBOX")
            new = folder / "maildir" / "new"
            async with desk.worker():
                mail = await told(desk, task)
                (new / "1.a.x").write_bytes(answer_to(mail, "It was there."))
                shutil.chown(new / "1.a.x", "dovecot")
                async with desk.inbox(imap_url=url, lmtp=""):
                    await until(lambda: said(desk, "It was there."))
                    (new / "2.b.x").write_bytes(answer_to(mail, "It has come."))
                    shutil.chown(new / "2.b.x", "dovecot")
                    await until(lambda: said(desk, "It has come."))
                    bounce = (
                        f"From: MAILER-DAEMON@x.example\nTo: {mail['X-Envelope-From']}"
                        "\nSubject: failure notice\n\n550 5.1.1 No such user\n"
                    )
                    (new / "3.c.x").write_text(bounce)
                    shutil.chown(new / "3.c.x", "dovecot")
                    account = await desk.stores.accounts.by_slug("acme")

                    async def shut():
                        to = mail["X-Envelope-To"]
                        return await desk.stores.returned.words(account.id, to)

                    await until(shut)
                    done = folder / "maildir" / ".ticket24"
                    moved = lambda: len([*done.glob("[nc][eu][wr]/*")]) == 3  # noqa: E731
                    await until(moved)
        assert (1, 1) == (said(desk, "It was there."), said(desk, "It has come."))
