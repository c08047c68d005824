"""The REST client on a desk's sandbox, as any of its users by a webhook."""

from bitrix24_sandbox.account.records import Webhook
from bitrix24_sandbox.sample import SCOPES
from ticket24.bitrix.rest.access import Webhook as Way
from ticket24.bitrix.rest.client import Bitrix


def caller(desk, user_id=1, scopes=SCOPES):
    """Return a client with the rights of this user and these scopes."""
    code = f"testwebhook{user_id:04}{len(desk.world.webhooks):04}"
    desk.world.webhooks.append(Webhook(user_id, code, list(scopes)))
    url = f"{desk.world.address}/rest/{user_id}/{code}/"
    access = Way(url, allow_loopback=True)
    return Bitrix(desk.http, "caller", access, desk.stores.limiter)
