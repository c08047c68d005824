"""What holds for every command: help, usage, and one line for what goes wrong."""

import click
import pytest

from ticket24.cli.program import main


def commands(group=main, words=()):
    yield words
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name)


NEEDS_AN_ACCOUNT = [
    ("accounts", "show", "nobody"),
    ("accounts", "disconnect", "nobody"),
    ("settings", "nobody"),
    ("settings", "nobody", "--export", "-"),
    ("sync", "nobody"),
    ("sync", "nobody", "--full"),
]
NEEDS_REDIS = [
    ("web",),
    ("worker",),
    ("accounts",),
    ("accounts", "list"),
    ("failed",),
    ("failed", "list"),
    ("failed", "replay", "--all"),
    ("failed", "show", "acme/mail-1"),
    *NEEDS_AN_ACCOUNT,
]


@pytest.mark.parametrize("words", list(commands()))
def test_every_command_has_help(invoke, words):
    """`--help` tells the usage and ends well, whatever the settings are."""
    done = invoke(*words, "--help", redis_url="nonsense")

    assert 0 == done.code
    assert done.out[0].startswith("Usage: ")


@pytest.mark.parametrize(
    "words",
    [
        ("bogus",),
        ("sync",),
        ("sync", "acme", "--fully"),
        ("connect", "--slug", "acme"),
        ("accounts", "forget", "acme"),
        ("failed", "replay"),
        ("failed", "replay", "acme/mail-1", "--all"),
        ("failed", "drop"),
        ("settings", "acme", "--import", "a.toml", "--export", "b.toml"),
        ("web", "--port", "8024"),
        ("sandbox", "--port", "many"),
    ],
)
def test_wrong_usage_is_2(invoke, words):
    """What the command line does not know ends with 2 and a word of help."""
    done = invoke(*words)

    assert 2 == done.code
    assert done.err[0].startswith("Usage: ")
    assert done.err[-1].startswith("Error: ")
    assert [] == done.out


@pytest.mark.parametrize("words", NEEDS_REDIS, ids=" ".join)
def test_redis_away_is_one_line(invoke, words):
    """Each command that needs Redis says that it does not answer."""
    done = invoke(*words, redis_url="redis://127.0.0.1:1")

    (line,) = done.err
    assert (1, []) == (done.code, done.out)
    assert line.startswith("ticket24: Redis does not answer (TICKET24_REDIS_URL): ")


@pytest.mark.parametrize("words", NEEDS_AN_ACCOUNT, ids=" ".join)
def test_an_unknown_account_is_one_line(invoke, words):
    """Each command that needs an account says that none has that name."""
    done = invoke(*words)

    (line,) = done.err
    assert (1, []) == (done.code, done.out)
    assert line.startswith("ticket24: no account is named nobody; ")


@pytest.mark.parametrize("words", [("failed", "show"), ("failed", "drop")])
@pytest.mark.parametrize("failed_id", ["nobody/mail-1", "nothing", "/", ""])
def test_an_unknown_failure_is_one_line(invoke, words, failed_id):
    """An id that names nothing is said so."""
    done = invoke(*words, failed_id)

    (line,) = done.err
    assert (1, []) == (done.code, done.out)
    assert line.startswith("ticket24: nothing failed is named ")


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"secret_key": "short"}, "TICKET24_SECRET_KEY has fewer than 32 characters"),
        ({"redis_url": "http://localhost"}, "TICKET24_REDIS_URL must start with"),
        ({"redis_url": "redis+cluster://h?whim=x"}, "TICKET24_REDIS_URL: "),
        ({"redis_url": "redis://h?socket_timeout=x"}, "TICKET24_REDIS_URL: "),
        ({"reddis_url": "redis://localhost"}, "TICKET24_REDDIS_URL is not a setting"),
        ({"redis_url": "", "data_dir": "/dev/null"}, "TICKET24_DATA_DIR"),
    ],
)
def test_bad_configuration_is_one_line(invoke, variables, fault):
    """The line names the setting."""
    done = invoke("accounts", **variables)

    (line,) = done.err
    assert (1, []) == (done.code, done.out)
    assert line.startswith(f"ticket24: {fault}")
