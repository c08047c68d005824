"""What else staff see and change of a contact: copies, language, company."""

import re
from dataclasses import replace

from contact_tab import CONNECTED, said
from examples import ticket
from structlog.testing import capture_logs

from bitrix24_sandbox.account import companies, people
from ticket24.domain.customers.followers import Stand
from ticket24.domain.customers.languages import Tongue
from ticket24.domain.settings.sharing import CompanyView
from ticket24.domain.tickets.model import ContactRef, Customer, TicketRef
from ticket24.store.tickets.due import ClaimedRef


async def test_staff_take_people_out_of_copy(desk, tab, mehmet):
    """The tab names who follows a ticket; whoever is taken out does not any more."""
    account, stores = desk.account, desk.stores
    ref = TicketRef(account.id, 4711)
    followed = ticket(
        ref=ref, contact_ids=(mehmet.id,), followers=("carl@example.org",)
    )
    claimed = ClaimedRef(ref, "0")
    assert await stores.tickets.commit(followed, 0, claimed, [], before=None)
    frame = await tab()
    assert "CC: carl@example.org" in said(frame.page)
    assert "emails come back" not in frame.page
    await stores.returned.note(desk.account.id, "carl@example.org", "550")
    assert "CC: carl@example.org (emails come back)" in said((await tab()).page)

    await frame.submit("/contact-tab/copies", fields={"ticket": "52", "email": "x"})
    assert {} == await stores.followers.said(ref)
    frame = await tab()
    await frame.submit("/contact-tab/copies")

    assert "carl@example.org" not in frame.page
    (word,) = (await stores.followers.said(ref)).values()
    assert (Stand.REMOVED, 1) == (word.stand, word.ended)
    assert word.by


async def test_staff_see_and_change_the_language(desk, tab, mehmet):
    """The tab shows what is known, keeps a choice of ours, and takes it back."""
    languages, account = desk.stores.languages, desk.account.id
    await languages.note_read(account, [mehmet.id], "pt")
    frame = await tab()
    assert "At the last sign-in the portal spoke this language: Portu" in frame.page

    with capture_logs() as logs:
        await frame.submit("/contact-tab/language", language="de")
    assert Tongue("de", "pt") == await languages.tongue(account, [mehmet.id])
    assert re.search(r'<option value="de"[^>]* selected>Deutsch<', frame.page)
    assert ["language_set_by"] == [log["event"] for log in logs if "user" in log]

    await frame.submit("/contact-tab/language", language="<xx>")
    assert Tongue("de", "pt") == await languages.tongue(account, [mehmet.id])
    assert "<xx>" not in frame.page

    await frame.submit("/contact-tab/language", language="")
    assert Tongue(None, "pt") == await languages.tongue(account, [mehmet.id])


async def test_staff_see_and_choose_what_a_contact_sees_of_its_company(
    desk, tab, mehmet
):
    """With the reason, and whose tickets these are; a choice can be taken back."""
    stores, account = desk.stores, desk.account.id
    assert "role-form" not in (await tab()).page
    field = people.add_userfield(desk.world, 1, "UF_CRM_ROLE").name
    works = companies.add_company(desk.world, 1, "Works").id
    for contact in (mehmet, desk.customer("Ana")[0]):
        companies.link(desk.world, 1, contact.id, works)
    mehmet.custom[field] = "Boss"
    view = CompanyView("own", field, manager=("boss",))
    await stores.accounts.update(
        account,
        lambda known: known.with_settings(
            replace(known.settings, company_view=view), CONNECTED
        ),
    )
    ana = Customer(ContactRef(account, desk.customer("Ana")[0].id), "Ana", ())
    await stores.customers.put_all(account, [ana])

    frame = await tab()
    assert "Sees: All tickets of the company. The field" in said(frame.page)
    assert "1 other contact of Works: Ana" in said(frame.page)

    with capture_logs() as logs:
        await frame.submit("/contact-tab/role", role="own")
    assert "Sees: Own tickets. This was chosen here." in said(frame.page)
    assert ["company_role_set_by"] == [log["event"] for log in logs if "user" in log]
    await frame.submit("/contact-tab/role", role="god")
    known = await stores.companies.known(account, [mehmet.id])
    assert {mehmet.id: "own"} == known.by_hand
    await frame.submit("/contact-tab/role", role="")
    assert {} == (await stores.companies.known(account, [mehmet.id])).by_hand
