"""Recorded events: `samples/<event>/<condition>.form`, with made-up secrets.

A condition that starts with `refused` is not an event to us.
"""

from pathlib import Path

import handlers
from ticket24.bitrix.events.event import parse

FOLDER = Path(__file__).parents[2] / "samples"
CASES = sorted(
    str(file.relative_to(FOLDER).with_suffix("")) for file in FOLDER.glob("*/*.form")
)
REFUSED = [case for case in CASES if "/refused" in case]
GOOD = [case for case in CASES if case not in REFUSED]

# What a sample must not leave behind: its tokens.
SECRETS = (
    "k8w2p0x7c4v1n9s3m6q5z2t8r0y4u7j1",
    "51856fefc120afa4b628cc82d3935cce",
    "f76707690079c2f3007a1c5b00000001403e0788e1c4f0b5a4d6c9e2f1a3b5c7d9",
    "e7e62e690079c2f3007a1c5b00000001403e07b0a9d8c7e6f5a4b3c2d1e0f9a8b7",
)


def sample(case):
    """Return the bytes of `event/condition`."""
    return (FOLDER / f"{case}.form").read_bytes()


def event(case, account="acme", router=handlers.router):
    """Return a sample as the handlers of this router get it."""
    posted = parse(sample(case))
    return posted.of(account, router.kept(posted.name))
