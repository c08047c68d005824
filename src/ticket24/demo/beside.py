"""The way to a running demo from a second terminal."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from ticket24.settings import PREFIX

# The terminal may have settings of another ticket24, in any case of letters.
_FORGET = """\
for name in $(env |
    sed -n 's/^\\([Tt][Ii][Cc][Kk][Ee][Tt]24_[A-Za-z0-9_]*\\)=.*/\\1/p'); do
  unset "$name"
done
"""


def write_command(folder: Path, environment: Mapping[str, str]) -> str:
    """Make a program that is `ticket24` for this demo; return how a shell runs it.

    It holds the demo's secrets, so it is for its owner alone. It changes nothing in the
    shell that runs it, of whatever kind that is, and goes with the demo. `sh` runs it
    also from a folder in which programs may not be started.
    """
    settings = "".join(
        f"export {name}={shlex.quote(value)}\n"
        for name, value in sorted(environment.items())
        if name.startswith(PREFIX)
    )
    program = folder / "ticket24"
    program.touch(mode=0o700)
    program.write_text(
        f"#!/bin/sh\n# ticket24 as it runs in this demo; it holds secrets.\n{_FORGET}"
        f'{settings}exec {shlex.quote(sys.executable)} -P -m ticket24 "$@"\n',
        encoding="utf-8",
    )
    return f"sh {shlex.quote(str(program))}"
