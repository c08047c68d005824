"""What the web application holds, each under a typed key."""

from aiohttp import web
from redis.asyncio import Redis

from ticket24.portal.arriving import Arriving
from ticket24.store.doorkeeper import Doorkeeper
from ticket24.store.installations import RedisInstallations
from ticket24.store.journal import Journal
from ticket24.store.overflows import RedisOverflows
from ticket24.web.budgets import Budgets
from ticket24.web.metrics import Metrics

ARRIVING_EVENTS = web.AppKey("ARRIVING_EVENTS", Arriving)
BUDGETS = web.AppKey("BUDGETS", Budgets)
DOORKEEPER = web.AppKey("DOORKEEPER", Doorkeeper)
INSTALLATIONS = web.AppKey("INSTALLATIONS", RedisInstallations)
JOURNAL = web.AppKey("JOURNAL", Journal)
METRICS = web.AppKey("METRICS", Metrics)
OVERFLOWS = web.AppKey("OVERFLOWS", RedisOverflows)
REDIS = web.AppKey("REDIS", Redis)
