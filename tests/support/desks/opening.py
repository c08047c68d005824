"""The stores of one process, opened as it opens them."""

from pydantic import SecretStr

from ticket24.environment import load
from ticket24.store.stores import open_stores


def stores_at(redis_url):
    settings = load(
        redis_url=SecretStr(redis_url),
        secret_key=SecretStr("k" * 32),
        public_url="http://127.0.0.1",
    )
    return open_stores(settings)
