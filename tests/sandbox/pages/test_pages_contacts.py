"""Contacts on the staff pages."""

from bitrix24_sandbox.account.world import PASSWORD_FIELD


async def test_contact_is_saved(world, browser):
    """A changed contact is saved; addresses that stay keep id and spelling."""
    contact = next(c for c in world.contacts.values() if c.name == "Chloé")
    kept = contact.emails[0]
    typed = {
        "name": "Chloe",
        "last_name": "Martin-Roux",
        "emails": "chloe.martin@example.com\r\nnew@example.com\r\n",
        "password": "secret-2",
    }

    where, page = await browser.send(f"/staff/contacts/{contact.id}", typed)

    assert f"/staff/contacts/{contact.id}" == where
    assert "Saved." in page
    assert "Chloe Martin-Roux" == contact.full_name
    assert kept is contact.emails[0]
    assert [" chloe.martin@example.com ", "new@example.com"] == [
        email.value for email in contact.emails
    ]
    assert "secret-2" == contact.custom[PASSWORD_FIELD]
    assert ["ONCRMCONTACTUPDATE"] == [event.name for event in world.log]


async def test_contact_with_bad_address_keeps_what_was_typed(world, browser):
    """A contact that cannot be saved says why and loses nothing that was typed."""
    typed = {"name": "Changed", "last_name": "", "emails": "nonsense", "password": "p"}

    _, page = await browser.send("/staff/contacts/43", typed, status=409)

    assert "The contact was not saved: nonsense is not an e-mail address." in page
    assert 'value="Changed"' in page
    assert "Jörg" == world.contacts[43].name


async def test_new_contact_can_sign_in(world, browser):
    """A contact made in the page has its address and its password."""
    typed = {
        "name": "Eva",
        "last_name": "Novak",
        "emails": "eva@example.com",
        "password": "pass-1",
    }

    where, _ = await browser.send("/staff/contacts/new", typed)

    contact = world.contacts[max(world.contacts)]
    assert f"/staff/contacts/{contact.id}" == where
    assert "eva@example.com" == contact.emails[0].value
    assert "pass-1" == contact.custom[PASSWORD_FIELD]
