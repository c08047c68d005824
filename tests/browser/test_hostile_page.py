"""A real browser meets everything hostile at once, and nothing happens."""

from dataclasses import replace

from examples import NOON, message, ticket
from hostile import TEXTS
from showroom import SETTINGS, Showroom

from ticket24.domain.commands.model import PostReply
from ticket24.domain.lines import one_line
from ticket24.domain.messages.voices import customer_line
from ticket24.domain.settings.model import Department, OwnWords, Tags
from ticket24.domain.tickets.descriptions import harmless
from ticket24.domain.tickets.model import File, MessageKey, Source, TicketRef, Voice

ANNA = 43
WORDS = [text.replace("\ud83d", "") for text in TEXTS]
HOSTILE = replace(
    SETTINGS,
    company_name=WORDS[1],
    tags=Tags(tuple(WORDS), tuple(WORDS), ()),
    departments=tuple(
        Department(n, WORDS[n], 1, 1, OwnWords(WORDS[n]), OwnWords(WORDS[-n]))
        for n in range(7, 12)
    ),
)


async def furnish(room):
    """Say everything in one ticket, and again in the subjects of a list."""
    said = []
    for number, words in enumerate(WORDS, 1):
        files = (File(number, f"{words}.pdf", 9),)
        staff = message(2 * number, words, author=words, files=files)
        mine = customer_line(words) + harmless(words)
        said.append(staff)
        said.append(
            message(2 * number + 1, mine, voice=Voice.CUSTOMER, author=one_line(words))
        )
    ref = TicketRef(room.account.id, 51)
    everything = "\n".join(WORDS)
    await room.keep(ticket(ref=ref, description=everything, messages=tuple(said)))
    await room.commands.put(
        PostReply("c1", ref, ANNA, one_line(WORDS[2]), NOON, everything)
    )
    for number, words in enumerate(WORDS, 100):
        key = MessageKey(Source.CHAT, number)
        await room.keep(
            ticket(
                ref=TicketRef(room.account.id, number),
                subject=words,
                responsible=words,
                tags=(words,),
                messages=(message(key=key),),
            )
        )


async def test_nothing_hostile_happens_in_a_browser(
    redis, redis_url, open_page, faults
):
    """No dialog, no script, no broken rule, no request elsewhere: words alone."""
    async with Showroom(redis, redis_url, settings=HOSTILE) as room:
        await furnish(room)
        page = await open_page()
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        cookie = await room.cookie(ANNA, name=WORDS[3])
        await page.context.add_cookies(
            [{"name": "ticket24_session", "value": cookie, "url": room.address()}]
        )
        for path in ("", "?show=all&page=2", "?q=%3Cscript%3E", "tickets/new"):
            await page.goto(room.address(path))
            assert await page.locator("h1").count() == 1
        await page.get_by_label("Department").select_option("9")
        chosen = await page.locator("[data-chosen-told]").text_content()
        assert f"{WORDS[9]} Opening hours: {WORDS[-9]}".split() == chosen.split()
        text = await whole_talk(page, room.address("tickets/51"))
        await page.get_by_label("Your reply").fill(WORDS[0] + WORDS[14])
        await page.get_by_role("button", name="Send reply").hover()

        assert [] == [words[-8:] for words in WORDS if text.count(words[-8:]) < 4]
        told = await page.evaluate(LOOKED_AT)
        assert {"scripts": 9, "frames": 0, "handlers": 0, "elsewhere": []} == told
        await page.close()  # It asks for news, and the server ends.


async def whole_talk(page, address):
    """Read a conversation with all that is folded in it; end where it begins."""
    said, wanted, known = {}, [address], set()
    while wanted:
        known.add(here := wanted.pop())
        await page.goto(here)
        said |= await page.evaluate(ENTRIES)
        links = await page.evaluate(FOLDS)
        wanted += [one for one in links if one not in known and one not in wanted]
    await page.goto(address)
    return "\n".join(said.values())


ENTRIES = """() => Object.fromEntries(
  [...document.querySelectorAll("#talk > li")].map((one) => [one.id, one.innerText])
)"""
FOLDS = (
    """() => [...document.querySelectorAll("#talk .fold a")].map((one) => one.href)"""
)

# What is on the page, as the browser understood it.
LOOKED_AT = """() => {
  const all = [...document.querySelectorAll("*")];
  const names = all.flatMap(e => e.getAttributeNames());
  const links = all.filter(e => e.href && e.tagName === "A").map(e => e.protocol);
  return {
    scripts: document.scripts.length,
    frames: document.querySelectorAll("iframe, object, embed, base, style").length,
    handlers: names.filter(name => name.startsWith("on")).length,
    elsewhere: links.filter(p => !/^(https?|mailto|tel):$/.test(p)),
  };
}"""
