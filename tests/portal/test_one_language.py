"""A customer who reads one language alone, from the sign-in to the last mail."""

from dataclasses import replace

import pytest
from desk import Desk, until
from examples import NOON, message, ticket
from living import HURRY
from plainbrowser import PlainBrowser
from readable import Reader, heard_in, said_in

from bitrix24_sandbox.account import people
from ticket24 import i18n
from ticket24.domain.commands.model import OpenTicket
from ticket24.domain.tickets.model import File, TicketRef
from ticket24.flows.customers import inviting
from ticket24.pace import Hashing
from ticket24.store import keys
from ticket24.store.tickets.due import ClaimedRef

LANGUAGES = pytest.mark.parametrize("language", ["de", "pt"])

# The company of the German reader speaks English, that of the Portuguese Portuguese.
ACCEPTED = {"de": "de-AT, de;q=0.9, en;q=0.5", "pt": ""}

QUICK = replace(
    HURRY,
    gathering_seconds=0.05,
    calls_per_second=50,
    account_seconds=0.0,
    sign_in_step_seconds=0.01,
    hashing=Hashing(1, 1024),
)

# What people and the company wrote: the reader knows it, whatever its language.
COMPANY, SUBJECT, TEXT, SAID = "Zackig", "Walzblech", "Rumpelt.", "Wackelt."
STAFF = "Olga Meier"
TAGS = ("Blau", "Rot", "Grün", "Gelb", "Nord")
NAMED = ("Kranbau", "Kesselbau", "zettel.txt", "gross.bin", "prog.exe", "leer.txt")
EMAIL, PASSWORD = "zazie@example.com", "gehampelt"
SETTINGS = """
status_mails = true
company_name = "Zackig"
language = "%s"
[tags]
message_type = ["Blau"]
priority = ["Rot", "Grün"]
sector = ["Gelb", "Nord"]
[[departments]]
name = "Kranbau"
group_id = {support}
responsible_id = 3
[[departments]]
name = "Kesselbau"
group_id = {sales}
"""


class Walk:
    """A reader's way through the portal; `met` is all that was said, by its place."""

    def __init__(self, desk, browser, language, met=None):
        self.desk, self.language = desk, language
        self.met = {} if met is None else met
        self._browser = browser
        self.say = i18n.translations(language).gettext

    async def open(self, path, status=200):
        page = await self._browser.open(self.desk.portal(path))
        return self._read(page, status)

    async def send(self, page, action, button="", status=200, files=(), **values):
        form = page.form(action).fill(**values)
        if files:
            form.attach(files=files)
        button = self.say(button) if button else None
        return self._read(await self._browser.send(page, form, button), status)

    async def press(self, page, action):
        """Press the button outside any form that leads there."""
        words = next(
            words
            for words, button in page.outside.items()
            if button.get("formaction", "").endswith(action)
        )
        return self._read(await self._browser.press(page, words), 200)

    async def mails(self, kind, count=1):
        """Read all mails of a kind that came to the reader."""

        def come():
            mails = self.desk.mailbox.of_kind(kind)
            mine = [mail for mail in mails if mail["X-Envelope-To"] == EMAIL]
            return mine if len(mine) >= count else None

        mails = await until(come)
        for number, mail in enumerate(mails):
            self.met[f"mail {kind} {number}"] = heard_in(mail)
        return mails

    @staticmethod
    def link_in(mail):
        text = mail.get_body(("plain",)).get_content()
        return text.partition("/p/acme/")[2].split()[0]

    def _read(self, page, status):
        assert status == page.status, page.url
        place = f"{len(self.met)} {page.url.rpartition('/p/')[2]}"
        self.met[place] = said_in(page.html)
        return page


@pytest.fixture
async def desk(redis, redis_url, mailbox, tmp_path):
    limits = {"upload_megabytes": 1, "upload_files": 2}
    async with Desk(redis_url, mailbox, tmp_path, pace=QUICK, **limits) as desk:
        yield desk


async def sign_in(walk):
    """Sign in with a wrong password, after a link that was asked for, then rightly."""
    page = await walk.open("login")
    page = await walk.send(page, "/login", status=422)
    page = await walk.send(page, "/login", status=422, email="x@", password="y")
    page = await walk.send(page, "/login", status=422, email=EMAIL, password="wrong")
    link = await walk.open("login/link")
    await walk.send(link, "/login/link", email=EMAIL)
    (mail,) = await walk.mails("sign_in")
    await walk.open(walk.link_in(mail))
    await walk.send(page, "/login", email=EMAIL, password=PASSWORD)


async def ask(walk):
    """Find nothing yet, make every fault, send a ticket with files; return its task."""
    for path in ("", "?show=yours", "?show=closed", "?q=xyzzy"):
        await walk.open(path)
    page = await walk.open("tickets/new")
    much = {"subject": f"{SUBJECT} " * 50, "text": f"{TEXT} " * 9_000, "cc": "a@"}
    files = [("gross.bin", b"x" * 1_100_000), ("prog.exe", b"MZ"), ("leer.txt", b"")]
    page = await walk.send(page, "/tickets/new", status=422)
    await walk.send(page, "/tickets/new", status=422, files=files, **much)
    many = [(f"{number}.txt", b"x") for number in range(3)]
    crowd = ", ".join(f"{number}@example.com" for number in range(30))
    await walk.send(page, "/tickets/new", status=422, files=many, cc=crowd)
    choices = {"department": "Kranbau", "priority": "Rot", "message_type": "Blau"}
    files = [("zettel.txt", b"x"), ("gross.bin", b"x" * 999_000)]
    sent = {"sector": "Gelb", "subject": SUBJECT, "text": TEXT, "cc": "", **choices}
    page = await walk.send(page, "/tickets/new", files=files, **sent)
    number = int(page.url.rpartition("/")[2])
    await walk.mails("created")
    return walk.desk.world.tasks[number]


async def talk(walk, task):
    """Read an answer, reply with faults and without, be asked; solve and reopen."""
    desk, ticket = walk.desk, f"tickets/{task.id}"
    desk.act(task, "start")
    await walk.mails("status")
    desk.comment(task, SAID)
    await walk.mails("replied")
    await walk.open("")
    await walk.open("?show=yours")
    page = await walk.open(ticket)
    await walk.send(page, "/replies", status=422)
    await walk.send(page, "/replies", text=TEXT)
    page = await walk.open(ticket)
    await walk.send(page, "/replies", status=409, text=TEXT)
    desk.comment(task, f"{SAID} {SAID}")
    await walk.mails("replied", 2)
    page = await walk.press(page, "/complete")
    await walk.open("?show=closed")
    page = await walk.press(page, "/reopen")
    desk.act(task, "complete")
    await walk.mails("completed")
    await walk.open(ticket)


async def leave(walk, contact, account):
    """Sign out, everywhere too; come back by an invitation, with a link used twice."""
    await walk.open("nothing", status=404)
    await walk.open("tickets/9999", status=404)
    page = await walk.open("")
    await walk.send(page, "/logout", status=403, csrf_token="0" * 48)
    page = await walk.open("")
    await walk.send(page, "/logout")
    stores = walk.desk.stores
    (customer,) = (await stores.customers.get_all(account.id, [contact])).values()
    await inviting.invite(account, customer, EMAIL, STAFF, stores)
    (mail,) = await walk.mails("invitation")
    page = await walk.open(walk.link_in(mail))
    await walk.send(page, "")
    page = await walk.open("")
    await walk.send(page, "/logout", button="Sign out on all devices")
    await walk.open(walk.link_in(mail), 410)


async def find_things_amiss(walk, contact, account, group):
    """Meet a long ticket, Bitrix24 away, a ticket that moves away, a portal to look at.

    No worker is at work: what is put there stays.
    """
    stores = walk.desk.stores
    said = [message(number, SAID, author=STAFF) for number in range(1, 40)]
    said.append(message(40, SAID, author=STAFF, files=(File(5, "zettel.txt", 9),)))
    long = ticket(
        ref=TicketRef(account.id, 9_000),
        subject=SUBJECT,
        description=TEXT,
        group_id=group,
        responsible=STAFF,
        contact_ids=(contact,),
        messages=tuple(said),
    )
    await keep(stores, long)
    page = await walk.open("login")
    await walk.send(page, "/login", email=EMAIL, password=PASSWORD)
    await walk.open("tickets/9000")
    page = await walk.open("tickets/9000")  # It was read, and so is folded.
    assert "data-fold" in page.html
    walk.desk.world.faults.rest = "502"
    await stores.redis.hset(keys.state(account.id), "seen_at", 1_795_000_000)
    await walk.open("tickets/9000/files/d5", status=503)
    await walk.open("")
    new = OpenTicket("c0ffee", account.id, contact, "Zazie", NOON, group, SUBJECT, TEXT)
    assert await stores.commands.put(new)
    await walk.open(f"received/{new.id}")
    page = await walk.open("tickets/9000")
    await keep(stores, replace(long, group_id=99))
    await walk.send(page, "/replies", status=404, text=TEXT)
    await walk.open("tickets/9000", status=404)


async def look_on(walk):
    """See the list, a ticket and the forms as this customer, and change nothing."""
    await walk.open("")
    await walk.open("tickets/9000", status=404)
    page = await walk.open("tickets/new")
    await walk.send(page, "/tickets/new", status=403, subject=SUBJECT, text=TEXT)
    await walk.open("logout")


async def try_too_often(walk):
    """Guess a password until there is a pause."""
    page = await walk.open("login")
    for status in [422] * 5 + [429]:
        await walk.send(
            page, "/login", status=status, email="a@example.com", password="x"
        )


async def keep(stores, after):
    (kept,) = await stores.tickets.get_all([after.ref])
    claimed = ClaimedRef(after.ref, "0")
    assert await stores.tickets.commit(
        after, kept.revision, claimed, [], before=kept.ticket
    )


@LANGUAGES
async def test_nobody_meets_another_language(desk, language):
    """No page and no mail says a word that is not the reader's, or a known name."""
    world = desk.world
    zazie = people.add_contact(world, 1, "Zazie", emails=[EMAIL], password=PASSWORD)
    account_language = "en" if ACCEPTED[language] else language
    account = await desk.connect(settings=SETTINGS % account_language)
    accepted = {"Accept-Language": ACCEPTED[language]}
    async with PlainBrowser(accepted) as browser, desk.worker():
        walk = Walk(desk, browser, language)
        await walk.open("tickets/7")
        await sign_in(walk)
        task = await ask(walk)
        await talk(walk, task)
        await leave(walk, zazie.id, account)
    cookie = await desk.stores.sessions.start_onlooker(
        account.id, zazie.id, EMAIL, "Zazie", STAFF
    )
    onlooker = {**accepted, "Cookie": f"ticket24_session={cookie}"}
    async with (
        PlainBrowser(accepted) as browser,
        PlainBrowser(onlooker) as looking,
        PlainBrowser(accepted) as stranger,
    ):
        walk, met = Walk(desk, browser, language, walk.met), walk.met
        await find_things_amiss(walk, zazie.id, account, task.group_id)
        await look_on(Walk(desk, looking, language, met))
        await try_too_often(Walk(desk, stranger, language, met))

    staff = [one.full_name for one in world.users.values()]
    known = (COMPANY, SUBJECT, TEXT, SAID, STAFF, "Zazie", *TAGS, *NAMED, *staff)
    reader = Reader(language, known)
    assert {} == {
        where: strange
        for where, texts in walk.met.items()
        if (strange := reader.strange(texts))
    }


@pytest.mark.parametrize(
    ("html", "strange"),
    [
        ("<p>Ihr Ticket</p>", []),
        ("<p>Walzblech <b>gelöst</b> vor 3 Stunden, 4,3 MB</p>", []),
        ("<p>Your ticket</p>", ["Your ticket"]),
        ("<p>Ihr Ticket, please</p>", ["Ihr Ticket, please"]),
        ('<img alt="Screenshot"><i title="Close">x</i>', ["Screenshot", "Close"]),
        ('<input placeholder="Search" type="submit" value="Go">', ["Search", "Go"]),
        ('<ol data-again="Try again" data-state="new"></ol>', ["Try again"]),
        ("<template><p>Removed</p></template>", ["Removed"]),
        ("<p>9 November 2026</p><p>9. November 2026</p>", ["9 November 2026"]),
        ("<p>4.3 MB</p><p>12,000</p><p>4 PM</p>", ["4.3 MB", "12,000", "4 PM"]),
        ("<p>Files:</p><p>Name</p>", ["Files:"]),
        ("<script>let words = 'Nothing';</script>", []),
    ],
)
def test_another_language_is_seen(html, strange):
    """In texts, attributes, dates and numbers, so the test above can fail."""
    assert strange == Reader("de", [SUBJECT, "x"]).strange(said_in(html))
