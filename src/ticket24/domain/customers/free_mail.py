"""Domains whose addresses anybody may have: they tell nothing of a company."""

_NAMES = frozenset(
    {"aol", "arcor", "bluewin", "bol", "freenet", "gmail", "gmx", "googlemail"}
    | {"hotmail", "hushmail", "icloud", "laposte", "libero", "live", "mac", "mail"}
    | {"mailbox", "mailfence", "me", "msn", "naver", "outlook", "posteo", "proton"}
    | {"protonmail", "qq", "rambler", "rocketmail", "sapo", "t-online", "tutanota"}
    | {"tuta", "uol", "vodafonemail", "wanadoo", "web", "yahoo", "yandex", "ymail"}
    | {"zoho", "zohomail", "163", "126", "bk", "inbox", "list", "seznam", "wp"}
    | {"interia", "onet", "o2", "orange", "free", "sfr", "terra", "globo", "ig"}
    | {"1und1", "kabelmail", "unitybox", "ukr", "abv", "fastmail", "pm", "duck"}
    | {"comcast", "verizon", "att", "sbcglobal", "cox", "btinternet", "sky"}
)
_WHOLE = frozenset({"privaterelay.appleid.com", "users.noreply.github.com"})


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there; `domain` is in ASCII, folded.

    Rather too many than too few: without a suggestion nobody is misled.
    """
    first = domain.partition(".")[0]
    return domain in _WHOLE or first in _NAMES
