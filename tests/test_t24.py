"""The one command, run for real on a small tree with tools that only take notes."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
T24 = ROOT / "t24"

# Each tool notes how it was called, says so, and fails when told to.
TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >> '{notes}'
echo "$(basename "$0") in $PWD, bytecode ${{PYTHONDONTWRITEBYTECODE-written}}"
test ! -e '{notes}'."$(basename "$0")" || exit 3
"""
# uv installs these tools; it takes its time, as the real one does.
UV = """#!/bin/sh
echo "uv $*" >> '{notes}'
test ! -e '{notes}.uv' || exit 3
sleep 0.2
bin="$(dirname "$4")"
for tool in ruff mypy lint-imports pytest ticket24; do
  cp '{tool}' "$bin/$tool"
done
"""
LINT = [
    "ruff check . t24",
    "ruff format --check . t24",
    "mypy ",
    "lint-imports ",
]


class Tree:
    """A copy of what t24 reads, and the notes of the tools it runs."""

    def __init__(self, folder: Path) -> None:
        self.notes = folder / "notes"
        self.root = folder / "a tree"
        self.elsewhere = folder / "elsewhere"
        self._bin = folder / "bin"
        for path in (self.root, self.elsewhere, self._bin):
            path.mkdir()
        shutil.copy(T24, self.root)
        (self.root / "pyproject.toml").write_text("")
        (self.root / "requirements.lock").write_text(
            "a==1 \\\n    --hash=sha256:0\nuv==2 \\\n    --hash=sha256:1\nz==3\n"
        )
        self._write("tool", TOOL)
        self._write("uv", UV)

    def _write(self, name: str, text: str) -> None:
        path = self._bin / name
        path.write_text(text.format(notes=self.notes, tool=self._bin / "tool"))
        path.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.root / "t24"), *arguments],
            cwd=self.elsewhere,
            env={
                "PATH": f"{self._bin}:{os.defpath}",
                "PIP_NO_INDEX": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit code, output and error output."""
        with self.start(*arguments) as process:
            output, errors = process.communicate()
        return process.returncode, output, errors

    def noted(self) -> list[str]:
        """Return what the tools were asked since the last time."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return lines

    def make_fail(self, tool: str, *, fail: bool = True) -> None:
        switch = self.notes.with_name(f"notes.{tool}")
        switch.touch() if fail else switch.unlink()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def ready(tree: Tree) -> Tree:
    """A tree with its .venv made."""
    assert 0 == tree.run("lint")[0]
    tree.noted()
    return tree


def test_first_run_installs_what_the_lock_names(tree: Tree) -> None:
    """The pinned and hashed distributions come first, then the project itself."""
    code, _, errors = tree.run("lint")

    python = tree.root / ".venv" / "bin" / "python"
    asked = tree.root / ".venv" / "requirements.txt"
    quietly = f"uv pip install --python {python} --quiet --no-deps"
    assert 0 == code
    assert [
        f"{quietly} --require-hashes --requirement {asked}",
        f"{quietly} --no-build-isolation --editable .",
        *LINT,
    ] == tree.noted()
    assert "a==1 \\\n    --hash=sha256:0\nz==3\n" == asked.read_text()
    assert "making" in errors


def test_second_run_starts_at_once(ready: Tree) -> None:
    """Nothing is installed again while nothing has changed."""
    code, _, errors = ready.run("lint")

    assert (0, "") == (code, errors)
    assert LINT == ready.noted()


def test_change_of_needs_is_installed(ready: Tree) -> None:
    """Another pyproject.toml or lock refreshes .venv, without making it anew."""
    kept = ready.root / ".venv" / "kept"
    for name in ("pyproject.toml", "requirements.lock"):
        kept.touch()
        with (ready.root / name).open("a") as file:
            file.write("# changed\n")

        assert 0 == ready.run("lint")[0]
        assert ready.noted()[0].startswith("uv pip install")
        assert kept.exists()


def test_moved_tree_gets_a_new_venv(ready: Tree) -> None:
    """Programs in .venv know where they stand, so a move makes it anew."""
    (ready.root / ".venv" / "old").touch()
    ready.root = ready.root.rename(ready.root.with_name("moved"))

    assert 0 == ready.run("lint")[0]
    assert str(ready.root / ".venv") in ready.noted()[0]
    assert not (ready.root / ".venv" / "old").exists()


def test_two_at_once_install_once(tree: Tree) -> None:
    """The second waits for the first one's installation and uses it."""
    with tree.start("lint") as first, tree.start("lint") as second:
        outputs = [process.communicate() for process in (first, second)]

    assert [0, 0] == [first.returncode, second.returncode], outputs
    assert 2 == sum(note.startswith("uv ") for note in tree.noted())


def test_failed_installation_is_said_and_tried_again(tree: Tree) -> None:
    """Where neither uv nor pip can install, the next run does not pretend."""
    tree.make_fail("uv")
    code, _, errors = tree.run("lint")
    assert 1 == code
    assert "t24: the installation failed" in errors.splitlines()[-1]

    tree.make_fail("uv", fail=False)
    assert 0 == tree.run("lint")[0]
    assert LINT == tree.noted()[-4:]


def test_test_checks_everything_at_the_root(ready: Tree) -> None:
    """Lint, types, contracts and tests run in this order, from any folder."""
    code, output, _ = ready.run("test", "-k", "one or two", "--maxfail=1")

    assert 0 == code
    assert [*LINT, "pytest -k one or two --maxfail=1"] == ready.noted()
    assert 5 == output.count(f"in {ready.root}, ")
    assert f"pytest in {ready.root}, bytecode written" == output.splitlines()[-1]


@pytest.mark.parametrize("tool", ["ruff", "mypy", "lint-imports", "pytest"])
def test_test_stops_at_the_first_failure(ready: Tree, tool: str) -> None:
    """Its exit code is that of the check that failed; later ones do not run."""
    ready.make_fail(tool)

    code, output, _ = ready.run("test")

    assert 3 == code
    assert tool == ready.noted()[-1].split()[0]
    assert f"{tool} in " in output.splitlines()[-1]


def test_demo_is_the_programs_own(ready: Tree) -> None:
    """Arguments and the folder one stands in are passed on."""
    code, output, _ = ready.run("demo", "--port", "9000")

    assert 0 == code
    assert ["ticket24 demo --port 9000"] == ready.noted()
    assert f"ticket24 in {ready.elsewhere}, bytecode written\n" == output


def test_bench_is_a_module_of_the_project(ready: Tree) -> None:
    """It runs in .venv with the arguments given."""
    package = ready.elsewhere / "bench"
    package.mkdir()
    (package / "__main__.py").write_text("import sys; print(sys.argv[1:], sys.prefix)")

    code, output, errors = ready.run("bench", "--json", "a file")

    assert 0 == code, errors
    assert f"['--json', 'a file'] {ready.root / '.venv'}\n" == output


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_needs_no_installation(tree: Tree, word: str) -> None:
    """Every command is named, and nothing is made."""
    code, output, _ = tree.run(word)

    assert 0 == code
    for command in ("demo", "test", "lint", "bench", "lock", "help"):
        assert f"\n  {command} " in output
    assert not (tree.root / ".venv").exists()


@pytest.mark.parametrize("arguments", [(), ("tets",)])
def test_wrong_command_shows_the_right_ones(
    tree: Tree, arguments: tuple[str, ...]
) -> None:
    """A slip of the pen costs nothing."""
    code, output, errors = tree.run(*arguments)

    assert (2, "") == (code, output)
    assert "usage: ./t24 COMMAND" in errors
    assert not (tree.root / ".venv").exists()


def test_old_python_is_told_in_one_line() -> None:
    """Python 3.10 and older get a sentence, and can read the file that far."""
    program = (
        "import runpy, sys; sys.version_info = (3, 10, 0);"
        "runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(T24)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == done.returncode
    assert re.fullmatch(r"t24: .* 3\.11 or newer, and this is 3\.10; .*\n", done.stderr)
    ast.parse(T24.read_text(), feature_version=(3, 6))


def test_ci_runs_the_same_test(tmp_path: Path) -> None:
    """What decides over a change is the command that stands in README."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "t24").write_text('#!/bin/sh\necho "$PWD $*"\nexit 3\n')
    (tmp_path / "t24").chmod(0o755)

    done = subprocess.run(
        [tmp_path / ".ci" / "run"], stdout=subprocess.PIPE, text=True, check=False
    )

    assert (3, f"{tmp_path} test\n") == (done.returncode, done.stdout)


def distributions() -> dict[str, str]:
    blocks = re.split(
        r"^(?=\w)", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE
    )
    return {re.split(r"==", block)[0]: block for block in blocks if block.strip()}


def test_lock_pins_and_hashes_everything() -> None:
    """Every distribution has one version, which its hashes prove."""
    loose = [
        name
        for name, block in distributions().items()
        if not re.match(
            r"[\w.-]+==[\w.]+ .*\\\n( +--hash=sha256:\w{64}( \\)?\n)+", block
        )
    ]

    assert [] == loose


def test_lock_names_no_place() -> None:
    """Whoever installs chooses where from: the lock holds no address."""
    text = (ROOT / "requirements.lock").read_text()

    assert not re.search(r"://|^-|index", text, flags=re.MULTILINE)


def test_lock_covers_the_project() -> None:
    """Nothing pyproject.toml asks for, nor what builds it, is missing in the lock."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    extras = project["optional-dependencies"].values()
    groups = [*extras, project["dependencies"], pyproject["build-system"]["requires"]]
    asked = {re.split(r"[^\w.-]", need)[0] for group in groups for need in group}

    assert set() == {*asked, "uv"} - set(distributions())


def test_procfile_names_commands_that_take_signals() -> None:
    """Each line replaces its shell, so that a stop reaches the program itself."""
    lines = (ROOT / "Procfile").read_text().splitlines()

    assert ["web: exec ticket24 web", "worker: exec ticket24 worker"] == lines
