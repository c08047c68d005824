"""The one command, run for real on a small tree with tools that only take notes."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
T24 = ROOT / "t24"

# Each tool notes how it was called, says so, and fails when told to.
TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >> '{notes}'
echo "$(basename "$0") in $PWD, bytecode ${{PYTHONDONTWRITEBYTECODE-written}}"
test ! -e '{notes}'."$(basename "$0")" || exit 3
"""
# uv installs these tools; it takes its time, as the real one does, and fetches nothing
# where only the machine knows the authority.
UV = """#!/bin/sh
echo "uv $*" >> '{notes}'
test "$UV_SYSTEM_CERTS" = 1 || exit 3
test ! -e '{notes}.uv' || exit 3
sleep 0.05
bin="$(dirname "$4")"
for tool in ruff mypy lint-imports pytest ticket24; do
  cp '{tool}' "$bin/$tool"
done
cp '{playwright}' "$bin/playwright"
"""
# Both bring a Chromium: one that is on PATH, one that only Playwright finds.
APT = """#!/bin/sh
echo "apt-get $*" >> '{notes}'
test ! -e '{notes}.apt-get' || exit 3
if [ -e '{notes}.'"$5" ]; then exit 100; fi
if [ "$1" = install ]; then cp '{tool}' '{bin}/'"$5"; fi
"""
PLAYWRIGHT = """#!/bin/sh
echo "playwright $*" >> '{notes}'
test ! -e '{notes}.playwright' || exit 3
mkdir -p '{modules}/playwright'
cat > '{modules}/playwright/sync_api.py' <<END
from unittest.mock import MagicMock
sync_playwright = MagicMock()
END
"""
# Python brings pip, which finds nothing to install.
ENSUREPIP = """
import shutil
shutil.copy('{bin}/pip', '{modules}/pip.py')
"""
PIP = """
import sys
with open('{notes}', 'a') as notes:
    print('pip', *sys.argv[1:], file=notes)
sys.exit(1)
"""
# Whoever the tests run as: the commands ask only for this number.
AS_USER = """
import os, runpy, sys
user = int(sys.argv.pop(1))
os.geteuid = lambda: user
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
NEEDED = ("basename", "cat", "cp", "dirname", "mkdir", "sleep")
PROCESSES = 4
PYTEST = f"pytest --numprocesses={PROCESSES} --dist=loadfile --no-loadscope-reorder"
FETCH = "playwright install chromium-headless-shell"
SHELL, WHOLE = "chromium-headless-shell", "chromium"
UPDATE = "apt-get update -qq"
DEBIANS = [
    f"apt-get install -qq -y --no-install-recommends {name}" for name in (SHELL, WHOLE)
]
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
        self.bin = folder / "bin"
        self._modules = folder / "modules"

    def make(self) -> None:
        """Write all of it into an empty folder."""
        for path in (self.root, self.elsewhere, self.bin, self._modules):
            path.mkdir()
        shutil.copy(T24, self.root)
        (self.root / "pyproject.toml").write_text("")
        (self.root / "requirements.lock").write_text(
            "a==1 \\\n    --hash=sha256:0\nuv==2 \\\n    --hash=sha256:1\nz==3\n"
        )
        for name in NEEDED:
            (self.bin / name).symlink_to(shutil.which(name))
        self.write("tool", TOOL)
        self.write("playwright", PLAYWRIGHT)
        self.write("uv", UV)
        self.write("chromium", TOOL)
        self.write("pip", PIP)
        self.write("ensurepip", ENSUREPIP)
        (self.bin / "ensurepip").rename(self._modules / "ensurepip.py")

    def write(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(
            text.format(
                notes=self.notes,
                bin=self.bin,
                tool=self.bin / "tool",
                playwright=self.bin / "playwright",
                modules=self._modules,
            )
        )
        path.chmod(0o755)

    def start(self, *arguments: str, user: int = 1000) -> subprocess.Popen[str]:
        script = (str(user), str(self.root / "t24"))
        return subprocess.Popen(
            [sys.executable, "-c", AS_USER, *script, *arguments],
            cwd=self.elsewhere,
            env={
                "PATH": str(self.bin),
                "PYTHONPATH": str(self._modules),
                "PIP_NO_INDEX": "1",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, user: int = 1000) -> tuple[int, str, str]:
        """Return exit code, output and error output."""
        with self.start(*arguments, user=user) as process:
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
    tree = Tree(tmp_path)
    tree.make()
    return tree


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with a tree whose .venv is made, and a copy of that."""
    folder = tmp_path_factory.mktemp("installed")
    tree = Tree(folder)
    tree.make()
    assert 0 == tree.run("lint")[0]
    tree.noted()
    return folder, shutil.copytree(folder, folder.with_name("kept"), symlinks=True)


@pytest.fixture
def ready(installed: tuple[Path, Path]) -> Tree:
    """A tree with its .venv made; its path is in there, so all have the same."""
    folder, kept = installed
    shutil.rmtree(folder)
    shutil.copytree(kept, folder, symlinks=True)
    return Tree(folder)


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
    """Programs in .venv contain their path, so a move makes it anew."""
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
    """If neither uv nor pip can install, the next run does not pretend."""
    tree.make_fail("uv")
    code, _, errors = tree.run("lint")
    assert 1 == code
    assert "t24: the installation failed" in errors.splitlines()[-1]
    _, *pip = tree.noted()
    installing = "pip install --disable-pip-version-check --quiet --no-deps"
    assert 2 == sum(note.startswith(installing) for note in pip) == len(pip)

    tree.make_fail("uv", fail=False)
    assert 0 == tree.run("lint")[0]
    assert LINT == tree.noted()[-4:]


def test_test_checks_everything_at_the_root(ready: Tree) -> None:
    """Lint, types, contracts and tests run in this order, from any folder."""
    code, output, _ = ready.run("test", "-k", "one or two", "--maxfail=1")

    assert 0 == code
    tests = ["chromium --version", f"{PYTEST} -k one or two --maxfail=1"]
    assert [*LINT, *tests] == ready.noted()
    assert 5 == output.count(f"in {ready.root}, ")
    assert f"pytest in {ready.root}, bytecode written" == output.splitlines()[-1]


def test_a_new_checkout_compiles_its_tests_once(ready: Tree) -> None:
    """Processes of pytest would each do it, all at the same time."""
    (ready.root / "tests").mkdir()

    assert 0 == ready.run("test")[0]
    assert "pytest --collect-only -qq" in ready.noted()

    (ready.root / "tests" / "__pycache__").mkdir()
    assert 0 == ready.run("test")[0]
    assert "pytest --collect-only -qq" not in ready.noted()


def test_test_stops_at_the_first_failure(ready: Tree) -> None:
    """Its exit code is that of the check that failed; later ones do not run."""
    for tool in ("ruff", "mypy", "lint-imports", "pytest"):
        ready.make_fail(tool)
        code, output, _ = ready.run("test")
        ready.make_fail(tool, fail=False)

        assert (tool, 3) == (tool, code)
        assert tool == ready.noted()[-1].split()[0]
        assert f"{tool} in " in output.splitlines()[-1]


def test_a_browser_of_the_machine_is_used(ready: Tree) -> None:
    """Whatever it is called there, nothing is installed."""
    ready.write("apt-get", APT)
    browser = ready.bin / "chromium"
    for name in (SHELL, "chromium-browser", "google-chrome"):
        browser = browser.rename(ready.bin / name)

        assert (name, 0) == (name, ready.run("test", user=0)[0])
        assert [f"{name} --version", PYTEST] == ready.noted()[len(LINT) :]


def test_root_gets_debians_browser(ready: Tree) -> None:
    """This holds even if a browser's name on PATH has nothing behind it."""
    ready.write("chromium", "#!/bin/sh\nexit 1\n")
    ready.write("apt-get", APT)

    code, _, errors = ready.run("test", user=0)

    assert 0 == code
    noted = ready.noted()[len(LINT) :]
    assert [UPDATE, DEBIANS[0], f"{SHELL} --version", PYTEST] == noted
    assert "t24: installing chromium for the tests\n" == errors


def test_an_older_debian_has_only_a_whole_chromium(ready: Tree) -> None:
    """It serves as well, if not as fast."""
    (ready.bin / WHOLE).unlink()
    ready.write("apt-get", APT)
    ready.make_fail(SHELL)

    assert 0 == ready.run("test", user=0)[0]
    noted = ready.noted()[len(LINT) :]
    assert [UPDATE, *DEBIANS, f"{WHOLE} --version", PYTEST] == noted


@pytest.mark.parametrize("user", [0, 1000])
def test_playwright_brings_its_own_browser(ready: Tree, user: int) -> None:
    """If Debian's is missing, it is fetched once; the second time it is there."""
    (ready.bin / "chromium").unlink()
    ready.write("apt-get", APT)
    ready.make_fail("apt-get")
    tried = [UPDATE, *DEBIANS] if user == 0 else []

    assert 0 == ready.run("test", user=user)[0]
    assert [*tried, FETCH, PYTEST] == ready.noted()[len(LINT) :]

    assert 0 == ready.run("test", user=user)[0]
    assert [*tried, PYTEST] == ready.noted()[len(LINT) :]


def test_without_a_browser_no_test_runs(ready: Tree) -> None:
    """One line says what to install, and the exit code that something is missing."""
    (ready.bin / "chromium").unlink()
    ready.make_fail("playwright")

    code, _, errors = ready.run("test")

    assert 1 == code
    assert [*LINT, FETCH] == ready.noted()
    assert "t24: the tests need a Chromium: install" in errors.splitlines()[-1]


def test_demo_is_the_programs_own(ready: Tree) -> None:
    """Arguments and the current folder are passed on."""
    code, output, _ = ready.run("demo", "--port", "9000")

    assert 0 == code
    assert ["ticket24 demo --port 9000"] == ready.noted()
    assert f"ticket24 in {ready.elsewhere}, bytecode written\n" == output


def test_pictures_are_taken_by_a_program_of_the_project(ready: Tree) -> None:
    """It runs in .venv, once there is a browser."""
    program = ready.root / "docs" / "pictures" / "take.py"
    program.parent.mkdir(parents=True)
    program.write_text("import sys; print(sys.prefix)")

    code, output, errors = ready.run("pictures")

    assert 0 == code, errors
    assert f"{ready.root / '.venv'}\n" == output


def test_bench_is_a_module_of_the_project(ready: Tree) -> None:
    """It runs in .venv with the arguments given."""
    package = ready.elsewhere / "bench"
    package.mkdir()
    (package / "__main__.py").write_text("import sys; print(sys.argv[1:], sys.prefix)")

    code, output, errors = ready.run("bench", "--json", "a file")

    assert 0 == code, errors
    assert f"['--json', 'a file'] {ready.root / '.venv'}\n" == output


@pytest.fixture
def release(tree: Tree) -> Tree:
    """A tree with what the name of a build is made of."""
    shutil.copytree(ROOT / "handlers", tree.root / "handlers")
    package = tree.root / "src" / "ticket24"
    package.mkdir(parents=True)
    for name in ("__init__.py", "build.py"):
        shutil.copy(ROOT / "src/ticket24" / name, package)
    (tree.root / "config").mkdir()
    (tree.root / "config" / "ticket24.toml").write_text("")
    (tree.root / "requirements-run.lock").write_text("a==1\nuv==2\n")
    (tree.root / "pyproject.toml").write_text('[project]\nversion = "0.1.0"\n')
    return tree


def test_install_puts_a_build_beside_the_one_in_use(release: Tree) -> None:
    """An upgrade leaves the old code whole, and leads to the new in one step."""
    place = release.root / "opt"
    handler = release.root / "handlers" / "on_new.py"
    first = release.run("install", str(place))
    asked = release.noted()
    old = (place / "bin").resolve()
    again = release.run("install", str(place))
    asked_again = release.noted()
    handler.write_text("NEW = 1\n")
    upgrade = release.run("install", str(place))
    new = (place / "bin").resolve()

    python = place / "builds" / old.parent.name / "bin" / "python"
    listed = python.parent.parent / "requirements.txt"
    quietly = f"uv pip install --python {python} --quiet --no-deps"
    assert 0 == first[0] == again[0] == upgrade[0]
    assert [
        f"{quietly} --require-hashes --requirement {listed}",
        f"{quietly} --no-build-isolation --no-cache-dir .",
        f"uv pip uninstall --python {python} hatchling uv",
    ] == asked
    assert [] == asked_again
    assert (old / "ticket24").exists()
    assert (new / "ticket24").exists()
    assert old != new
    assert (
        f"ticket24 {new.parent.name} is installed in {place}, until now" in upgrade[1]
    )
    assert old.parent.name in upgrade[1]
    assert not (release.root / ".venv").exists()


def test_install_takes_the_place_of_an_older_one(release: Tree) -> None:
    """A place that was the virtual environment itself is upgraded the same way."""
    place = release.root / "opt"
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "ticket24").write_text("old")

    code, _, errors = release.run("install", str(place))

    assert 0 == code, errors
    assert "old" != (place / "bin" / "ticket24").read_text()
    assert "old" == (place / "bin-before" / "ticket24").read_text()


@pytest.mark.parametrize("arguments", [(), ("--help",), ("/a", "/b")])
def test_install_asks_for_one_place(tree: Tree, arguments: tuple[str, ...]) -> None:
    """Anything else shows an example."""
    code, _, errors = tree.run("install", *arguments)

    assert (1, True) == (code, "./t24 install /opt/ticket24" in errors)


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_needs_no_installation(tree: Tree, word: str) -> None:
    """Every command is named, and nothing is made."""
    code, output, _ = tree.run(word)

    assert 0 == code
    for command in (
        "demo",
        "test",
        "lint",
        "bench",
        "pictures",
        "lock",
        "install",
        "help",
    ):
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
    """The command in README decides over a change."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    (tmp_path / "t24").write_text('#!/bin/sh\necho "$PWD $*"\nexit 3\n')
    (tmp_path / "t24").chmod(0o755)

    done = subprocess.run(
        [tmp_path / ".ci" / "run"], stdout=subprocess.PIPE, text=True, check=False
    )

    assert (3, f"{tmp_path} test\n") == (done.returncode, done.stdout)


def distributions(lock: str = "requirements.lock") -> dict[str, str]:
    blocks = re.split(r"^(?=\w)", (ROOT / lock).read_text(), flags=re.MULTILINE)
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
    """The lock contains no address: the installer chooses where from."""
    text = (ROOT / "requirements.lock").read_text()

    assert not re.search(r"://|^-|index", text, flags=re.MULTILINE)


def test_lock_covers_the_project() -> None:
    """Everything that pyproject.toml or its build asks for is in the lock."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    extras = project["optional-dependencies"].values()
    groups = [*extras, project["dependencies"], pyproject["build-system"]["requires"]]
    asked = {re.split(r"[^\w.-]", need)[0] for group in groups for need in group}

    assert set() == {*asked, "uv"} - set(distributions())


def test_what_is_installed_is_pinned_as_what_is_tested() -> None:
    """The lock of an installation holds all that runs, in the tests' own pins."""
    run_only, tested = distributions("requirements-run.lock"), distributions()
    needed, seen = {"ticket24"}, set()
    while todo := needed - seen:
        seen |= todo
        for name in todo:
            for need in requires(name) or []:
                required = Requirement(need)
                # Of ourselves without extras, else with those that we asked for.
                if required.marker is None or required.marker.evaluate():
                    needed.add(canonicalize_name(required.name))

    assert set() == needed - {"ticket24"} - set(run_only)
    assert {} == {
        name: block for name, block in run_only.items() if tested.get(name) != block
    }
    assert {"hatchling", "uv"} < set(run_only)
    assert set() == set(run_only) & {"pytest", "ruff", "mypy", "playwright"}


def test_procfile_names_commands_that_take_signals() -> None:
    """Each line replaces its shell, so that a stop reaches the program itself.

    The inbox is not among them: without a way in it ends, and would end the others.
    """
    lines = (ROOT / "Procfile").read_text().splitlines()

    assert ["web: exec ticket24 web", "worker: exec ticket24 worker"] == lines
