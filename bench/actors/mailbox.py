"""A mailbox on an IMAP server: the one of the tests, which does what it is told."""

import importlib
import sys
from typing import Any

from bench.processes import ROOT

sys.path.append(str(ROOT / "tests" / "support" / "outside"))


def imap_server() -> Any:  # noqa: ANN401  Tests have no types.
    """Return a server to enter, with `url` and `put`."""
    return importlib.import_module("imap_server").ImapServer()
