"""The wheel is complete: installed elsewhere, it has all that it needs."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ticket24.build import digest

ROOT = Path(__file__).parents[2]

# Run from the unpacked wheel: every room that reads files of its own.
PROBE = """
import handlers, ticket24, pathlib
from ticket24.domain.settings.model import AccountSettings
from ticket24.mail.render import Sender, render
from ticket24.portal.templating import templates
from bitrix24_sandbox.app import create_app
from bitrix24_sandbox.sample import sample_world
from ticket24.environment import load
from ticket24.settings import defaults_file
from ticket24.web.app import create_app as web_app

site = pathlib.Path(ticket24.__file__).parents[1]
assert pathlib.Path(handlers.__file__).parents[1] == site, handlers.__file__
assert defaults_file().name == "defaults.toml", defaults_file()
settings = load(redis_url="redis://localhost", secret_key="k" * 32)
assert templates("en").get_template("ticket.html")
web_app(settings)
assert (site / "ticket24" / "demo" / "acme.png").exists()
create_app(sample_world())
from examples import letter
for language in ("en", "de", "pt"):
    settings = AccountSettings(language=language)
    sender = Sender("a@example.com", "example.com")
    mail = render(letter(), settings, "acme", sender, "https://help.example.com")
    print(language, mail.get_body(("plain",)).get_content().split()[0])
"""


IMAGE = ROOT / "config/container/Containerfile"


def copied_by_the_image(place):
    """Copy what the Containerfile copies: that is enough to build with."""
    for copy in re.findall(r"^COPY (?!--from)(.*)$", IMAGE.read_text(), re.MULTILINE):
        *sources, target = copy.split()
        for source in sources:
            there = place / target
            there.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                unwanted = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, there, ignore=unwanted)
            else:
                there.mkdir(exist_ok=True)
                shutil.copy(ROOT / source, there)
    return place


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    checkout = copied_by_the_image(folder / "checkout")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_works_outside_the_repository(unpacked, tmp_path):
    """Handlers, templates, styles, locales, defaults and the sandbox are inside."""
    (tmp_path / "examples.py").write_text(
        (ROOT / "tests/support/texts/examples.py").read_text()
    )
    (tmp_path / "probe.py").write_text(PROBE)

    result = subprocess.run(
        [sys.executable, "probe.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "" == result.stderr
    assert ["en Replies", "de Antworten", "pt As"] == result.stdout.splitlines()


def test_the_wheel_holds_nothing_else(unpacked):
    """Three packages, and no tests."""
    assert {
        "bitrix24_sandbox",
        "handlers",
        "ticket24",
        "ticket24-0.1.0.dist-info",
    } == {path.name for path in unpacked.iterdir()}


def test_the_wheel_is_the_build_of_its_checkout(unpacked):
    """The same files have the same name, wherever they are installed."""
    result = subprocess.run(
        [sys.executable, "-c", "from ticket24.build import digest; print(digest())"],
        env={"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert digest() == result.stdout.strip()
