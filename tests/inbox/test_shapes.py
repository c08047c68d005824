"""Answers that programs wrap up: Outlook's winmail.dat, signatures, and reactions."""

from pathlib import Path

import pytest
import pytest_asyncio
from answering import socket_of, told, with_mail_in
from desk import until
from handing_over import address_in, handing_over
from living import HURRY

from bitrix24_sandbox.account.records import Status

MAILS = Path(__file__).parents[1] / "samples" / "mails"
ENCRYPTED = "Part of this email is encrypted, so we can’t read it."
# What stands in the ticket, and the files that are there; nothing of what is dropped.
WORDS = {
    "outlook_rich_text": (
        "Die Bügelstation pfeift wieder.\nPreis: 5 €, sofort.",
        ["Prüfung.txt"],
    ),
    "outlook_html": ("Die Pumpe läuft.\n\nDanke für alles & bis bald.", []),
    "outlook_besides_words": ("Only these words count.", ["Prüfung.txt"]),
    "smime_signed": ("Der Drucker läuft wieder.", ["log.txt"]),
    "smime_encrypted": (ENCRYPTED, ["smime.p7m"]),
    "no_reaction": ("Peter reacted to your message:\nhe wants his money back.", []),
}
REACTIONS = {
    "reaction_outlook": "👍",
    "reaction_outlook_text": "😢",
    "reaction_outlook_german": "❤️",
    "reaction_gmail": "👍",
    "reaction_gmail_words_alone": "🙏",
    "reaction_outlook_taken_back": "",
}


@pytest.fixture
def pace():
    return HURRY


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk):
    return await with_mail_in(shared_desk)


@pytest.fixture
def socket(desk):
    return socket_of(desk)


def raw_of(name, mail):
    """Return a sample as the recipient of a mail of ours answers with it."""
    person = mail["To"].addresses[0]
    text = (MAILS / f"{name}.eml").read_text(encoding="utf-8")
    return (
        text.format(
            by=f'"{person.display_name}" <{person.addr_spec}>',
            person=person.display_name,
            to=mail["Reply-To"],
            subject=mail["Subject"],
            id=mail["Message-ID"],
            name=name,
        )
        .replace("\n", "\r\n")
        .encode()
    )


async def handed(desk, session, name, mail):
    before = await desk.stores.arrivals.came()
    await session.mail(raw_of(name, mail), address_in(mail))

    async def settled():
        return (await desk.stores.arrivals.came()).settled > before.settled

    await until(settled)


async def test_the_words_and_files_are_found_wherever_they_are(desk, socket):
    """What nobody but its owner can open is a file, with a sentence."""
    task = desk.ticket()
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        mail = await told(desk, task)
        for name in WORDS:
            await handed(desk, session, name, mail)
        account = await desk.stores.accounts.by_slug("acme")
        await desk.rested(account)
        came = await desk.stores.arrivals.came()

    texts = [one.text for one in desk.world.messages.values()]
    for words, files in WORDS.values():
        assert any(words in text.replace("\u2060", "") for text in texts), words
        assert {*files} <= {one.name for one in desk.world.files.values()}
    names = [one.name for one in desk.world.files.values()]
    assert "winmail.dat" not in names
    assert 1 == names.count("smime.p7m")
    assert {"message": len(WORDS)} == {
        fate.value: count for fate, count in came.fates.items() if count
    }


@pytest.mark.parametrize("card", ["chat", "forum"])
async def test_a_reaction_is_shown_as_one_and_opens_nothing_again(desk, socket, card):
    """Whatever it shows; one that is taken back is dropped."""
    task = desk.ticket(card)
    async with desk.worker(), desk.inbox(), handing_over(socket) as session:
        account = await desk.stores.accounts.by_slug("acme")
        mail = await told(desk, task)
        desk.act(task, "complete")
        await until(lambda: desk.mailbox.of_kind("completed"))
        for name in REACTIONS:
            await handed(desk, session, name, mail)
        await desk.rested(account)
        came = await desk.stores.arrivals.came()

    texts = [one.text for one in desk.world.messages.values()]
    texts += [one.text for one in desk.world.comments.values()]
    for emoji in filter(None, REACTIONS.values()):
        assert any(f"{emoji} (reaction to an email)" in text for text in texts), emoji
    assert not any("reacted" in text or "reagiert" in text for text in texts)
    assert Status.COMPLETED is task.status
    assert {"message": 5, "dropped": 1} == {
        fate.value: count for fate, count in came.fates.items() if count
    }
