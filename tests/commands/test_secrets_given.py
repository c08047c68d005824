"""Secrets are typed or piped, so that no command need contain one."""

import pytest

from ticket24.cli import connect as connecting

URL = "https://acme.bitrix24.com/rest/12/the-code/"
CONNECT = ("connect", "--slug", "acme")


@pytest.fixture
def given(monkeypatch):
    """What `connect` is told: the address of the webhook, and tokens."""
    told = []

    async def connect(settings, slug, webhook_url, tokens, toml):
        told.append((webhook_url, tokens))

    monkeypatch.setattr(connecting, "connect", connect)
    return told


@pytest.mark.parametrize(
    ("words", "lines", "expected"),
    [
        ("--webhook-url - --application-token -", (URL, "t1"), (URL, ("t1",))),
        (
            "--application-token - --application-token - --webhook-url -",
            ("t1", " t2 ", f"{URL}\r"),
            (URL, ("t1", "t2")),
        ),
        (
            f"--webhook-url {URL} --application-token t1 --application-token -",
            ("t2",),
            (URL, ("t1", "t2")),
        ),
        (f"--webhook-url {URL} --application-token t1", (), (URL, ("t1",))),
    ],
)
def test_a_line_is_read_for_each(invoke, given, words, lines, expected):
    """Lines are read in the order of the options; other values stay as they are."""
    done = invoke(*CONNECT, *words.split(), lines="\n".join(lines))

    assert (0, [expected]) == (done.code, given)


@pytest.mark.parametrize("lines", [(), (URL,), (URL, "  ")])
def test_a_missing_line_is_wrong_usage(invoke, given, lines):
    """The option without its line is named, and nothing is begun."""
    words = ("--webhook-url", "-", "--application-token", "-")
    done = invoke(*CONNECT, *words, lines="\n".join(lines))

    assert (2, []) == (done.code, given)
    option = "--application-token" if lines else "--webhook-url"
    assert f"Invalid value for '{option}': - reads a line of standard" in "\n".join(
        done.err
    )


def test_a_person_is_asked(invoke, given, monkeypatch):
    """On a terminal each secret is asked for by name, and shown nowhere."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)
    words = ("--webhook-url", "-", "--application-token", "-")
    done = invoke(*CONNECT, *words, lines=f"{URL}\nt1\n")

    assert (0, [(URL, ("t1",))]) == (done.code, given)
    assert ["--webhook-url: ", "--application-token: "] == done.err
    assert [] == done.out
