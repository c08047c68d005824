"""The tab on a contact's card, as its tests read and fill it in."""

import html
import re
from datetime import UTC, datetime
from urllib.parse import urljoin

from bitrix24_sandbox.account.world import PASSWORD_FIELD
from ticket24.domain.settings.house_rules.model import HouseRule
from ticket24.domain.settings.model import AccountSettings, Department, Tags
from ticket24.domain.settings.times.promised_hours import PromisedHours
from ticket24.domain.settings.times.week_hours import WeekHours, WorkingHours

TAB = "CRM_CONTACT_DETAIL_TAB"
PATH = "/bitrix24/contact-tab"
CONNECTED = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = AccountSettings(
    "Acme Support",
    departments=(Department(7, "Support", 3, 2), Department(12, "Sales", 5, 4)),
    tags=Tags(("Bugs", "Questions"), ("High", "Low"), ("Europe", "USA")),
    promises=(PromisedHours(priority="High", answer_hours=4),),
    working_hours=WorkingHours(WeekHours(*["00:00-24:00"] * 7)),
    rules=(HouseRule("opened", on=False),),
)
TICKET = {
    "department": "7",
    "priority": "High",
    "message_type": "Bugs",
    "sector": "Europe",
    "cc": "bob@example.com",
    "subject": "Printer is on fire",
    "text": "He called: it burns.",
}


def said(page):
    """Return the words of a page, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", page)).split())


def password_in(page):
    return html.unescape(re.search(r'name="password" value="([^"]*)"', page)[1])


def news_of(frame):
    return html.unescape(re.search(r'data-news="([^"]*)"', frame.page)[1])


def kept_of(desk, contact):
    return desk.world.contacts[contact.id].custom.get(PASSWORD_FIELD)


async def get(frame, path):
    headers = {"Authorization": f"Bearer {frame.token}", "Accept": "text/html"}
    async with frame.http.get(urljoin(frame.url, path), headers=headers) as answer:
        return answer.status, await answer.text()
