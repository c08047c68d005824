"""Saving an account's settings as the settings page does it."""

from dataclasses import replace

from callers import caller

from ticket24.flows.settings import saving


async def save(
    desk, account, *, logo="keep", stamp=None, bitrix=None, stores=None, **changes
):
    """Save some settings in place of those that the account was read with."""
    if "logo_" in changes:  # `logo` is the image; this is its name.
        changes["logo"] = changes.pop("logo_")
    return await saving.save(
        account.id,
        replace(account.settings, **changes),
        account.settings.stamp if stamp is None else stamp,
        logo,
        stores=stores or desk.stores,
        bitrix=bitrix or caller(desk),
    )
