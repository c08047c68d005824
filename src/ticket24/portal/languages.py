"""The language of the pages, and how customers choose it.

Their own choice counts first: it is kept with them, for every device and for mails.
Before they sign in a cookie has it, then the browser tells which languages they read.
Else pages speak the account's.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import hdrs, web

from ticket24.domain.customers.languages import accepted, known
from ticket24.domain.customers.logins import Login
from ticket24.domain.settings.model import Language
from ticket24.portal import cookies
from ticket24.portal.following import follower_asker
from ticket24.portal.forms import csrf, drafts
from ticket24.portal.forms.giving_back import read_so_far
from ticket24.portal.parts import LOGIN, account_of, language_of, portal_of
from ticket24.portal.rendering import asker_of
from ticket24.portal.sign_in import keeping, returning
from ticket24.site.machines import by_machine
from ticket24.site.walk import walk_of
from ticket24.store.customers.deeds import digest

_YEAR_SECONDS = 365 * 24 * 3600
_MARK_LENGTH = 16
_MOST_TYPED = 300

routes = web.RouteTableDef()


def of_browser(request: web.Request, default: Language) -> Language:
    """Return the language of whoever is at this browser, as far as it tells."""
    asked = ",".join(request.headers.getall(hdrs.ACCEPT_LANGUAGE, ()))
    return _of_cookie(request) or accepted(asked, default) or default


def of_login(request: web.Request, login: Login, default: Language) -> Language:
    """Return the language of a customer; staff who look on see what the customer sees.

    They may choose another one in their own browser.
    """
    tongue = login.tongue
    if login.read_only:
        return _of_cookie(request) or tongue.in_mails(default)
    return tongue.chosen or of_browser(request, default)


@routes.get("/p/{slug}/language", name="language")
async def choose_at_this_browser(request: web.Request) -> web.Response:
    """Keep the language in a cookie for a year, and lead back.

    A link changes nothing else, as anybody may write one.
    """
    response = web.HTTPSeeOther(returning.safe(request, request.query.get("back", "")))
    chosen = known(request.query.get("to", ""))
    if chosen and not by_machine(request):
        _remember(request, response, chosen)
    raise response


@routes.post("/p/{slug}/language", name="choose_language")
async def choose_language(request: web.Request) -> web.Response:
    """Keep the language with the customer, and lead back to the page as it was.

    The button may belong to a form on that page: what was typed into it is kept.
    """
    fields = await walk_of(request).heard()
    chosen = known(fields.get("to", ""))
    back = returning.safe(request, request.query.get("back", ""))
    response = web.HTTPSeeOther(back)
    if keeping.follower_at(request):
        asker = await follower_asker(request, keeping.target_of(request))
        await drafts.keep_typed(
            asker, str(asker.ticket_of.ref.task_id), read_so_far(request)
        )
    elif LOGIN in request:
        await drafts.keep_typed(
            asker_of(request), keeping.form_of(request), read_so_far(request)
        )
        if chosen:
            await choose(request, response, chosen)
        raise response
    elif kept := await keeping.keep(request):
        keeping.remember(request, response, kept)
    else:
        response = web.HTTPSeeOther(_with_address(back, fields))
    if chosen:
        _remember(request, response, chosen)
    raise response


async def choose(
    request: web.Request, response: web.StreamResponse, language: Language
) -> None:
    """Keep a language with whoever is signed in, if anybody is, and at the browser."""
    if login := request.get(LOGIN):
        languages = portal_of(request).stores.languages
        await languages.choose(login.account, login.contact_ids, language)
    _remember(request, response, language)


async def at_sign_in(
    request: web.Request, response: web.Response, contact_ids: list[int]
) -> None:
    """Note in which language a customer has signed in.

    What was chosen on the way in is the customer's choice from now on. What somebody
    else once chose at this browser is not.
    """
    account, languages = account_of(request).id, portal_of(request).stores.languages
    language = language_of(request)
    await languages.note_read(account, contact_ids, language)
    chosen, _, mark = cookies.language(request).partition(".")
    if mark and mark == _mark_of(request) and chosen == language:
        await languages.choose(account, contact_ids, language)
        _put(request, response, language)


def _of_cookie(request: web.Request) -> Language | None:
    return known(cookies.language(request).partition(".")[0])


def _remember(
    request: web.Request, response: web.StreamResponse, language: Language
) -> None:
    """Have this browser speak a language, with the mark of the person who chose it."""
    mark = "" if LOGIN in request else _mark_of(request)
    ours = mark and csrf.from_our_page(request)
    _put(request, response, f"{language}.{mark}" if ours else language)


def _put(request: web.Request, response: web.StreamResponse, value: str) -> None:
    home = cookies.home_of(request)
    home.put(response, cookies.LANGUAGE, value, max_age=_YEAR_SECONDS)


def _mark_of(request: web.Request) -> str:
    """Return a mark of the sitting: nobody who comes later to this browser has it."""
    sitting = cookies.read(request, cookies.SITTING)
    return digest("language", sitting)[:_MARK_LENGTH] if sitting else ""


def _with_address(back: str, fields: dict[str, str]) -> str:
    """Return the address of a sign-in page, with the e-mail that was typed there."""
    typed, parts = fields.get("email", ""), urlsplit(back)
    if not csrf.is_to_sign_in(parts.path) or not 0 < len(typed) <= _MOST_TYPED:
        return back
    query = dict(parse_qsl(parts.query)) | {"email": typed}
    return f"{parts.path}?{urlencode(query)}"
