"""Notes to staff in Bitrix24 (more.md 1.14)."""

from ticket24.bitrix.rest.client import Bitrix
from ticket24.bitrix.rest.decode import whole


async def tell(bitrix: Bitrix, user_id: int, text: str, tag: str) -> bool:
    """Send a note, in BBCode; False if the user is not there, or does not want any.

    An application's note takes the place of an earlier one with its `tag`, so it may be
    sent again. Through a webhook there would be two.
    """
    params = {"USER_ID": user_id, "MESSAGE": text, "TAG": tag}
    answer = await bitrix.call("im.notify.system.add", params, urgent=False)
    return whole(answer.result) > 0
