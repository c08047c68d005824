"""What can be set, run or handled is described where people look for it."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

import handlers
from ticket24.cli.program import main
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.environment import files
from ticket24.settings import variables

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = "\n".join(
    page.read_text() for page in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
)
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
HANDLERS = (ROOT / "handlers" / "README.md").read_text()
ACCOUNT = (AccountSettings, Department, Tags)
LISTED = re.findall(r"^\| `(ON\w+)`", HANDLERS, re.MULTILINE)
DEFAULTS = (ROOT / "config" / "ticket24.toml").read_text()


def named(word, page):
    """Whether the page has the word, not only as a part of a longer one."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", page) is not None


def commands(group=main, path="ticket24"):
    """Yield each command that can be typed, with its words."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


COMMANDS = dict(commands())
OPTIONS = sorted(
    (words, option)
    for words, command in COMMANDS.items()
    for param in command.params
    if isinstance(param, click.Option)
    for option in param.opts
)


@pytest.mark.parametrize("name", [name for name, _ in variables()])
def test_every_variable_is_described(name):
    """The README or docs/ describe each environment variable."""
    assert named(name, PAGES)


@pytest.mark.parametrize(
    "name",
    sorted({each.name for part in ACCOUNT for each in fields(part)}),
)
def test_every_setting_of_an_account_is_described(name):
    """The README or docs/ describe each line that an account's TOML may have."""
    assert named(name, PAGES)


@pytest.mark.parametrize("words", sorted(COMMANDS))
def test_every_command_is_described(words):
    """The README or docs/ contain each command, spelled as one types it."""
    parent, _, name = words.rpartition(" ")
    listed = rf"{re.escape(parent)} \[[^\]]*\b{name}\b"  # accounts [list | show SLUG]

    assert named(words, PAGES) or re.search(listed, PAGES)


@pytest.mark.parametrize(("words", "option"), OPTIONS)
def test_every_option_is_described(words, option):
    """The README or docs/ describe each option in a paragraph on its command."""
    paragraphs = re.split(r"\n\s*\n|\n(?=\| )", PAGES)
    command = " ".join(words.split()[:2])

    assert any(named(command, part) and named(option, part) for part in paragraphs)


@pytest.mark.parametrize("words", sorted(COMMANDS))
def test_every_command_explains_itself(words):
    """`--help` says what each command does, in a sentence."""
    assert (COMMANDS[words].help or "").rstrip().endswith(".")


@pytest.mark.parametrize("name", sorted(handlers.router.names))
def test_every_handler_is_described(name):
    """The table of handlers/README.md has each event with its module."""
    (handler,) = handlers.router.fetch(name)
    module = handler.__module__.rpartition(".")[2]

    assert re.search(rf"^\| `{name}` \| `{module}\.py` \| \S", HANDLERS, re.MULTILINE)


@pytest.mark.parametrize("name", handlers.IGNORED)
def test_every_ignored_event_is_named(name):
    """handlers/README.md says which events are ignored on purpose."""
    assert named(name, HANDLERS)


def test_no_page_names_what_is_gone():
    """Every variable that a page or the file of defaults names is a setting."""
    known = {*(name for name, _ in variables()), *files()}
    written = set(re.findall(r"\bTICKET24_[A-Z][A-Z0-9_]*[A-Z0-9]\b", PAGES + DEFAULTS))

    assert set() == written - known


@pytest.mark.parametrize("event", LISTED)
def test_no_handler_is_described_that_is_gone(event):
    """handlers/README.md lists no event that nobody hears."""
    assert event in handlers.router.names


def test_contributors_are_led_to_what_is_there():
    """Each file and folder of CONTRIBUTING is one, from the root or our package's."""
    led = re.findall(r"`([\w.*-]+/[\w./*-]*|\w+\.py)`", CONTRIBUTING)
    homes = ROOT, ROOT / "src" / "ticket24"
    there = [path for path in led for home in homes if any(home.glob(path.rstrip("/")))]

    assert 80 < len(led)
    assert set() == {*led} - {*there}


def test_the_readme_tells_how_to_start():
    """The README names the one command that shows everything, and the tests."""
    assert "./t24 demo" in README
    assert "./t24 test" in README


def test_the_readme_shows_the_product():
    """Three pictures stand in the README, told in words too, and load fast."""
    shown = re.findall(r'<img src="([^"]+)" width="\d+%" alt="([^"]+)">', README)
    files = [ROOT / path for path, _ in shown]

    assert 3 == len(files) == README.count("<img")
    assert set(files) == set((ROOT / "docs" / "pictures").glob("*.png"))
    assert sum(file.stat().st_size for file in files) < 400_000
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)
