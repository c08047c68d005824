"""user.*: the staff of the account (ar/user)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import trimmings
from bitrix24_sandbox.account.records import User
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Page, Table, page
from bitrix24_sandbox.rest.views.matching import contains, split

table = Table("user", "user_basic", "user_brief")


def user_view(call: Call, user: User) -> dict[str, Json]:
    """Show a user; how much depends on the scope."""
    shown: dict[str, Json] = {
        "ID": str(user.id),
        "ACTIVE": user.active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "UF_DEPARTMENT": [1],
        "USER_TYPE": "employee" if user.kind == "employee" else "extranet",
        "IS_ONLINE": "N",
        **trimmings.USER,
    }
    if user.work_position:  # An empty value is left out.
        shown["WORK_POSITION"] = user.work_position
    if {"user", "user_basic"} & set(call.caller.scopes):
        shown["EMAIL"] = user.email
    if user.kind != "employee" and "user" in call.caller.scopes:
        shown["UF_USER_CRM_ENTITY"] = user.crm or False
    return shown


@table.method("user.get")
def get_users(call: Call) -> Page:
    """Return users that match; bots, system users and guests by e-mail never do."""
    wanted = _wanted(call)
    wanted.pop("FIND", None)
    return _page(call, wanted)


@table.method("user.search")
def search_users(call: Call) -> Page:
    """Find users by parts of their name, in any order.

    If nobody was found, there is no total.
    """
    found = _page(call, _wanted(call))
    return found if found.total else Page(found.result)


@table.method("user.current")
def current_user(call: Call) -> Json:
    """Return the REST user, without a type, and with dates in three spellings."""
    shown = user_view(call, call.user)
    del shown["USER_TYPE"]
    return {**shown, **trimmings.CURRENT_USER, "TIME_ZONE": call.user.time_zone}


def _wanted(call: Call) -> dict[str, Json]:
    """Return the filter, whose fields may also be given beside it."""
    wanted = {**call.params, **php.as_map(call.get("filter"))}
    return {key.upper(): value for key, value in wanted.items()}


def _page(call: Call, wanted: dict[str, Json]) -> Page:
    text = str(wanted.get("FIND") or wanted.get("NAME_SEARCH") or "")
    found = [
        user
        for user in call.world.users.values()
        if not user.hidden
        and user.kind != "email"
        and _named(user, text)
        and _fits(user, wanted)
    ]
    shown, total, following = page(found, call.get("start", 0))
    return Page([user_view(call, user) for user in shown], total, following)


def _named(user: User, text: str) -> bool:
    known = f"{user.full_name} {user.work_position}".lower()
    return all(word in known for word in text.lower().split())


def _fits(user: User, wanted: dict[str, Json]) -> bool:
    found: dict[str, Json] = {
        "ID": str(user.id),
        "ACTIVE": user.active,
        "EMAIL": user.email,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "USER_TYPE": "employee" if user.kind == "employee" else "extranet",
    }
    for key, value in wanted.items():
        sign, name = split(key)
        if name == "ACTIVE":
            if php.as_bool(value) != user.active:
                return False
        elif name in found and value not in ("", None):
            text = str(found[name])
            wanted_texts = [str(item) for item in php.as_list(value)]
            if wanted_texts and not any(_alike(sign, text, w) for w in wanted_texts):
                return False
    return True


def _alike(sign: str, text: str, wanted: str) -> bool:
    if "%" in sign or "%" in wanted:
        return contains(sign, text, wanted)
    return text == wanted
