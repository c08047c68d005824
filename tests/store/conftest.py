"""The stores of accounts, on the test's own Redis."""

import pytest

from ticket24.store.accounts.connected import RedisAccounts
from ticket24.store.accounts.pairs import RedisPairs
from ticket24.store.sealing import Seal


@pytest.fixture
def seal():
    return Seal("k" * 32)


@pytest.fixture
def accounts(redis, seal):
    return RedisAccounts(redis, seal)


@pytest.fixture
def pairs(redis, seal):
    return RedisPairs(redis, seal)
