"""What the demo prints about people."""

import shlex
import subprocess
from pathlib import Path

import pytest

from bitrix24_sandbox.account.world import PASSWORD_FIELD
from bitrix24_sandbox.sample import sample_world
from ticket24.demo.beside import write_command
from ticket24.demo.story import story


@pytest.fixture
def world():
    world = sample_world()
    world.address = "http://127.0.0.1:8025"
    return world


@pytest.fixture
def told(world):
    return story(
        world,
        "http://127.0.0.1:8026",
        "http://127.0.0.1:8024",
        Path("/tmp/x"),
        "sh /tmp/x/ticket24",
    ).splitlines()


def test_every_customer_stands_there_with_every_way_in(world, told):
    """Each address of each customer has a line with the name and the password."""
    for contact in world.contacts.values():
        for email in contact.emails:
            password = contact.custom.get(PASSWORD_FIELD) or "none"
            wanted = (contact.full_name, f" {email.value.strip()} ", f" {password}")

            assert [line for line in told if all(word in line for word in wanted)]


def test_who_cannot_sign_in_stands_there_too(world, told):
    """A customer without an address is listed with what to do about it."""
    [nowhere] = [c for c in world.contacts.values() if not c.emails]

    [line] = [line for line in told if nowhere.full_name in line]

    assert "none: give one" in line


def test_every_colleague_stands_there(world, told):
    """All staff are listed, and who is an administrator."""
    for user in world.users.values():
        [line] = [line for line in told if line.startswith(f"  {user.full_name}, ")]

        assert user.admin == line.endswith(", administrator")


def test_the_story_fits_into_a_terminal(told):
    """No line is longer than 88 characters."""
    assert [] == [line for line in told if len(line) > 88]


def test_the_command_is_for_its_owner_alone(tmp_path):
    """What holds the demo's secrets can be read by nobody else, and shows none."""
    told = write_command(tmp_path, {"TICKET24_SECRET_KEY": "k" * 64})

    assert 0o700 == (tmp_path / "ticket24").stat().st_mode & 0o777
    assert "k" * 64 not in told


@pytest.mark.parametrize("folder", ["plain", "with a space", "it's $HOME `x` é"])
def test_the_command_knows_only_its_own_demo(tmp_path, folder):
    """It runs from any folder, and settings of the terminal do not reach it."""
    place = tmp_path / folder
    place.mkdir()
    told = write_command(place, {"TICKET24_LOG_FORMAT": "it's \\ $odd", "HOME": "/x"})
    program = place / "ticket24"
    lines = program.read_text().splitlines()
    program.write_text("\n".join([*lines[:-1], "env | grep -i ticket24_"]))

    done = subprocess.run(
        ["/bin/sh", "-c", told],
        env={"PATH": "/usr/bin:/bin", "TICKET24_PORT": "1", "ticket24_slug": "x"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "TICKET24_LOG_FORMAT=it's \\ $odd\n" == done.stdout
    assert ["sh", str(program)] == shlex.split(told)
