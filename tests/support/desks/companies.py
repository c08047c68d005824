"""The sample company, built once in a while and copied in between."""

import pickle
import time

from bitrix24_sandbox.sample import sample_world

# Everything in it happened before it was built, so a copy is a bit older than new.
_FRESH_SECONDS = 60

_built = {}


def company(card=None):
    """Return a sample world of its own, in a quarter of the time of `sample_world`."""
    at, copy = _built.get(card, (float("-inf"), b""))
    if time.monotonic() - at > _FRESH_SECONDS:
        at, copy = time.monotonic(), pickle.dumps(sample_world(card))
        _built[card] = at, copy
    return pickle.loads(copy)
