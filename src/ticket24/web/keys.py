"""What the web application holds, each under a typed key."""

from aiohttp import web

from ticket24.site.arriving import Arriving
from ticket24.store.stores import Stores
from ticket24.web.budgets import Budgets
from ticket24.web.metrics import Metrics
from ticket24.web.watching import Watch

ARRIVING_EVENTS = web.AppKey("ARRIVING_EVENTS", Arriving)
BUDGETS = web.AppKey("BUDGETS", Budgets)
METRICS = web.AppKey("METRICS", Metrics)
STORES = web.AppKey("STORES", Stores)
WATCH = web.AppKey("WATCH", Watch)
