"""What portal and staff pages know of the asker."""

from aiohttp import web

from ticket24.domain.customers.logins import client_address
from ticket24.settings import Settings

SETTINGS = web.AppKey("SETTINGS", Settings)


def settings_of(request: web.Request) -> Settings:
    """Return the settings of this process."""
    return request.config_dict[SETTINGS]


def address_of(request: web.Request) -> str:
    """Return the asker's address, as the trusted proxies report it."""
    heard = ",".join(request.headers.getall("X-Forwarded-For", ()))
    return client_address(request.remote or "", heard, settings_of(request).proxies)
