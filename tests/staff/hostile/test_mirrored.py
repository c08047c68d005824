"""What an administrator wrote into the mirror, and names and passwords of people."""

import json
from dataclasses import asdict, replace

import pytest
from desk import CLIENT_ID, until
from hostile_frames import ADMIN, SETTINGS
from hostility import HOSTILE, SCRIPT, state_of

from bitrix24_sandbox.account import people
from bitrix24_sandbox.account.world import PASSWORD_FIELD
from ticket24.flows.customers.setting_passwords import LONGEST
from ticket24.flows.settings.mirroring import mirrored
from ticket24.store.customers.attempts import INVITATIONS_PER_ACCOUNT

GOOD = asdict(SETTINGS)


class Mirror:
    """An account whose mirror somebody else has written."""

    def __init__(self, **options):
        self.result = options

    async def call(self, *_, **__):
        """Answer `app.option.get`."""
        return self


@pytest.mark.parametrize(
    "lie",
    [
        *({"password_field": name} for name in ("NAME", "EMAIL", "", "UF_CRM_x", "ID")),
        *({"company_name": "x" * 101}, {"sender_name": "x" * 101}, {"accent": "red"}),
        *({"language": "xx"}, {"shown_messages": "none"}, {"created_mails": "yes"}),
        {"departments": [{"group_id": number} for number in range(1, 50)]},
        {"departments": [{"group_id": 7, "name": "x" * 101}]},
        {"departments": [{"group_id": 7}, {"group_id": 7}]},
        {"departments": [{"group_id": 2**31}]},
        {"departments": [{"group_id": 7, "responsible_id": -1}]},
        {"departments": [{"group_id": "7"}]},
        {"tags": {"priority": [f"t{number}" for number in range(101)]}},
        {"tags": {"priority": ["x" * 61]}},
        {"tags": {"priority": ["a", "A"]}},
        {"internal_marks": ["x" * 31]},
        {"internal_marks": [f"m{number}" for number in range(21)]},
        {"shown_messages": "marked", "public_marks": []},
        {"shown_messages": "marked", "internal_marks": ["#"], "public_marks": ["#p"]},
        {"unknown": 1},
    ],
    ids=str,
)
async def test_settings_that_the_form_would_not_take_are_not_restored(lie):
    """Somebody may have written into the mirror by other ways than ours."""
    assert await mirrored(Mirror(settings=json.dumps(GOOD)))
    assert None is await mirrored(Mirror(settings=json.dumps(GOOD | lie)))


async def test_hostile_words_in_the_mirror_become_words():
    """Lines, invisible characters and paths are taken out as the form does it."""
    lies = {
        "company_name": "Acme\r\nBcc: all@example.com\u202e",
        "sender_name": "\u200bA\0B",
        "logo": "../../etc/passwd",
        "tags": {"priority": ["##Hi\ngh"]},
    }
    settings = json.dumps(GOOD | lies)
    found = await mirrored(Mirror(settings=settings, slug="../x", logo="QQ=="))

    assert "" == found.slug
    assert ("Acme Bcc: all@example.com", "A B", "passwd", ("Hi gh",)) == (
        found.settings.company_name,
        found.settings.sender_name,
        found.settings.logo,
        found.settings.tags.priority,
    )


async def test_what_was_written_into_the_mirror_is_not_installed(app_desk):
    """An account that we lost begins anew, rather than with somebody's fields."""
    application = app_desk.world.applications[CLIENT_ID]
    application.options = {
        "settings": json.dumps(GOOD | {"password_field": "NAME"}),
        "slug": "static",
        "person": json.dumps({"name": SCRIPT}),
    }
    account = await app_desk.install()

    assert "UF_CRM_TICKET24_PASSWORD" == account.settings.password_field
    assert "" == account.settings.company_name


PASSWORDS = (
    *("<script>alert(1)</script>", "\"';-- DROP TABLE b_user;", "a&b=c%26d+e f"),
    *("$result[profile][ID]", "[b]bold[/b] {{7*7}}", "\\\\server\\n%0d%0a"),
    *("pässwörd-日本語-🔑🔑", "x" * LONGEST, "e\u0301e\u0301e\u0301e\u0301-e"),
)


async def test_hostile_passwords_arrive_as_they_are(app_desk, tab, mehmet):
    """In the CRM's field, in no other one, and on the page as words."""
    frame = await tab()
    before = mehmet.custom | {PASSWORD_FIELD: ""}, mehmet.name, mehmet.comments
    for password in PASSWORDS:
        last = mehmet.custom[PASSWORD_FIELD]
        await frame.submit("/contact-tab/password", do="save", password=password)

        stored = mehmet.custom[PASSWORD_FIELD]
        assert 200 == frame.status, password
        assert last != stored
        assert before == (
            mehmet.custom | {PASSWORD_FIELD: ""},
            mehmet.name,
            mehmet.comments,
        )
        assert stored == frame.form("/contact-tab/password").value("password")
        assert len(stored) <= len(password)
        assert "<script>alert" not in frame.page


UNTYPABLE = (
    *("a\0bcdefgh", "line\r\nX: 1234", "bidi\u202edrow", "zero\u200bwidth"),
    *("x" * (LONGEST + 1), "y" * 100_000, "short", "\x1b[31mred-red"),
)


async def test_passwords_that_nobody_can_type_change_nothing(app_desk, tab):
    """They are refused at their field."""
    frame = await tab()
    before = state_of(app_desk.world)
    for password in UNTYPABLE:
        await frame.submit("/contact-tab/password", do="save", password=password)

        assert 422 == frame.status, password[:40]
        assert before == state_of(app_desk.world), password[:40]


async def test_hostile_names_stay_out_of_the_headers_of_an_invitation(
    app_desk, account, tab, mailbox
):
    """Names of company, sender and contact still make one mail, to one address."""
    async with app_desk.worker():
        for number, evil in enumerate(HOSTILE.values()):
            victim = f"victim{number}@example.com"
            contact = people.add_contact(
                app_desk.world, ADMIN, evil, evil, emails=[victim]
            )
            app_desk.world.users[ADMIN].name = evil
            settings = replace(account.settings, company_name=evil, sender_name=evil)
            await app_desk.stores.accounts.update(
                account.id,
                lambda now, to=settings: now.with_settings(to, now.connected_at),
            )
            frame = await tab(contact)
            assert 200 == frame.status
            await frame.submit("/contact-tab/invitation")
            await until(lambda many=number: len(mailbox.mails) > many)

    sent = zip(HOSTILE, mailbox.mails, strict=True)
    for number, (name, mail) in enumerate(sent):
        to = [one.addr_spec for one in mail["To"].addresses]
        assert [f"victim{number}@example.com"] == to
        assert None is mail["Bcc"] is mail["Cc"] is mail["X-Evil"], name
        assert "support@example.com" == mail["From"].addresses[0].addr_spec
        assert 1 == len(mail["From"].addresses), name
        for header in ("From", "To", "Subject"):
            assert not set(str(mail[header])) & set("\r\n\0\u202e\u2066"), name
            assert len(str(mail[header])) < 2_000, name


async def test_an_account_cannot_make_us_flood_the_world(app_desk, account, tab):
    """However many contacts and addresses there are."""
    for _ in range(INVITATIONS_PER_ACCOUNT - 3):
        assert await app_desk.stores.attempts.invited(account.id)
    statuses = []
    for number in range(5):
        email = f"victim{number}@example.com"
        contact = people.add_contact(app_desk.world, ADMIN, "V", "", emails=[email])
        frame = await tab(contact)
        await frame.submit("/contact-tab/invitation")
        statuses.append(frame.status)

    assert [200, 200, 200, 429, 429] == statuses
    assert "try again in a few minutes" in frame.page
