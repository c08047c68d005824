"""Words that only the settings page uses: names, logos, colours, notes in lists."""

from collections.abc import Iterable
from typing import NamedTuple

from ticket24 import i18n
from ticket24.domain.settings.colours import Palette
from ticket24.domain.settings.model import Language
from ticket24.flows.settings.directory import CLOSED, DISMISSED
from ticket24.flows.settings.logos import BadReason
from ticket24.i18n import noop

_LOGO = {
    BadReason.EMPTY: noop("The logo file is empty. Choose another one."),
    BadReason.TOO_LARGE: noop(
        "The logo file is larger than 5 MB. Choose a smaller one."
    ),
    BadReason.NO_IMAGE: noop(
        "The logo isn’t a PNG, JPEG, GIF or WebP image. Choose another one."
    ),
    BadReason.TOO_MANY_PIXELS: noop(
        "The logo has more than 40 million pixels. Choose a smaller one."
    ),
    BadReason.BROKEN: noop("The logo file is damaged. Choose another one."),
}

# The parts of the page in their order: anchor, name for scripts, and words.
PANELS = (
    ("main-settings", "main", noop("Main settings")),
    ("departments", "departments", noop("Departments")),
    ("tags", "tags", noop("Tags")),
    ("fields", "fields", noop("Fields")),
    ("automation", "automation", noop("Automation")),
    ("hours", "hours", noop("Promises")),
    ("rules", "rules", noop("Rules")),
    ("messages", "messages", noop("Messages")),
    ("mails", "mails", noop("Emails")),
)


# How staff hear of a new ticket, and who it may be besides persons.
TOLD = {"push": noop("Note in Bitrix24"), "mail": noop("Email")}
ROLES = {"responsible": noop("Assignee"), "creator": noop("Creator")}

# What contacts see of their companies: role, words, and more of it.
COMPANY_ROLES = (
    ("", noop("Off: everyone sees only their own tickets"), ""),
    (
        "own",
        noop("Own tickets"),
        noop("Only contacts that you choose, or whose field says so, see more."),
    ),
    ("colleague", noop("Colleagues’ tickets"), noop("They can read them.")),
    (
        "manager",
        noop("All tickets of the company"),
        noop("They can read them, reply, and mark them as solved."),
    ),
)
# The lists of words that stand for a role.
ROLE_WORDS = (
    (
        "company_view.colleague",
        noop("Words for colleagues"),
        noop("What the field says if somebody can read the tickets. One per line."),
    ),
    (
        "company_view.manager",
        noop("Words for managers"),
        noop("What it says if somebody can also reply. One per line."),
    ),
)

# What becomes of tickets that wait for their customers: words around a number.
ENDS = {
    "remind_after": (noop("Remind them after"), noop("working days")),
    "close_after": (noop("Mark the ticket as solved after"), noop("working days")),
    "reopen_within": (noop("A reply reopens a solved ticket for"), noop("days")),
}

# What customers may want together; each is ticked if it is always told at once.
ALWAYS = {
    "created": noop("We received their ticket"),
    "replied": noop("Your team replied"),
    "status": noop("The status changed"),
    "completed": noop("The ticket was solved"),
    "notice": noop("A rule of yours writes to them"),
}

# What the stages of a board are chosen for, as Bitrix24 calls it.
STAGES = {
    "in_progress": noop("In progress"),
    "review": noop("In review"),
    "completed": noop("Completed"),
}


class Item(NamedTuple):
    """A setting on the page: its panel, its name, and what is said below the name."""

    panel: str
    name: str
    hint: str = ""


ITEMS = {
    "company_name": Item(
        "main",
        noop("Company name"),
        noop("Shown to customers in the portal and in every email."),
    ),
    "language": Item(
        "main",
        noop("Language"),
        noop(
            "For emails, and in the portal until a customer chooses another language."
        ),
    ),
    "time_zone": Item(
        "main",
        noop("Time zone"),
        noop("Times in emails and on pages are shown in this time zone."),
    ),
    "logo": Item(
        "main",
        noop("Logo"),
        noop(
            "PNG, JPEG, GIF or WebP, up to 5 MB. We resize it to fit 444 × 110 pixels."
        ),
    ),
    "dark_logo": Item(
        "main",
        noop("Logo for dark pages"),
        noop(
            "Takes the logo’s place on devices that show pages dark. Without it, the"
            " logo stands on a white plate there. Emails always show the logo."
        ),
    ),
    "accent": Item(
        "main",
        noop("Accent colour"),
        noop(
            "For buttons and links, for example #0b6e4f. We make sure text on"
            " it stays readable."
        ),
    ),
    "password_field": Item(
        "main",
        noop("Password field"),
        noop(
            "Customers sign in with their email address and the password on"
            " their contact card, in the field you choose here. You can rename"
            " the field in the CRM at any time and nothing breaks."
        ),
    ),
    "departments": Item("departments", noop("Departments")),
    "subtask_tickets": Item("departments", noop("Subtasks")),
    "company_view": Item("departments", noop("Tickets of colleagues")),
    "task_fields": Item("departments", noop("Task fields")),
    "message_type": Item(
        "tags",
        noop("Message type"),
        noop("Determines who handles the ticket, for example: bugs, development."),
    ),
    "priority": Item(
        "tags",
        noop("Priority"),
        noop("Determines the deadline, for example: high, medium, low."),
    ),
    "sector": Item(
        "tags",
        noop("Sector"),
        noop("The customer’s region, for example: Europe, USA."),
    ),
    "tag_labels": Item(
        "tags",
        noop("Names for customers"),
        noop(
            "What customers read instead of a tag, one per line: the tag, = and its"
            " name. New tags appear here once you’ve saved them."
        ),
    ),
    "fields": Item("fields", noop("Fields")),
    "automation": Item("automation", noop("Automation")),
    "working_hours": Item("hours", noop("Working hours")),
    "promises": Item("hours", noop("What you promise customers")),
    "promise_field": Item(
        "hours",
        noop("Field for the level"),
        noop(
            "A field of contacts or companies, for example with Gold and Silver. A"
            " promise with a level is for customers who have it: their contact, or"
            " their main company if the contact says nothing."
        ),
    ),
    "ends": Item("automation", noop("When customers don’t reply")),
    "gathering": Item("mails", noop("Emails that customers get together")),
    "ratings": Item("automation", noop("Ratings")),
    "rules": Item("rules", noop("Rules")),
    "shown_messages": Item("messages", noop("Which messages customers see")),
    "internal_marks": Item(
        "messages",
        noop("Internal marks"),
        noop("Messages that start with one of these never leave Bitrix24."),
    ),
    "public_marks": Item(
        "messages",
        noop("Marks for customers"),
        noop(
            "Messages that start with one of these are shown in the portal and"
            " sent by email."
        ),
    ),
    **dict.fromkeys(
        ("created_mails", "reply_mails", "status_mails", "completed_mails"),
        Item("messages", noop("Emails")),
    ),
    "followers": Item("messages", noop("People in CC")),
    "mail_megabytes": Item(
        "messages",
        noop("Largest email with files, in MB"),
        noop(
            "Files in your team’s replies are sent along up to this size, and larger"
            " ones as a link into the portal. 0: always as a link."
        ),
    ),
    "mail_opens_tickets": Item("messages", noop("Emails that aren’t replies")),
    "greeting": Item(
        "mails",
        noop("Greeting"),
        noop(
            "The first line of every email. {name} becomes the customer’s name."
            " Leave empty to use our default."
        ),
    ),
    "signature": Item(
        "mails", noop("Signature"), noop("Added at the end of every email.")
    ),
    "legal_footer": Item(
        "mails",
        noop("Legal footer"),
        noop("Small print at the very end, for example your company registration."),
    ),
    "sender_name": Item(
        "messages",
        noop("Sender name"),
        noop("Shown as the sender of emails. Leave empty to use the company name."),
    ),
}

WEEKDAYS = {
    "mon": noop("Monday"),
    "tue": noop("Tuesday"),
    "wed": noop("Wednesday"),
    "thu": noop("Thursday"),
    "fri": noop("Friday"),
    "sat": noop("Saturday"),
    "sun": noop("Sunday"),
}

_ACCENT_READABLE = noop(
    "Buttons use exactly this colour. On dark pages, links are lighter."
)
_ACCENT_LIGHT = noop(
    "Buttons use exactly this colour. It’s too light for links on a light"
    " page, so they are darker there."
)
_ACCENT_STANDARD = noop("This is the default colour.")
_NOTES = {CLOSED: noop("archived"), DISMISSED: noop("no longer with the company")}


def named(setting: str, language: Language) -> Item:
    """Return what the page says of a setting."""
    say = i18n.translations(language).gettext
    item = ITEMS[setting]
    return item._replace(name=say(item.name), hint=say(item.hint) if item.hint else "")


def panel_of(field: str) -> str:
    """Return the panel of a field of the form; empty for the whole form."""
    setting = field.partition(".")[0]
    if setting == "person":  # It belongs to the account.
        return "main"
    return ITEMS[setting].panel if setting else ""


def names_of(settings: Iterable[str], language: Language) -> list[str]:
    """Return the names of settings as the page shows them, each only once."""
    say = i18n.translations(language).gettext
    return list(dict.fromkeys(say(ITEMS[name].name) for name in settings))


def bad_logo(reason: BadReason, language: Language) -> str:
    """Say what is wrong with the file of a logo."""
    return i18n.translations(language).gettext(_LOGO[reason])


def accent(accent: str, light: Palette, language: Language) -> str:
    """Say how we change an accent so that everybody can read it."""
    said = _ACCENT_READABLE if light.link == accent else _ACCENT_LIGHT
    return i18n.translations(language).gettext(said if accent else _ACCENT_STANDARD)


def note(text: str, language: Language) -> str:
    """Put the note beside a name into words; a job title stays as it is."""
    return i18n.translations(language).gettext(_NOTES[text]) if text in _NOTES else text
