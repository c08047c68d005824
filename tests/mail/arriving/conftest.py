"""Time that reading may take."""

import time
from contextlib import contextmanager

import pytest


@pytest.fixture
def cpu_seconds():
    @contextmanager
    def within(seconds):
        begun = time.process_time()
        yield
        assert time.process_time() - begun < seconds

    return within
