"""What customers see: rows, pages and versions, as the worker committed them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from examples import NOON, message, ticket

from ticket24.domain.portal.folding import latest
from ticket24.domain.portal.pages import Seen, to_page
from ticket24.domain.portal.rows import to_row
from ticket24.domain.tickets.model import (
    File,
    MessageKey,
    Source,
    Status,
    TicketRef,
    Voice,
)
from ticket24.store import keys
from ticket24.store.packing import unpacked
from ticket24.store.tickets.due import ClaimedRef
from ticket24.store.tickets.lists import RedisLists
from ticket24.store.tickets.pages import RedisPages
from ticket24.store.tickets.pictures import RedisTickets

pytestmark = pytest.mark.usefixtures("accounts_there")

ANNA, BEN = 43, 44
GROUPS = {7}
REF = TicketRef("acme", 51)

# `ticket()` and its row as the version before this one stored them.
DEFLATED = bytes.fromhex(
    "01c3925e139381a513529a35454db401b0f654b102b0864bcb2c0229464dc69ec0e66d69515eb19e12"
    "527a06159e7853b2770ea84e0d07363540018b9aa84d8c71a56a23c31043232b030320c299aad1d460"
    "4bd5684ab0a56a34257853237210e38b51543f4323d703d47c478f6114db6b636b01"
)
DEFLATED_ROW = bytes.fromhex(
    "0143ca98a628393300d66c2a56005664699945a94a4889135412e24d96de39a00a321cd86e00851234"
    "ea71a54c23c31043232b030320c29961d1d420d282213c971a62c9a6d06c6968616266680034cbb416"
    "00"
)


@pytest.fixture
def pages(redis):
    return RedisPages(redis)


@pytest.fixture
def lists(redis):
    return RedisLists(redis)


@pytest.fixture
def keep(redis):
    """Commit a picture after the one that is there."""
    tickets = RedisTickets(redis)

    async def keep(after):
        (kept,) = await tickets.get_all([after.ref])
        claimed = ClaimedRef(after.ref, "0")
        assert await tickets.commit(
            after, kept.revision, claimed, [], before=kept.ticket
        )

    return keep


@pytest.fixture
def drop(redis):
    tickets = RedisTickets(redis)

    async def drop(ref=REF):
        (kept,) = await tickets.get_all([ref])
        await tickets.drop(
            ref, kept.revision, ClaimedRef(ref, "0"), None, before=kept.ticket
        )

    return drop


@pytest.fixture
def version(redis):
    async def version(contact_id=ANNA):
        raw = await redis.hget(keys.versions("acme"), str(contact_id))
        return int(raw or 0)

    return version


def numbered(task_id, **fields):
    return ticket(ref=TicketRef("acme", task_id), **fields)


async def test_the_list_holds_the_tickets_of_a_contact(lists, keep):
    """Newest activity first; nobody else's, no other account's."""
    later = NOON + timedelta(minutes=5)
    await keep(numbered(51))
    await keep(numbered(52, active_at=later))
    await keep(numbered(53, contact_ids=(BEN,)))
    await keep(replace(numbered(54), ref=TicketRef("other", 54)))

    listing = await lists.listing("acme", [ANNA], GROUPS)

    expected = (to_row(numbered(52, active_at=later)), to_row(numbered(51)))
    assert expected == listing.rows


async def test_two_contacts_of_one_login_share_a_list(pages, keep, lists):
    """A ticket that belongs to both is listed once, read as far as either has read."""
    await keep(numbered(51, contact_ids=(ANNA, BEN)))
    await keep(numbered(52, contact_ids=(BEN,)))
    await pages.note_seen("acme", [BEN], 51, Seen(chat=1))

    listing = await lists.listing("acme", [ANNA, BEN], GROUPS)

    assert [52, 51] == [row.task_id for row in listing.rows]
    assert [1, 0] == [listing.unread(row) for row in listing.rows]
    assert (51, ANNA, Seen(chat=1)) == _named(
        await pages.ticket("acme", [ANNA, BEN], GROUPS, 51)
    )
    assert (52, BEN, Seen()) == _named(
        await pages.ticket("acme", [ANNA, BEN], GROUPS, 52)
    )


async def test_a_row_of_an_earlier_version_is_healed_by_a_look(
    lists, keep, redis, version
):
    """It is read without a turn, and the next look writes it, which is news."""
    await keep(numbered(51))
    name = keys.rows("acme", ANNA)
    old = json.loads(unpacked(await redis.hget(name, "51")))
    del old["whose"]
    await redis.hset(name, "51", json.dumps(old))
    known = await version()

    (before,) = (await lists.listing("acme", [ANNA], GROUPS)).rows
    await keep(numbered(51))
    (after,) = (await lists.listing("acme", [ANNA], GROUPS)).rows

    assert ("ours", "yours") == (before.turn, after.turn)
    assert known < await version()


async def test_a_picture_of_an_earlier_version_tells_its_turn(pages, keep, redis):
    """The page of an old picture knows who spoke last, and invents no moves."""
    await keep(numbered(51))
    name = keys.ticket(REF)
    old = json.loads(unpacked(await redis.hget(name, "picture")))
    old.pop("moves", None)
    old.pop("status_by", None)
    await redis.hset(name, "picture", json.dumps(old))

    page = (await pages.ticket("acme", [ANNA], GROUPS, 51)).page

    assert ("yours", ()) == (page.turn, page.moves)


async def test_an_update_is_a_restart(pages, lists, keep, redis, version):
    """What the version before stored is listed, opened, found, and moves on."""
    await redis.hset(keys.ticket(REF), mapping={"picture": DEFLATED, "rev": 1})
    await redis.hset(keys.rows("acme", ANNA), "51", DEFLATED_ROW)
    known = await version()

    (row,) = (await lists.listing("acme", [ANNA], GROUPS)).rows
    page = (await pages.ticket("acme", [ANNA], GROUPS, 51)).page
    found = await lists.search("acme", [ANNA], GROUPS, "burns hello")
    await keep(ticket(status=Status.COMPLETED))

    assert (to_row(ticket()), to_page(ticket())) == (row, page)
    assert {51} == found
    (after,) = (await lists.listing("acme", [ANNA], GROUPS)).rows
    assert Status.COMPLETED == after.status
    assert known < await version()


def _named(found):
    return found.page.ref.task_id, found.contact_id, found.seen


async def test_a_department_that_is_dropped_takes_its_tickets_along(pages, keep, lists):
    """What is in no workgroup that was asked for is not there."""
    await keep(ticket())

    assert () == (await lists.listing("acme", [ANNA], {8})).rows
    assert await pages.ticket("acme", [ANNA], {8}, 51) is None
    assert await pages.picture("acme", [ANNA], {8}, 51) is None
    assert set() == await lists.search("acme", [ANNA], {8}, "burns")


async def test_nobody_without_contacts_sees_anything(pages, keep, lists):
    """A login that lost its contacts owns nothing."""
    await keep(ticket())

    assert () == (await lists.listing("acme", [], GROUPS)).rows
    assert await pages.ticket("acme", [], GROUPS, 51) is None


async def test_a_ticket_is_shown_to_its_contact_alone(pages, keep):
    """It does not exist for others or in another account, nor does an unknown one."""
    await keep(ticket())

    found = await pages.ticket("acme", [BEN, ANNA], GROUPS, 51)

    assert (to_page(ticket()), ANNA, Seen()) == (
        found.page,
        found.contact_id,
        found.seen,
    )
    assert await pages.ticket("acme", [BEN], GROUPS, 51) is None
    assert await pages.ticket("other", [ANNA], GROUPS, 51) is None
    assert await pages.ticket("acme", [ANNA], GROUPS, 52) is None


@pytest.mark.parametrize("letters", [10, 70_000])
async def test_a_page_that_was_seen_is_still_its_contacts_alone(pages, keep, letters):
    """Whether kept or too large to be, it is theirs, and as it is now."""
    kept = ticket(description="x" * letters)
    await keep(kept)
    for _ in range(2):
        found = await pages.ticket("acme", [ANNA], GROUPS, 51)
        assert to_page(kept) == found.page
        assert await pages.ticket("acme", [BEN], GROUPS, 51) is None
        assert await pages.ticket("acme", [ANNA], {8}, 51) is None
    moved = replace(kept, contact_ids=(BEN,), subject="Mine now")
    await keep(moved)

    assert await pages.ticket("acme", [ANNA], GROUPS, 51) is None
    assert to_page(moved) == (await pages.ticket("acme", [BEN], GROUPS, 51)).page


def long_ticket(**fields):
    messages = tuple(message(n, "Hello " * 40) for n in range(1, 1_001))
    return ticket(**{"messages": messages} | fields)


async def test_a_long_ticket_opens_by_its_latest_part(pages, keep, redis):
    """It is little to read beside the picture, is theirs alone, and can be whole."""
    await keep(long_ticket())

    found = await pages.ticket("acme", [ANNA], GROUPS, 51)
    whole = await pages.ticket("acme", [ANNA], GROUPS, 51, whole=True)

    assert latest(to_page(long_ticket())) == found.page
    assert 1_000 == found.page.earlier.count + len(found.page.messages)
    assert to_page(long_ticket()) == whole.page
    assert found.page.answers == whole.page.answers
    for options in ({}, {"whole": True}):
        assert not await pages.ticket("acme", [BEN], GROUPS, 51, **options)
        assert not await pages.ticket("acme", [ANNA], {8}, 51, **options)
    sizes = [len(await redis.hget(keys.ticket(REF), n)) for n in ("picture", "latest")]
    assert sizes[0] >= 4 * sizes[1]


async def test_the_latest_part_changes_hands_with_its_ticket(pages, keep, redis):
    """A row of old opens no part, and the new customer sees what is there now."""
    await keep(long_ticket())
    await keep(long_ticket(contact_ids=(BEN,), subject="Mine now"))
    await redis.hset(keys.rows("acme", ANNA), "51", b"{}")

    assert await pages.ticket("acme", [ANNA], GROUPS, 51) is None
    found = await pages.ticket("acme", [BEN], GROUPS, 51)
    assert ("Mine now", 936) == (found.page.subject, found.page.earlier.count)


async def test_the_part_of_another_revision_is_not_shown(pages, keep, redis):
    """What a version without parts has written beside it is what counts."""
    await keep(long_ticket())
    name = keys.ticket(REF)
    old = json.loads(unpacked(await redis.hget(name, "picture")))
    old["subject"] = "Newer"
    await redis.hset(name, mapping={"picture": json.dumps(old), "rev": "2"})

    page = (await pages.ticket("acme", [ANNA], GROUPS, 51)).page

    assert ("Newer", 0) == (page.subject, page.earlier.count)


async def test_a_ticket_that_became_short_has_no_part(pages, keep, redis):
    """Nothing of what it was is kept."""
    await keep(long_ticket())
    await keep(ticket())

    assert not await redis.hexists(keys.ticket(REF), "latest")
    assert to_page(ticket()) == (await pages.ticket("acme", [ANNA], GROUPS, 51)).page


async def test_a_part_is_as_young_as_the_last_look(pages, keep, version):
    """A look that brought nothing changes no version, but says when we looked."""
    await keep(long_ticket())
    before = await version()
    later = NOON + timedelta(hours=1)

    await keep(long_ticket(looked_at=later))

    assert before == await version()
    found = await pages.ticket("acme", [ANNA], GROUPS, 51)
    assert (later, 936) == (found.page.looked_at, found.page.earlier.count)


async def test_a_download_finds_the_whole_picture(pages, keep):
    """It includes what is internal, and whose ticket it is."""
    kept = ticket(messages=(message(voice=Voice.INTERNAL),))
    await keep(kept)

    assert (kept, ANNA) == await pages.picture("acme", [ANNA], GROUPS, 51)
    assert await pages.picture("acme", [BEN], GROUPS, 51) is None


async def test_a_ticket_that_changes_hands_leaves_the_first(
    pages, keep, version, lists
):
    """Bound to another contact it is his; both see that something changed."""
    await keep(ticket(contact_ids=(ANNA,)))
    anna = await version(ANNA)

    await keep(ticket(contact_ids=(BEN,)))

    assert () == (await lists.listing("acme", [ANNA], GROUPS)).rows
    assert await pages.ticket("acme", [ANNA], GROUPS, 51) is None
    assert BEN == (await pages.ticket("acme", [BEN], GROUPS, 51)).contact_id
    assert anna < await version(ANNA)
    assert 0 < await version(BEN)


async def test_a_row_of_old_opens_no_picture(pages, keep, redis):
    """The picture itself must also say whose ticket it is."""
    await keep(ticket(contact_ids=(BEN,)))
    await redis.hset(keys.rows("acme", ANNA), "51", b"{}")

    assert await pages.ticket("acme", [ANNA], GROUPS, 51) is None


async def test_a_ticket_that_went_away_is_not_there(pages, keep, drop, version, lists):
    """It is nowhere once dropped, and comes back with its next picture."""
    await keep(ticket())
    there = await version()

    await drop()
    gone = await version()
    assert () == (await lists.listing("acme", [ANNA], GROUPS)).rows
    assert await pages.ticket("acme", [ANNA], GROUPS, 51) is None
    assert set() == await lists.search("acme", [ANNA], GROUPS, "burns")

    await keep(ticket())
    assert to_page(ticket()) == (await pages.ticket("acme", [ANNA], GROUPS, 51)).page
    assert there < gone < await version()


async def test_a_late_commit_moves_nothing(lists, keep, redis, version):
    """A picture that lost the race changes neither rows nor versions."""
    await keep(ticket())
    before = await version()

    late = ticket(subject="late", contact_ids=(BEN,))
    assert not await RedisTickets(redis).commit(
        late, 0, ClaimedRef(REF, "0"), [], before=None
    )

    assert to_row(ticket()) == (await lists.listing("acme", [ANNA], GROUPS)).rows[0]
    assert (before, 0) == (await version(), await version(BEN))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Printer is out"},
        {"status": Status.COMPLETED},
        {"deadline": NOON},
        {"messages": (message(text="Hello, edited"),)},
        {"messages": ()},
    ],
)
async def test_what_can_be_seen_moves_the_version(keep, version, change):
    """A poll that asks whether anything changed is told so."""
    await keep(ticket())
    before = await version()

    await keep(ticket(**change))

    assert before < await version()


@pytest.mark.parametrize(
    "change",
    [
        {"looked_at": NOON + timedelta(hours=1)},
        {"chat_id": 12, "service_comments": 4},
        {"messages": (message(told=True), message(2, "// hm", voice=Voice.INTERNAL))},
    ],
)
async def test_what_cannot_be_seen_does_not(keep, version, change):
    """A look that brought nothing for the customer leaves his pages unchanged."""
    await keep(ticket())
    before = await version()

    await keep(ticket(**change))

    assert before == await version()


async def test_opening_a_ticket_marks_it_read(pages, keep, version, lists):
    """Newer messages of the staff are unread again; reading never goes back."""
    forum = message(7, key=MessageKey(Source.FORUM, 7))
    await keep(ticket(messages=(message(1), message(2), forum)))
    before = await version()

    await pages.note_seen("acme", [ANNA], 51, Seen(forum=7, chat=1))
    await pages.note_seen("acme", [ANNA], 51, Seen(forum=3, chat=0))

    listing = await lists.listing("acme", [ANNA], GROUPS)
    assert {51: Seen(forum=7, chat=1)} == listing.seen
    assert 1 == listing.unread(listing.rows[0])
    assert before < await version()


async def test_reading_the_same_again_changes_nothing(pages, keep, version):
    """Only what moved moves the version."""
    await keep(ticket())
    await pages.note_seen("acme", [ANNA], 51, Seen(chat=1))
    before = await version()

    await pages.note_seen("acme", [ANNA], 51, Seen(chat=1))

    assert before == await version()


async def test_only_owners_read(pages, keep, redis):
    """What a stranger claims to have read is not kept."""
    await keep(ticket())

    await pages.note_seen("acme", [BEN], 51, Seen(chat=1))

    assert 0 == await redis.exists(keys.seen("acme", BEN))


async def test_versions_never_repeat(keep, version, redis):
    """Not even when Redis has lost them all, or its clock was set back."""
    await keep(ticket())
    first = await version()
    await redis.delete(keys.versions("acme"), keys.ticket(ticket().ref))
    await keep(ticket())
    second = await version()
    future = second + 10**12
    await redis.hset(keys.versions("acme"), str(ANNA), future)

    await keep(ticket(subject="Printer is out"))

    assert first < second
    assert future + 1 == await version()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", set()),
        ("PRINTER", {51, 52}),
        ("printer burns", {51}),
        ('said "now"', {52}),
        ("größe", {52}),
        ("secret", set()),
        ("#urgent [b]", {52}),
        ("url", set()),
        ("klaus@example", {52}),
        ("gro\u0308\xdfe", {52}),
        ("grosse", {52}),
        ("\uff30\uff32\uff29\uff2e\uff34\uff25\uff32", {51, 52}),
        ("\u200fprin\xadter\ufeff", {51, 52}),
        ("foto.jpg", {52}),
        ("\uff02now\uff02", {52}),
        ('"printer burns"', {51}),
        ("Print* (burns).", {51}),
        ("*", set()),
    ],
)
async def test_a_search_finds_words_in_what_is_public(lists, keep, words, expected):
    """Subject, description and messages; every word, whatever its case."""
    internal = message(2, "// secret", voice=Voice.INTERNAL)
    await keep(numbered(51, messages=(internal,)))
    told = (
        message(1, '[URL=https://example.com]He said[/URL] "NOW", GRÖSSE 2'),
        message(2, "Größe 2, klaus@example.com", voice=Voice.CUSTOMER),
        message(3, "#\u2060urgent [\u2060b]", voice=Voice.CUSTOMER),
    )
    photo = File(3, "Fo\u0301to.JPG", 10)
    await keep(numbered(52, description="", messages=told, files=(photo,)))
    await keep(numbered(53, contact_ids=(BEN,)))

    assert expected == await lists.search("acme", [ANNA], GROUPS, words)


async def test_a_search_finds_files_that_a_customer_may_see(lists, keep):
    """It finds them by name, but not those of an internal message."""
    bill = File(4, 'Rechnung "neu" März.pdf', 10)
    secret = message(2, "// x", voice=Voice.INTERNAL, files=(File(5, "kunde.xls", 1),))
    await keep(numbered(51, messages=(message(1, "See", files=(bill,)), secret)))

    assert {51} == await lists.search("acme", [ANNA], GROUPS, 'MA\u0308RZ.pdf "NEU"')
    assert set() == await lists.search("acme", [ANNA], GROUPS, "kunde.xls")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("[TMail SAAS] error 42", True),
        ("saas", True),
        ("final.pdf", False),
        ("[final].pdf", True),
        ("final", True),
        ("bold", True),
        ("color", False),
    ],
)
async def test_a_search_finds_what_people_put_in_brackets(lists, keep, words, found):
    """In a subject, a file's name or a message: only Bitrix24's tags are none of it."""
    said = message(1, "See [ERROR 42], [COLOR=#f00]this is [B]bold[/B][/COLOR]")
    plan = File(4, "plan [final].pdf", 10)
    subject = "[TMail SAAS] Notification"
    await keep(numbered(51, subject=subject, messages=(said,), files=(plan,)))

    expected = {51} if found else set()
    assert expected == await lists.search("acme", [ANNA], GROUPS, words)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        *((one, {51}) for one in ("email", "e-mail", "E\u2011Mail", "wifi", "Wi-Fi")),
        *((one, {51}) for one in ("AB-12", "ab12", "2026-11", "wi fi", "-")),
        ("e-mails", set()),
    ],
)
async def test_a_search_finds_words_with_and_without_hyphens(lists, keep, words, found):
    """People write them as they like, and look for them as they like."""
    said = message(1, "No E-Mail by WiFi, device AB-1234 since 2026-11-30")
    await keep(numbered(51, messages=(said,)))

    assert found == await lists.search("acme", [ANNA], GROUPS, words)


async def test_a_search_looks_at_every_ticket(lists, keep):
    """However many a customer has."""
    for number in range(1, 121):
        await keep(numbered(number, subject=f"Printer {number % 2}", messages=()))

    odd = set(range(1, 121, 2))
    assert odd == await lists.search("acme", [ANNA], GROUPS, "printer 1")


async def test_pages_know_how_old_they_may_be(pages, redis):
    """When Bitrix24 was asked last and answered; nothing before the first time."""
    assert await pages.seen_at("acme") is None

    await redis.hset(keys.state("acme"), "seen_at", "1795262400.5")

    expected = datetime(2026, 11, 21, 12, 0, 0, 500_000, UTC)
    assert expected == await pages.seen_at("acme")
