"""A desk that is listed."""

import pytest

from ticket24.cli import accounts as listing


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def listed(desk, said):
    """List the accounts; return the state of the only one, and the lines below."""

    async def listed():
        said()
        await listing.show_all(desk.settings)
        first, *below = said()
        head, _, state = first.partition(" tickets  ")
        assert head == "acme  webhook  30"
        return state, below

    return listed
