"""What staff write without words, from Bitrix24 to the customer's mailbox."""

import pytest
from desk import until

from bitrix24_sandbox.account.conversations import talk
from ticket24.domain.portal.pages import to_page
from ticket24.domain.tickets.model import TicketRef


@pytest.fixture
def desk(shared_desk):
    return shared_desk


def write(desk, task, text, **params):
    """Write into a chat what its own page does not allow."""
    chat = desk.world.chats[task.chat_id]
    message = talk.send_message(desk.world, desk.staff(task), chat, text)
    message.params.update(params)
    return message


async def test_only_what_can_be_read_is_mailed(desk):
    """Stickers, blanks and files that are gone make no mail; polls and blocks do."""
    account = await desk.connect()
    task = desk.ticket("chat")
    desk.world.skew_seconds += 2
    async with desk.worker():
        for text in (" ", "[B] [/B]", "\u3164", "[DISK FILE ID=n9]", "[HOLOGRAM=7]"):
            write(desk, task, text)
        sticker = write(desk, task, "", COMPONENT_ID="StickerMessage")
        await desk.stores.due.mark(TicketRef(account.id, task.id))
        await desk.quiet(account)
        before = list(desk.mailbox.mails)

        write(desk, task, "", COMPONENT_ID="VoteMessage")
        block = [{"BLOCKS": [{"MESSAGE": "The part is ordered."}]}]
        write(desk, task, "", ATTACH=block)
        sticker.text = "Words after all."
        await desk.stores.due.mark(TicketRef(account.id, task.id))
        await until(lambda: "Words after all." in "".join(desk.mailbox.texts()))
        await desk.quiet(account)

    mailed = "".join(desk.mailbox.texts())
    assert [] == before
    assert 1 == mailed.count("A poll that only our team can see.")
    assert 1 == mailed.count("The part is ordered.")
    picture = await desk.stores.tickets.get(TicketRef(account.id, task.id))
    ours = [one.key.id for one in to_page(picture).messages if one.key.id >= sticker.id]
    assert [sticker.id, sticker.id + 1, sticker.id + 2] == ours


async def test_emoji_and_strange_tags_arrive_as_words(desk):
    """A mail says what staff see, and no code of Bitrix24."""
    await desk.connect()
    task = desk.ticket("forum")
    desk.world.skew_seconds += 2
    async with desk.worker():
        desk.comment(task, "Fixed 😀 at 10:30:15 [HOLOGRAM=7]:facade: [TODO] [LIKE]")
        await until(lambda: desk.mailbox.mails)

    assert "Fixed 😀 at 10:30:15 :facade: [TODO] 👍" in desk.mailbox.texts()[0]
