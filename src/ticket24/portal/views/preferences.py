"""How often a customer wants mail about tickets, and about which ones none."""

from aiohttp import web

from ticket24.domain.customers.preferences import PACES, known_pace
from ticket24.domain.settings.model import MailKind
from ticket24.i18n import noop
from ticket24.portal.rendering import asker_of, page, url
from ticket24.portal.views import tickets
from ticket24.site.walk import walk_of

routes = web.RouteTableDef()

# What each pace means; the hour of the day is the company's.
WORDS = {
    "instant": (noop("At once"), noop("Each email as soon as there’s news.")),
    "hourly": (
        noop("Once an hour"),
        noop("One email on the hour with everything new since the last one."),
    ),
    "daily": (
        noop("Once a day"),
        noop("One email at %(time)s with everything new since the last one."),
    ),
}
# What the company always tells at once.
_ALWAYS: dict[MailKind, str] = {
    "created": noop("when we’ve received a ticket"),
    "replied": noop("when we’ve replied"),
    "status": noop("when the status changes"),
    "completed": noop("when a ticket is solved"),
    "notice": noop("when we have something else to tell you"),
}


@routes.get("/p/{slug}/preferences", name="preferences")
async def show_preferences(request: web.Request) -> web.Response:
    """Show what is chosen, and the tickets that are muted."""
    asker = asker_of(request)
    chosen = await asker.preference()
    watches = asker.account.settings.company_view.on and await asker.watches()
    gathering = asker.account.settings.gathering
    wanted = request.query.get("ticket", "")
    listed = bool(chosen.muted or wanted)
    rows = [*(await asker.listing()).rows] if listed else []
    if listed and watches and asker.sight.role.acts:
        rows += (await asker.company_listing()).listing.rows
    shown = [r for r in rows if r.task_id in chosen.muted or str(r.task_id) == wanted]
    return await page(
        request,
        "preferences.html",
        {
            "pace": chosen.pace,
            "paces": [(one, *WORDS[one]) for one in PACES],
            "time": gathering.daily_at,
            "always": [_ALWAYS[one] for one in gathering.always],
            "muted": chosen.muted,
            "watches": watches,
            "may_watch": watches or asker.sight.role.acts,
            "rows": sorted(shown, key=lambda row: str(row.task_id) != wanted),
            "saved": "saved" in request.query,
        },
    )


@routes.post("/p/{slug}/preferences")
async def choose(request: web.Request) -> web.Response:
    """Keep how often mail is wanted."""
    asker = asker_of(request)
    fields = await walk_of(request).heard()
    pace = known_pace(fields.get("pace", ""))
    if pace is None:
        raise web.HTTPUnprocessableEntity
    await asker.choose_pace(pace)
    if "may_watch" in fields:  # Else the page did not ask.
        await asker.watch(on=fields.get("watch") == "1")
    raise web.HTTPSeeOther(f"{url(request, 'preferences')}?saved=1")


@routes.post(r"/p/{slug}/tickets/{number:[0-9]{1,9}}/mute", name="mute")
async def mute(request: web.Request) -> web.Response:
    """Want no mail about a ticket, or want it again."""
    asker = asker_of(request)
    found = await tickets.find(request, asker)
    number = found.page.ref.task_id
    fields = await walk_of(request).heard()
    if asker.may_move and await asker.hears_of(found):
        await asker.mute(number, on=fields.get("on") != "0")
    raise web.HTTPSeeOther(f"{url(request, 'preferences')}?ticket={number}#muted")
