"""user.*: the staff of the account (ar/user)."""

from ticket24.sandbox import php
from ticket24.sandbox.calls import Call, Page, Table, page
from ticket24.sandbox.matching import split
from ticket24.sandbox.php import Json
from ticket24.sandbox.records import User

table = Table("user", "user_basic", "user_brief")


def user_view(call: Call, user: User) -> dict[str, Json]:
    """Show a user; how much depends on the scope."""
    shown: dict[str, Json] = {
        "ID": str(user.id),
        "ACTIVE": user.active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "SECOND_NAME": "",
        "WORK_POSITION": user.work_position,
        "PERSONAL_PHOTO": "",
        "UF_DEPARTMENT": [1],
        "USER_TYPE": "employee",
        "TIME_ZONE": user.time_zone,
        "IS_ONLINE": "N",
    }
    if {"user", "user_basic"} & set(call.caller.scopes):
        shown["EMAIL"] = user.email
    return shown


@table.method("user.get")
def get_users(call: Call) -> Page:
    """Return users that fit; bots and system users are never among them."""
    wanted = {**call.params, **php.as_map(call.get("filter"))}
    found = [u for u in call.world.users.values() if not u.hidden and _fits(u, wanted)]
    shown, total, following = page(found, call.get("start", 0))
    return Page([user_view(call, user) for user in shown], total, following)


@table.method("user.search")
def search_users(call: Call) -> Page:
    """Find users by a part of their name."""
    wanted = php.as_map(call.get("filter"))
    text = str(call.get("FIND") or wanted.get("FIND") or "").lower()
    known = [u for u in call.world.users.values() if not u.hidden]
    found = [user for user in known if text in user.full_name.lower()]
    shown, total, following = page(found, call.get("start", 0))
    return Page([user_view(call, user) for user in shown], total, following)


@table.method("user.current")
def current_user(call: Call) -> Json:
    """Return the REST user."""
    return user_view(call, call.user)


def _fits(user: User, wanted: dict[str, Json]) -> bool:
    found: dict[str, Json] = {
        "ID": str(user.id),
        "ACTIVE": user.active,
        "EMAIL": user.email,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "USER_TYPE": "employee",
    }
    for key, value in wanted.items():
        name = split(key.upper())[1]
        if name == "ACTIVE":
            if php.as_bool(value) != user.active:
                return False
        elif name in found and value not in ("", None):
            texts = {str(item) for item in php.as_list(value)}
            if texts and found[name] not in texts:
                return False
    return True
