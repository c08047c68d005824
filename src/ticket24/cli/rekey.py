"""`rekey`: after the secret key was changed, seals what is kept with the new one."""

import click

from ticket24.cli.doctor.findings import Finding
from ticket24.cli.surroundings import Failure
from ticket24.settings import Settings
from ticket24.store.rekeying import Rekeying
from ticket24.store.stores import Stores, open_stores

_MOST_NAMED = 5


async def rekey(settings: Settings) -> None:
    """Seal with the secret key everything that the previous key sealed."""
    async with open_stores(settings) as stores:
        found = await Rekeying(stores.redis, stores.seal).rewrite()
    if found.lost:
        more = len(found.lost) - _MOST_NAMED
        named = ", ".join(found.lost[:_MOST_NAMED]) + (
            f" and {more} more" if more > 0 else ""
        )
        raise Failure(
            f"sealed anew: {found.older}; but neither TICKET24_SECRET_KEY nor"
            f" TICKET24_SECRET_KEY_OLD opens {named}: set the key that does as"
            " TICKET24_SECRET_KEY_OLD, or connect that account anew"
        )
    click.echo(f"Sealed anew: {found.older}; sealed so before: {found.newest}.")
    if settings.secret_key_old:
        click.echo(
            "TICKET24_SECRET_KEY_OLD can go in an hour: pages that are open need it."
        )


async def examined(stores: Stores) -> Finding:
    """Tell whether anything still needs the old key."""
    found = await Rekeying(stores.redis, stores.seal).count()
    fault = (
        f"{found.older} secrets still need TICKET24_SECRET_KEY_OLD: `ticket24 rekey`"
        " seals them anew"
    )
    return Finding("secret key", fault if found.older else "")
