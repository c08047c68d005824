"""The tests of a file share a desk; each finds it as good as new (see `sharing`)."""

import pytest


@pytest.fixture
def app_desk(shared_app_desk):
    """A desk that the account reaches by installing the application."""
    return shared_app_desk


@pytest.fixture
def redis(app_desk):
    """The desk's Redis."""
    return app_desk.stores.redis


@pytest.fixture
def mailbox(app_desk):
    """Where the desk's mails arrive."""
    return app_desk.mailbox
