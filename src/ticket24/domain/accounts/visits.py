"""Who looks at one of our pages inside Bitrix24."""

from dataclasses import dataclass, field

from ticket24.domain.settings.model import Language

SETTINGS_PAGE = "DEFAULT"
CONTACT_TAB = "CRM_CONTACT_DETAIL_TAB"
COMPANY_TAB = "CRM_COMPANY_DETAIL_TAB"


@dataclass(frozen=True, slots=True)
class Visit:
    """A verified look at a page of ours inside Bitrix24, for an hour.

    `account` is our id, and `origin` is the account's scheme and host as the
    authorization server named them. `placement` is where the page is. Of
    `contact_id` and `company_id` one is the contact or company whose card it is on, the
    other is 0. `auth` is the viewer's own access token: it may do what the viewer may,
    until `auth_until` (seconds since 1970). `token` proves the visit in the page's own
    forms.

    The viewer may read those tickets that are `readable`, and no others of those
    that Bitrix24 was `asked_about`. Administrators may read all: nobody asks.
    """

    account: str
    user_id: int
    name: str
    admin: bool
    language: Language
    origin: str
    placement: str = SETTINGS_PAGE
    contact_id: int = 0
    company_id: int = 0
    auth: str = field(default="", repr=False)
    auth_until: float = 0.0
    token: str = field(default="", repr=False)
    readable: frozenset[int] = frozenset()
    asked_about: frozenset[int] = frozenset()
