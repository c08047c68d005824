"""The sample company, as the demo connects it."""

from pathlib import Path

from bitrix24_sandbox.account import companies, people, tasks
from bitrix24_sandbox.account.world import World

SLUG = "acme"
LOGO = Path(__file__).with_name("acme.png")

SETTINGS = """\
company_name = "Acme Support"
language = "en"
logo = "acme.png"
accent = "#0b6e4f"
password_field = "UF_CRM_TICKET24_PASSWORD"

[[departments]]
name = "Support"
group_id = 7
responsible_id = 3
creator_id = 1
strangers = ["form", "mail"]

[[departments]]
name = "Sales and billing"
group_id = 12
responsible_id = 4
creator_id = 1
strangers = ["form"]

[tags]
message_type = ["bugs", "development"]
priority = ["high", "medium", "low"]
sector = ["USA", "Europe"]

[[fields]]
key = "topic"
kind = "choice"
label = { en = "What is it about?", de = "Worum geht es?", pt = "Do que se trata?" }
departments = [12]
options = ["invoice", "order", "contract"]

[fields.option_labels]
de = { invoice = "Rechnung", order = "Bestellung", contract = "Vertrag" }
pt = { invoice = "Fatura", order = "Pedido", contract = "Contrato" }

[[fields]]
key = "invoice"
label = { en = "Invoice number", de = "Rechnungsnummer", pt = "Número da fatura" }
help = { en = "As it stands at its top, with leading zeros" }
departments = [12]
shown_if = { field = "topic", one_of = ["invoice"] }

[ratings]
ask = true

[company_view]
default = "own"
field = "UF_CRM_PORTAL_ROLE"
colleague = ["Colleague"]
manager = ["Manager"]
"""

# Who belongs to which company, by first names, and what the field of each says.
COMPANIES = {
    "Nordwind Logistik": ("Jörg", "Zoë", "Mehmet"),
    "Atlântico Foods": ("Ana", "Chloé", "Peter", "Zoë"),
}
_ROLES = {1: "Colleague", 2: "Manager"}
_SAYS = {"Jörg": "2", "Ana": "2", "Zoë": "1", "Peter": "1"}


def connect_command(folder: Path, webhook_url: str, token: str) -> tuple[str, ...]:
    """Return the command that connects the company; settings and logo become files."""
    settings = folder / "acme.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    (folder / LOGO.name).write_bytes(LOGO.read_bytes())
    return (
        "connect",
        *("--slug", SLUG, "--webhook-url", webhook_url),
        *("--application-token", token, "--settings", str(settings)),
    )


def begin(world: World) -> None:
    """Let staff touch a task that is no ticket, so that an event has come.

    Otherwise the doctor would find until somebody acts that none has.
    """
    own = next(task for task in world.tasks.values() if not task.contact_ids)
    tasks.update_task(world, own.created_by, own.id, priority=2)


def found_companies(world: World) -> None:
    """Say which customers work for one company, and what they are there."""
    labels = {"en": "Role in the portal", "de": "Rolle im Portal"}
    field = people.add_userfield(
        world,
        1,
        "UF_CRM_PORTAL_ROLE",
        labels=labels,
        kind="enumeration",
        elements=_ROLES,
    )
    named = {contact.name: contact for contact in world.contacts.values()}
    for title, names in COMPANIES.items():
        company = companies.add_company(world, 1, title)
        for name in names:
            companies.link(world, 1, named[name].id, company.id)
    for name, element in _SAYS.items():
        named[name].custom[field.name] = element
