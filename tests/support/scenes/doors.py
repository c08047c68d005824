"""Where customers come from who sign in."""

from desk import EVENTS, TOKEN

from ticket24.domain.accounts.model import Account
from ticket24.domain.settings.model import AccountSettings, Department
from ticket24.pace import Hashing, Pace

OFFICE = "office.dubois@example.com"
HERE, THERE = "203.0.113.9", "198.51.100.1"


# The hashes here are cheap: their strength has a test of its own.
QUICK = Pace(
    sign_in_patience_seconds=60, sign_in_step_seconds=0.01, hashing=Hashing(1, 1024)
)


async def connected(desk):
    """Connect an account of which nothing has been imported."""
    desk.world.add_outgoing(str(desk.web.make_url(EVENTS)), TOKEN)
    departments = (Department(desk.groups[0]),)
    return await desk.stores.accounts.add(
        Account(
            *("", "acme", 1, desk.world.now()),
            settings=AccountSettings("Acme Support", departments=departments),
            imported=True,
        ),
        webhook_url=desk.webhook_url,
        tokens=[TOKEN],
    )
