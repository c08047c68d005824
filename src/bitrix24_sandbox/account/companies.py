"""CRM companies, as far as ticket24 asks for them, and their custom fields."""

from bitrix24_sandbox.account import access
from bitrix24_sandbox.account.records import Company, UserField
from bitrix24_sandbox.account.world import World


def add_company(world: World, by: int, title: str, **custom: str) -> Company:
    """Add a company, with values of its custom fields."""
    access.check_contacts(world, by, change=True)
    made = Company(world.next_id("company"), title, world.now(), dict(custom))
    world.companies[made.id] = made
    return made


def update_company(world: World, by: int, company_id: int, **custom: str) -> None:
    """Change custom fields of a company."""
    access.check_contacts(world, by, change=True)
    company = world.companies[company_id]
    company.custom |= custom
    company.modified_at = world.now()


def add_company_field(
    world: World, name: str, elements: dict[int, str] | None = None
) -> UserField:
    """Add a custom field, a list if it has elements, by its full name UF_CRM_...."""
    kind = "enumeration" if elements else "string"
    made = UserField(
        world.next_id("userfield"), name, kind=kind, elements=elements or {}
    )
    world.company_fields[made.id] = made
    return made
