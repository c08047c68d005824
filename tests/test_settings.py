"""What configuration accepts, refuses, and says."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ticket24.addresses import SmtpAddress
from ticket24.environment import files, load
from ticket24.settings import BadSettings, Settings, defaults_file, variables

KEY = "k" * 32


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No settings but a data folder of the test's own."""
    for name, _ in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TICKET24_DATA_DIR", str(tmp_path / "data"))
    return monkeypatch


def leaves(table: dict[str, object], prefix: str = "TICKET24_") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def test_every_setting_has_its_default_in_the_file() -> None:
    """The file of defaults names each setting, and nothing else."""
    named = set(leaves(tomllib.loads(defaults_file().read_text())))

    assert named == {name for name, _ in variables()}


def test_every_setting_is_explained_in_the_file() -> None:
    """Each line of a default follows a comment, or the line of a related one."""
    lines = defaults_file().read_text().splitlines()
    bare = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if "=" in line.partition("#")[0] and not above
    ]

    assert [] == bare


def test_every_setting_has_an_example() -> None:
    """Whatever is refused, the message can show what would be right."""
    without = [name for name, info in variables() if not info.examples]

    assert [] == without


def test_defaults_are_those_of_the_file() -> None:
    """Nothing set: the local, embedded set-up that the contract describes."""
    settings = load()

    assert settings.embedded
    assert "http://127.0.0.1:8024" == settings.public_url
    assert ("127.0.0.1", 8024) == (settings.host, settings.port)
    assert 60 == settings.sweep_seconds
    assert "auto" == settings.log_format
    assert "https://oauth.bitrix.info" == settings.bitrix24.oauth_url
    assert not settings.bitrix24.allow_loopback


def test_empty_data_dir_is_the_platforms_folder() -> None:
    """Without a data folder of its own ticket24 uses the one for users' data."""
    assert "ticket24" == Settings(data_dir="").data_dir.name
    assert Settings(data_dir="").data_dir.is_absolute()


def test_environment_wins_over_the_file(environment: pytest.MonkeyPatch) -> None:
    """A variable is the setting, whatever the file says; nested names too."""
    environment.setenv("TICKET24_PORT", "9000")
    environment.setenv("TICKET24_LOG_LEVEL", "DEBUG")
    environment.setenv("TICKET24_BITRIX24__ALLOW_LOOPBACK", "true")

    settings = load()

    assert 9000 == settings.port
    assert "debug" == settings.log_level
    assert settings.bitrix24.allow_loopback


def test_arguments_win_over_the_environment(environment: pytest.MonkeyPatch) -> None:
    """The demo decides for itself, and keeps what it does not decide."""
    environment.setenv("TICKET24_PORT", "9000")
    environment.setenv("TICKET24_BITRIX24__CLIENT_ID", "app.1")
    environment.setenv("TICKET24_BITRIX24__CLIENT_SECRET", "hush")

    settings = load(port=9001, bitrix24={"allow_loopback": True})

    assert 9001 == settings.port
    assert "app.1" == settings.bitrix24.client_id
    assert settings.bitrix24.allow_loopback


def test_empty_variable_counts_as_not_set(environment: pytest.MonkeyPatch) -> None:
    """A line left empty in a deployment's file means the default."""
    environment.setenv("TICKET24_PORT", "")

    assert 8024 == load().port


def test_settings_do_not_change() -> None:
    """What was read at the start stays."""
    settings = load()

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("TICKET24_PORT", "abc", "should be a valid integer"),
        ("TICKET24_PORT", "70000", "less than or equal to 65535"),
        ("TICKET24_HOST", "a host", "should match"),
        ("TICKET24_SWEEP_SECONDS", "0", "greater than 0"),
        ("TICKET24_LOG_FORMAT", "xml", "'auto', 'console' or 'json'"),
        ("TICKET24_EGRESS", "two words", "should match"),
        ("TICKET24_PUBLIC_URL", "help.example.com", "must start with http://"),
        ("TICKET24_PUBLIC_URL", "https://a.example.com/desk", "without a path"),
        ("TICKET24_PUBLIC_URL", "https://a:hush@a.example.com", "user or password"),
        ("TICKET24_PUBLIC_URL", "https://", "names no host"),
        ("TICKET24_REDIS_URL", "localhost:6379", "must start with redis://"),
        ("TICKET24_REDIS_URL", "redis://:hush@h:x", "is not a URL"),
        ("TICKET24_REDIS_URL", "unix://socket", "full path"),
        ("TICKET24_REDIS_URL", "unix://tmp/x", "full path"),
        ("TICKET24_REDIS_URL", "unix:tmp/x", "full path"),
        ("TICKET24_REDIS_URL", "redis://h/zero", "database that is no number"),
        ("TICKET24_REDIS_URL", "redis://h:6379/-1", "database that is no number"),
        ("TICKET24_REDIS_URL", "redis://u:h@u/hush@h", "write / as %2F"),
        ("TICKET24_REDIS_URL", "redis://u:h#ush@h", "# as %23"),
        ("TICKET24_REDIS_URL", "redis://u:h?ush@h", "? as %3F"),
        ("TICKET24_REDIS_URL", "redis://::1:6379", "brackets"),
        ("TICKET24_REDIS_URL", "redis://h:0", "port 0"),
        ("TICKET24_REDIS_URL", "redis://h:1,h2:2", "comma"),
        ("TICKET24_REDIS_URL", '"redis://:hush@h"', "quotes around it"),
        ("TICKET24_SMTP_URL", "smtp://mail.example.com@user:hush", "put the port"),
        ("TICKET24_SMTP_URL", "smtp://mail.example.com:user:hush", "before the host"),
        ("TICKET24_SMTP_URL", "smtp://user:hu/sh@h", "write / as %2F"),
        ("TICKET24_SMTP_URL", "'smtp://user:hush@h'", "quotes around it"),
        ("TICKET24_MAIL_FROM", "support@example", "a whole domain"),
        ("TICKET24_MAIL_FROM", "Acme <support@example.com", "between < and >"),
        ("TICKET24_MAIL_FROM", "support@example.com>", "between < and >"),
        ("TICKET24_MAIL_FROM", "a@example.com, b@example.com", "not a list"),
        ("TICKET24_MAIL_FROM", "a@example.com;b@example.com", "not a list"),
        ("TICKET24_MAIL_FROM", "'Acme <a@example.com>'", "quotes around it"),
        ("TICKET24_MAIL_FROM", "Acme, Inc. <a@example.com>", "in quotes"),
        ("TICKET24_PUBLIC_URL", "http://help.example.com", "must start with https://"),
        ("TICKET24_PUBLIC_URL", "https://help.example.com:0", "port 0"),
        ("TICKET24_HOST", "http://127.0.0.1", "without a scheme"),
        ("TICKET24_HOST", "127.0.0.1:8024", "TICKET24_PORT names"),
        ("TICKET24_HOST", "[::]", "without brackets"),
        ("TICKET24_UPLOAD_MEGABYTES", "25MB", "without a unit"),
        ("TICKET24_DATA_DIR", '"/var/lib/ticket24"', "quotes around it"),
        ("TICKET24_SMTP_URL", "http://user:hush@h", "must start with smtp://"),
        ("TICKET24_SMTP_URL", "smtp://user@h", "user and password, or neither"),
        ("TICKET24_SMTP_URL", "smtp://h?starttls=hush", "?starttls=required"),
        ("TICKET24_MAIL_FROM", "Acme", "is not an e-mail address"),
        ("TICKET24_MAIL_FROM", "a@example.com\nBcc: b@c.de", "is not an e-mail"),
        ("TICKET24_REPLY_ADDRESS", "support@example.com", "{token} once"),
        ("TICKET24_REPLY_ADDRESS", "{token}{token}@example.com", "{token} once"),
        ("TICKET24_REPLY_ADDRESS", "a@{token}.example.com", "before the @"),
        ("TICKET24_REPLY_ADDRESS", f"{'a' * 25}{{token}}@a.de", "more than 24"),
        ("TICKET24_REPLY_ADDRESS", "a b{token}@example.com", "not an e-mail"),
        ("TICKET24_LMTP", "0.0.0.0:8026", "on this machine"),
        ("TICKET24_LMTP", "127.0.0.1", "an address and a port"),
        ("TICKET24_LMTP", "unix:lmtp.sock", "full path"),
        ("TICKET24_IMAP_URL", "imap://u:hush@mail.example.com", "imaps://, except"),
        ("TICKET24_IMAP_URL", "imaps://mail.example.com", "needs a user"),
        ("TICKET24_IMAP_URL", "imaps://u:hush@h/INBOX?idle=no", "knows only"),
        ("TICKET24_AUTHSERV_ID", "mx example", "should match"),
        ("TICKET24_SECRET_KEY", "hush", "fewer than 32 characters"),
        ("TICKET24_BITRIX24__CLIENT_SECRET", "hush", "one is missing"),
        ("TICKET24_BITRIX24__OAUTH_URL", "http://o.example.com", "start with https://"),
        ("TICKET24_BITRIX24__OAUTH_URL", "http://127.0.0.1:80", "start with https://"),
    ],
)
def test_bad_value_is_named_with_its_fault_and_an_example(
    environment: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    """One line names the variable, what is wrong, and what would be right."""
    environment.setenv(name, value)

    with pytest.raises(BadSettings) as caught:
        load()

    line = str(caught.value)
    assert line.startswith(f"{name} ")
    assert fault in line
    assert f"; for example {name}=" in line
    assert "hush" not in line
    assert "\n" not in line


def test_examples_are_good_values(environment: pytest.MonkeyPatch) -> None:
    """A person who copies every example can start it."""
    for name, info in variables():
        environment.setenv(name, info.examples[0].strip('"'))
    environment.setenv("TICKET24_SECRET_KEY", KEY)

    assert "mail.example.com" == load().require_mail().host


@pytest.mark.parametrize("name", ["TICKET24_PROT", "TICKET24_BITRIX24"])
def test_unknown_variable_stops_the_start(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    """A slip of the pen is not silently a default."""
    environment.setenv(name, "9000")

    with pytest.raises(BadSettings, match=f"{name} is not a setting; for example"):
        load()


@pytest.mark.parametrize(
    "name",
    [
        "ticket24_port",
        "Ticket24_Port",
        "\ufeffTICKET24_PORT",
        "export TICKET24_PORT",
        "TICKET24-PORT",
    ],
)
def test_a_name_that_is_nearly_one_is_refused(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    """It looks set: in small letters, behind an invisible mark, with a hyphen."""
    environment.setenv(name, "9000")

    with pytest.raises(BadSettings, match="is not a setting: write TICKET24_PORT,"):
        load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TICKET24_MAIL_FROM", '"Acme <Support>" <a@example.com>'),
        ("TICKET24_MAIL_FROM", "Söhne <a@münchen.example>"),
        ("TICKET24_REDIS_URL", "redis://u:p@ss%2Fw@h:6379/0"),
        ("TICKET24_REDIS_URL", "redis://[::1]:6379/0/"),
        ("TICKET24_REDIS_URL", "unix://u:pw@/run/redis.sock?db=1"),
        ("TICKET24_PUBLIC_URL", "http://[::1]:8024"),
        ("TICKET24_HOST", "::"),
        ("TICKET24_REPLY_ADDRESS", "{token}@tickets.münchen.example"),
        ("TICKET24_LMTP", "[::1]:8026"),
        ("TICKET24_IMAP_URL", "imap://u:p%40w@localhost/Sent%20Items?done=Seen"),
        ("TICKET24_IMAP_URL", "imaps://u%40e.com@h?xoauth2=/run/token"),
    ],
)
def test_what_is_right_stays_right(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """However odd it looks."""
    environment.setenv("TICKET24_SECRET_KEY", KEY)
    environment.setenv(name, value)

    load()


def test_secret_key_is_required_with_a_redis_of_its_own(
    environment: pytest.MonkeyPatch,
) -> None:
    """Processes on several machines need one key, which somebody must choose."""
    environment.setenv("TICKET24_REDIS_URL", "redis://localhost")

    with pytest.raises(BadSettings, match="TICKET24_SECRET_KEY is required"):
        load()


def test_embedded_secret_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """Web and worker find the same key, and nobody else can read it."""
    first, second = load(), load()
    file = tmp_path / "data" / "secret-key"

    assert first.secret_key == second.secret_key
    assert first.secret_key.get_secret_value() == file.read_text()
    assert len(first.secret_key) >= 32
    assert 0o600 == file.stat().st_mode & 0o777
    assert [file] == list(file.parent.iterdir())


def test_given_secret_key_is_not_replaced(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A key that was chosen is used, and no other is written."""
    environment.setenv("TICKET24_SECRET_KEY", KEY)

    assert KEY == load().secret_key.get_secret_value()
    assert not (tmp_path / "data").exists()


def test_place_for_the_key_that_cannot_be_written_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A data folder that is a file ends in one line, not in a traceback."""
    file = tmp_path / "file"
    file.touch()
    environment.setenv("TICKET24_DATA_DIR", str(file))

    with pytest.raises(BadSettings, match="TICKET24_DATA_DIR can name another"):
        load()


def test_kept_key_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    """An emptied key file does not become a key that anybody can guess."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret-key").write_text("short")

    with pytest.raises(BadSettings, match="fewer than 32 characters"):
        load()


def test_secrets_do_not_show(environment: pytest.MonkeyPatch) -> None:
    """Settings can be logged: even passwords in URLs stay hidden."""
    environment.setenv("TICKET24_SECRET_KEY", "hush" * 8)
    environment.setenv("TICKET24_REDIS_URL", "redis://:hush@localhost")
    environment.setenv("TICKET24_SMTP_URL", "smtp://user:hush@localhost")
    environment.setenv("TICKET24_MAIL_FROM", "desk@example.com")
    environment.setenv("TICKET24_BITRIX24__CLIENT_ID", "app.1")
    environment.setenv("TICKET24_BITRIX24__CLIENT_SECRET", "hush")

    settings = load()

    assert "hush" not in f"{settings!r} {settings} {settings.require_mail()!r}"
    assert "hush" == settings.require_mail().password


@pytest.mark.parametrize("missing", ["TICKET24_SMTP_URL", "TICKET24_MAIL_FROM"])
def test_mail_needs_a_server_and_a_sender(
    environment: pytest.MonkeyPatch, missing: str
) -> None:
    """A process that sends mail says at its start what is missing for that."""
    environment.setenv("TICKET24_SMTP_URL", "smtp://localhost")
    environment.setenv("TICKET24_MAIL_FROM", "desk@example.com")
    environment.delenv(missing)

    with pytest.raises(BadSettings, match=f"{missing} is required to send mail"):
        load().require_mail()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("smtp://mail", SmtpAddress("mail", 587)),
        ("smtp://mail:25?starttls=never", SmtpAddress("mail", 25, tls="never")),
        ("smtp://mail?starttls=required", SmtpAddress("mail", 587, tls="required")),
        ("smtps://mail", SmtpAddress("mail", 465, tls="implicit")),
        ("smtp://[::1]:1025/", SmtpAddress("::1", 1025)),
        (
            "smtps://a%40b.c:p%2Fw%3A@mail:1465",
            SmtpAddress("mail", 1465, "a@b.c", "p/w:", "implicit"),
        ),
    ],
)
def test_smtp_url_says_where_and_how(url: str, address: SmtpAddress) -> None:
    """Host, port, login and protection are read from one URL."""
    assert address == SmtpAddress.parse(url)


PLUS, ANY = "support+{token}@example.com", "{token}@tickets.example.com"


@pytest.mark.parametrize(
    ("reply_address", "returns_to", "own"),
    [
        ("", "auto", False),
        ("", "ticket", False),
        (PLUS, "auto", True),
        (PLUS.upper().replace("TOKEN", "token"), "auto", True),
        (PLUS, "sender", False),
        (ANY, "auto", False),
        (ANY, "ticket", True),
    ],
)
def test_mails_come_back_to_addresses_of_their_own_within_one_domain(
    reply_address: str, returns_to: str, *, own: bool
) -> None:
    """Another domain needs an SPF record of its own, and so the operator's word."""
    settings = Settings(
        mail_from="Acme Support <support@example.com>",
        reply_address=reply_address,
        returns_to=returns_to,
    )

    assert own == settings.own_returns


def test_loopback_authorization_server_is_for_the_sandbox(
    environment: pytest.MonkeyPatch,
) -> None:
    """With loopback allowed, plain http reaches this machine and no other."""
    environment.setenv("TICKET24_BITRIX24__ALLOW_LOOPBACK", "true")
    environment.setenv("TICKET24_BITRIX24__OAUTH_URL", "http://127.0.0.1:8025/")
    assert "http://127.0.0.1:8025" == load().bitrix24.oauth_url

    environment.setenv("TICKET24_BITRIX24__OAUTH_URL", "http://10.0.0.1:8025/")
    with pytest.raises(BadSettings, match="must start with https://"):
        load()


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        (b"port = \n", "line 1"),
        (b"port = " + b"9" * 5_000, "Exceeds the limit"),
        (b'log_level = "\xff"', "can't decode byte 0xff"),
        (b"port = " + b"[" * 9_000 + b"]" * 9_000, "recursion"),
    ],
)
def test_broken_file_of_defaults_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, toml: bytes, fault: str
) -> None:
    """A slip in the TOML says which file and where."""
    file = tmp_path / "ticket24.toml"
    file.write_bytes(toml)
    for room in ("settings", "environment"):
        monkeypatch.setattr(f"ticket24.{room}.defaults_file", lambda: Path(file))

    with pytest.raises(BadSettings, match=rf"ticket24\.toml: .*{fault}"):
        load()


SECRETS = {
    "TICKET24_REDIS_URL": "redis://:p@localhost/0",
    "TICKET24_SECRET_KEY": "s" * 40,
    "TICKET24_SECRET_KEY_OLD": "o" * 40,
    "TICKET24_SMTP_URL": "smtp://u:p@mail.example.com",
    "TICKET24_IMAP_URL": "imaps://u:p@mail.example.com/INBOX",
    "TICKET24_BITRIX24__CLIENT_SECRET": "the-key",
}


def test_every_secret_may_stand_in_a_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Containers get them so: the end of the line is not part of the secret."""
    environment.setenv("TICKET24_BITRIX24__CLIENT_ID", "local.1")
    for name, secret in SECRETS.items():
        (tmp_path / name).write_text(f"{secret}\n")
        environment.setenv(f"{name}_FILE", str(tmp_path / name))

    settings = load()

    assert {f"{name}_FILE": name for name in SECRETS} == files()
    assert list(SECRETS.values()) == [
        secret.get_secret_value()
        for secret in (
            settings.redis_url,
            settings.secret_key,
            settings.secret_key_old,
            settings.smtp_url,
            settings.imap_url,
            settings.bitrix24.client_secret,
        )
    ]
    assert "local.1" == settings.bitrix24.client_id


def test_a_file_of_a_secret_that_cannot_be_read_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One line names it without its content; so does one if it is set twice."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "short").write_text("s3cret")
    said = []
    for path in ("gone", "binary", "short"):
        environment.setenv("TICKET24_SECRET_KEY_FILE", str(tmp_path / path))
        with pytest.raises(BadSettings) as raised:
            load()
        said.append(str(raised.value))
    environment.setenv("TICKET24_SECRET_KEY", KEY)
    with pytest.raises(BadSettings, match="SECRET_KEY_FILE are both set"):
        load()
    environment.setenv("TICKET24_PORT_FILE", "/x")
    with pytest.raises(BadSettings, match="TICKET24_PORT_FILE is not a setting"):
        load()

    assert f"TICKET24_SECRET_KEY_FILE: {tmp_path}/gone: No such file" in said[0]
    assert "binary: is no text" in said[1]
    assert "has fewer than 32 characters" in said[2]
    assert "s3cret" not in said[2]
