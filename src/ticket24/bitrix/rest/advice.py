"""Errors that close a whole account, and what a person can do about each.

By error code, in lower case. Sources: _includes/system-errors.md,
settings/oauth/error-codes.md and local-integrations/local-webhooks.md of the
Bitrix24 REST documentation; lib/oauth/auth.php of its `rest` module.
"""

_NEW_WEBHOOK = (
    "The webhook was deleted or has expired, or its owner was dismissed: make a "
    "new inbound webhook and connect the account again"
)
_NEW_INSTALL = (
    "The application is not installed or was removed: install it again in Bitrix24"
)
_OPEN_AGAIN = (
    "The access of the installed application has ended: an administrator has to open"
    " ticket24 in Bitrix24 once"
)
_SCOPE = "The webhook or application lacks a permission (scope): grant it in Bitrix24"
_SUPPORT = "Bitrix24 has blocked REST for this account: ask its support"

NO_PLAN = "The Bitrix24 plan does not include REST: renew or upgrade it"
LOCKED_OUT = "Bitrix24 does not let us in: connect the account again"

ADVICE = {
    "invalid_credentials": _NEW_WEBHOOK,
    "no_auth_found": _NEW_WEBHOOK,
    "invalid_token": _NEW_INSTALL,
    "expired_token": _OPEN_AGAIN,
    "application_not_found": _NEW_INSTALL,
    "not_installed": _NEW_INSTALL,
    "invalid_client": _NEW_INSTALL,
    "invalid_grant": _OPEN_AGAIN,
    "wrong_client": "The application's client id and secret do not fit: check them",
    "authorization_error": "The user we work as cannot sign in, perhaps dismissed: "
    "an active administrator has to open ticket24 in Bitrix24 once",
    "user_access_error": "The user we work as may not use the application: allow it "
    "in the application's settings",
    "insufficient_scope": _SCOPE,
    "invalid_scope": _SCOPE,
    "bitrix_rest_v3_exception_insufficientscopeexception": _SCOPE,
    "error_oauth": LOCKED_OUT,
    "payment_required": "The paid or trial time of the application is over: renew it",
    "verification_needed": "The licence check of this Bitrix24 failed: renew it",
    "overload_limit": _SUPPORT,
    "portal_blocked_by_license_scanner": _SUPPORT,
    "portal_deleted": "The Bitrix24 account was deleted or closed: disconnect it",
}
