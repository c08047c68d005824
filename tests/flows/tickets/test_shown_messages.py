"""Which messages of staff customers see, on both cards, and what a change tells."""

import pytest
from desk import until
from savings import save

from ticket24.domain.messages.voices import customer_line
from ticket24.domain.portal.pages import to_page
from ticket24.domain.tickets.model import TicketRef

CARDS = pytest.mark.parametrize("card", ["chat", "forum"])
MARKED = 'shown_messages = "marked"\n'


@pytest.fixture
def desk(shared_desk):
    return shared_desk


async def page(desk, account, task):
    """What the customer reads in the conversation, the oldest first."""
    picture = await desk.stores.tickets.get(TicketRef(account.id, task.id))
    return [message.text for message in to_page(picture).messages] if picture else []


async def shown(desk, account, task, *texts):
    """Wait until the page shows these, and nothing of ours besides them."""

    async def so():
        mine = [one for one in await page(desk, account, task) if "T24" in one]
        return mine == list(texts)

    await until(so)


def later(desk):
    """Let a second pass that parts what was before from what comes after."""
    desk.world.skew_seconds += 2


@CARDS
async def test_only_marked_messages_are_shown_and_mailed(desk, card):
    """The mark itself is not shown; if both marks are there, the internal one wins."""
    account = await desk.connect(extra=MARKED)
    task = desk.ticket(card)
    later(desk)
    async with desk.worker():
        for text in (
            "T24 only among us.",
            "// T24 neither this.",
            "// #public T24 nor this.",
            "#public // T24 and not this.",
            "#publicity T24 is a word.",
            "[QUOTE]#public T24 quoted[/QUOTE] is no answer.",
            "[B]#Public: T24 bold[/B] words.",
            "#public T24 plain words.",
        ):
            desk.comment(task, text)
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert ["[B]T24 bold[/B] words.", "T24 plain words."] == [
        text for text in await page(desk, account, task) if "T24" in text
    ]
    mailed = "\n".join(desk.mailbox.texts())
    assert "T24 plain words." in mailed
    for word in ("#public", "among us", "neither", "nor this", "a word", "quoted"):
        assert word.casefold() not in mailed.casefold()


@CARDS
async def test_a_message_is_released_by_marking_it(desk, card):
    """Staff edit a mark into it: then it is shown, and mailed once."""
    account = await desk.connect(extra=MARKED)
    task = desk.ticket(card)
    later(desk)
    async with desk.worker():
        made = desk.comment(task, "T24 words.")
        await desk.quiet(account)
        assert ([], []) == (desk.mailbox.mails, await page_of_ours(desk, account, task))
        edit(desk, made, "#public T24 words.")
        await desk.stores.due.mark(TicketRef(account.id, task.id))
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    assert ["T24 words."] == await page_of_ours(desk, account, task)
    assert 1 == len(desk.mailbox.mails)


async def page_of_ours(desk, account, task):
    return [text for text in await page(desk, account, task) if "T24" in text]


def edit(desk, made, text):
    """Change a comment or a chat message behind everybody's back."""
    made.text = text


@CARDS
async def test_switching_there_and_back_mails_nothing_old(desk, card):
    """Pages follow each change within seconds; only what is written later is told."""
    account = await desk.connect()
    task = desk.ticket(card)
    later(desk)
    async with desk.worker():
        desk.comment(task, "T24 first.")
        desk.comment(task, "// T24 inside.")
        desk.comment(task, "#public T24 second.")
        await shown(desk, account, task, "T24 first.", "T24 second.")
        await until(lambda: "T24 second." in "".join(desk.mailbox.texts()))
        await desk.quiet(account)

        later(desk)
        account = await save(desk, account, shown_messages="marked")
        await shown(desk, account, task, "T24 second.")
        later(desk)
        desk.comment(task, "T24 third.")
        desk.comment(task, "#public T24 fourth.")
        await shown(desk, account, task, "T24 second.", "T24 fourth.")
        await until(lambda: "T24 fourth." in "".join(desk.mailbox.texts()))
        await desk.quiet(account)
        mails = len(desk.mailbox.mails)

        later(desk)
        account = await save(desk, account, shown_messages="all")
        everything = [f"T24 {one}." for one in ("first", "second", "third", "fourth")]
        await shown(desk, account, task, *everything)
        await desk.quiet(account)
        assert mails == len(desk.mailbox.mails)

        later(desk)
        desk.comment(task, "T24 fifth.")
        await until(lambda: len(desk.mailbox.mails) > mails)
        await desk.quiet(account)

    assert [*everything, "T24 fifth."] == await page_of_ours(desk, account, task)
    assert "T24 fifth." in desk.mailbox.texts()[-1]
    assert "T24 third." not in "".join(desk.mailbox.texts())


@CARDS
async def test_a_long_conversation_changes_as_a_whole(desk, card):
    """This includes messages that are too old to be read again."""
    account = await desk.connect()
    task = desk.ticket(card)
    later(desk)
    texts = [f"T24 no. {number}." for number in range(25)]
    async with desk.worker():
        for number, text in enumerate(texts):
            desk.comment(task, text if number % 5 else f"#public {text}")
        await shown(desk, account, task, *texts)
        later(desk)
        account = await save(desk, account, shown_messages="marked")
        await shown(desk, account, task, *texts[::5])
        later(desk)
        account = await save(desk, account, shown_messages="all")
        await shown(desk, account, task, *texts)


@CARDS
async def test_other_marks_change_pages_and_mail_nothing(desk, card):
    """A new internal mark hides; one that is forgotten reveals nothing."""
    account = await desk.connect()
    task = desk.ticket(card)
    later(desk)
    async with desk.worker():
        desk.comment(task, "// T24 inside.")
        desk.comment(task, "!! T24 loud.")
        await shown(desk, account, task, "!! T24 loud.")
        await until(lambda: desk.mailbox.mails)
        later(desk)
        account = await save(desk, account, internal_marks=("!!",))
        await shown(desk, account, task)
        later(desk)
        account = await save(desk, account, internal_marks=("??",))
        await desk.quiet(account)

    assert [] == await page_of_ours(desk, account, task)
    assert 1 == len(desk.mailbox.mails)


@CARDS
async def test_a_reply_of_a_former_integration_user_stays_the_customers(desk, card):
    """Whoever posts for us now, it is shown as theirs and mailed to nobody."""
    account = await desk.connect(extra=MARKED)
    task = desk.ticket(card)
    new = desk.staff(task)
    later(desk)
    async with desk.worker():
        desk.comment(task, customer_line("Anna Smith") + "T24 my words.", by=1)
        await shown(desk, account, task, "T24 my words.")
        account = await desk.stores.accounts.update(
            account.id, lambda now: now.working_as(new)
        )
        later(desk)
        desk.comment(task, customer_line("Anna Smith") + "T24 by the new one.", by=new)
        desk.comment(task, "#public T24 answer.", by=new)
        mine = ("T24 my words.", "T24 by the new one.", "T24 answer.")
        await shown(desk, account, task, *mine)
        await until(lambda: desk.mailbox.mails)
        await desk.quiet(account)

    picture = await desk.stores.tickets.get(TicketRef(account.id, task.id))
    messages = [one for one in to_page(picture).messages if "T24" in one.text]
    assert [True, True, False] == [one.by_customer for one in messages]
    assert 1 == len(desk.mailbox.mails)
    assert "T24 answer." in desk.mailbox.texts()[0]
    assert "my words" not in desk.mailbox.texts()[0]
