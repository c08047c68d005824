"""Staff look as the customer, and act for the contact of their card alone."""

import html
import re
from http.cookies import SimpleCookie
from urllib.parse import urljoin

from aiohttp import FormData
from contact_tab import PATH, TICKET, get, kept_of, news_of, password_in, said
from desk import until

from bitrix24_sandbox.account import people
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from ticket24.domain.customers.logins import Login
from ticket24.store import keys
from ticket24.store.sign_in.invitations import RedisInvitations
from ticket24.store.sign_in.onlookers import RedisOnlookers
from ticket24.store.sign_in.sessions import RedisSessions


async def test_the_portal_opens_as_the_customer_sees_it(desk, tab, mehmet):
    """A short session to look only, and it is noted who looks."""
    frame = await tab()

    await frame.submit("/contact-tab/view")

    home = f"/p/{desk.account.slug}/"
    assert (303, home) == (frame.status, frame.headers["Location"])
    cookie = SimpleCookie(frame.headers["Set-Cookie"])["ticket24_session"]
    assert (home, "Lax", True) == (
        cookie["path"],
        cookie["samesite"],
        cookie["httponly"],
    )
    login = await RedisSessions(desk.stores.redis).login(desk.account.id, cookie.value)
    name = desk.world.users[1].full_name
    assert (
        Login(
            desk.account.id,
            (mehmet.id,),
            mehmet.emails[0].value,
            mehmet.full_name,
            login.version,
            read_only=True,
            onlooker=name,
        )
        == login
    )
    (onlooker,) = await RedisOnlookers(desk.stores.redis).latest(
        desk.account.id, mehmet.id
    )
    assert (1, name) == (onlooker.user_id, onlooker.name)
    assert f"Last viewed by {name} just now" in said((await tab()).page)


async def test_twenty_onlookers_are_remembered(desk, tab, mehmet):
    """The latest ones, the last of them first."""
    frame = await tab()
    token = {"csrf_token": frame.token}
    for _ in range(22):
        await frame.post(f"{PATH}/view", token)

    onlookers = await RedisOnlookers(desk.stores.redis).latest(
        desk.account.id, mehmet.id
    )
    assert 20 == len(onlookers)
    assert onlookers == sorted(onlookers, key=lambda one: one.at, reverse=True)


async def test_a_visit_is_of_one_contact_alone(desk, tab, mehmet, mailbox):
    """Whatever a form says: a visit for one contact does nothing to another."""
    other = people.add_contact(
        desk.world,
        1,
        "Other",
        "One",
        emails=["other@example.com"],
        custom={PASSWORD_FIELD: "their-own-password"},
    )
    frame = await tab(other)
    theirs = {"contact_id": mehmet.id, "ID": mehmet.id, "id": mehmet.id}
    names = {name: str(value) for name, value in theirs.items()}
    before = kept_of(desk, mehmet)

    await frame.submit(
        "/contact-tab/password", do="save", password="taken-over-1", **names
    )
    await frame.submit("/contact-tab/invitation", email=mehmet.emails[0].value, **names)
    await frame.submit("/contact-tab/tickets", **(TICKET | names))
    await frame.submit("/contact-tab/view", **names)
    cookie = SimpleCookie(frame.headers["Set-Cookie"])["ticket24_session"].value

    assert before == kept_of(desk, mehmet)
    assert "taken-over-1" == kept_of(desk, other)
    stores = desk.stores
    assert None is await RedisInvitations(stores.redis).latest(
        desk.account.id, mehmet.id
    )
    assert [] == await stores.commands.waiting(desk.account.id, [mehmet.id])
    assert 1 == len(await stores.commands.waiting(desk.account.id, [other.id]))
    login = await RedisSessions(stores.redis).login(desk.account.id, cookie)
    assert (other.id,) == login.contact_ids


async def test_two_contacts_with_one_address_stay_apart(desk, tab, mehmet):
    """The tab of one shows neither the tickets nor the password of the other."""
    twin = people.add_contact(
        desk.world, 1, "Twin", "Yilmaz", emails=[mehmet.emails[0].value]
    )
    async with desk.worker():
        await until(
            lambda: desk.stores.redis.hlen(keys.rows(desk.account.id, mehmet.id))
        )

    frame = await tab(twin)

    assert "No tickets yet" in frame.page
    assert "" == password_in(frame.page)
    await frame.submit("/contact-tab/password", do="save", password="the-twins-own")
    assert "the-twins-own" != kept_of(desk, mehmet)


async def test_uploads_are_of_the_contact(desk, tab, mehmet):
    """A file sent ahead waits for this customer's ticket and no other's."""
    frame = await tab()
    where = re.search(r'data-uploads="([^"]*)"', frame.page)[1]
    upload = await send_file(frame, where)
    spool = desk.stores.spool

    assert await spool.owned(desk.account.id, mehmet.id, [upload["id"]])
    assert not await spool.owned(desk.account.id, mehmet.id + 1, [upload["id"]])

    await frame.submit("/contact-tab/tickets", **TICKET, upload=upload["id"])
    (one,) = await desk.stores.commands.waiting(desk.account.id, [mehmet.id])
    assert ["plan.txt"] == [kept.name for kept in one.command.uploads]


async def test_a_file_in_the_form_arrives(desk, tab):
    """Without a script, files are sent with the form."""
    frame = await tab()
    files = [("files", "plan.txt", b"The plan")]
    async with desk.worker():
        await frame.submit("/contact-tab/tickets", files=files, **TICKET)
        task = await until(
            lambda: next(
                (
                    t
                    for t in desk.world.tasks.values()
                    if t.title == TICKET["subject"] and t.files
                ),
                None,
            )
        )

    objects = [desk.world.attachments[number].object_id for number in task.files]
    assert ["plan.txt"] == [desk.world.files[number].name for number in objects]


async def send_file(frame, where):
    form = FormData()
    form.add_field("files", b"The plan", filename="plan.txt")
    headers = {"Authorization": f"Bearer {frame.token}", "Accept": "application/json"}
    url = urljoin(frame.url, html.unescape(where))
    async with frame.http.post(url, data=form, headers=headers) as answer:
        return await answer.json() | {"status": answer.status}


async def test_scripts_hear_news_without_asking_bitrix24(desk, tab, mehmet):
    """The list and the invitation, by the token of the visit and its card's proof."""
    frame = await tab()
    await frame.submit("/contact-tab/tickets", **TICKET)
    where = news_of(frame)
    asked = len(desk.world.log)

    status, page = await get(frame, where)

    assert 200 == status
    assert "Printer is on fire On its way." in said(page)
    assert asked == len(desk.world.log)
    for wrong in ("", "x" * 32):
        status, page = await get(frame, f"/bitrix24/contact-tab/news?card={wrong}")
        assert 401 == status
        assert "Printer" not in page
