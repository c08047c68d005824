"""crm.company.list and crm.company.fields (ar/crm/companies)."""

from bitrix24_sandbox import php
from bitrix24_sandbox.account import access
from bitrix24_sandbox.account.records import Company
from bitrix24_sandbox.php import Json
from bitrix24_sandbox.rest.calls import Call, Page, Table, page
from bitrix24_sandbox.rest.views.custom import described
from bitrix24_sandbox.rest.views.matching import compare, contains, empty, split

table = Table("crm")


@table.method("crm.company.list")
def list_(call: Call) -> Page:
    """Return companies that match, by id, title, address or last change."""
    access.check_contacts(call.world, call.by)
    conditions = php.as_map(call.get("filter"))
    found = [c for c in call.world.companies.values() if _matches(call, c, conditions)]
    for key, direction in reversed(php.as_map(call.get("order")).items()):
        found.sort(
            key=lambda one, key=key: _sortable(one, key),  # type: ignore[misc]
            reverse=str(direction).lower().startswith("desc"),
        )
    shown, total, following = page(found, call.get("start", 0))
    names = {str(name).upper() for name in php.as_list(call.get("select")) or ["*"]}
    return Page([_view(call, one, names) for one in shown], total, following)


@table.method("crm.company.fields")
def fields(call: Call) -> Json:
    """Describe the fields of a company."""
    shown: dict[str, Json] = {
        name: {"type": "string", "isReadOnly": name == "ID", "title": name}
        for name in ("ID", "TITLE", "DATE_MODIFY")
    }
    return shown | dict(described(call.world.company_fields.values()))


def _view(call: Call, company: Company, names: set[str]) -> Json:
    shown: dict[str, Json] = {
        "ID": str(company.id),
        "TITLE": company.title,
        "DATE_MODIFY": call.world.iso(company.modified_at, call.by),
        "IS_MY_COMPANY": "Y" if company.is_my_company else "N",
    }
    custom = {
        one.name: company.custom.get(one.name)
        for one in call.world.company_fields.values()
    }
    every = "*" in names
    answer: dict[str, Json] = {
        name: value
        for name, value in {**shown, **custom}.items()
        if name == "ID" or name in names or (every and name in shown)
    }
    if "EMAIL" in names and company.emails:
        answer["EMAIL"] = [
            {
                "ID": str(one.id),
                "VALUE_TYPE": one.kind,
                "VALUE": one.value,
                "TYPE_ID": "EMAIL",
            }
            for one in company.emails
        ]
    return answer


def _matches(call: Call, company: Company, conditions: dict[str, Json]) -> bool:
    for key, value in conditions.items():
        sign, name = split(key.upper())
        if empty(value) or name not in {"ID", "DATE_MODIFY", "TITLE", "EMAIL"}:
            continue
        wanted = php.as_list(value)
        bare = "" if sign in {"@", "="} else sign
        if name in {"TITLE", "EMAIL"}:
            emails = [one.value for one in company.emails]
            texts = [company.title] if name == "TITLE" else emails
            sign = sign if name == "TITLE" else ""
            if not any(contains(sign, t, str(w)) for t in texts for w in wanted):
                return False
            continue
        if name == "ID":
            if not compare(bare, company.id, [php.as_int(one) for one in wanted]):
                return False
        elif not compare(
            bare, company.modified_at, [call.world.parse(str(one)) for one in wanted]
        ):
            return False
    return True


def _sortable(company: Company, key: str) -> tuple[float, str]:
    if key.upper() == "TITLE":
        return 0, company.title.lower()
    by_date = key.upper() == "DATE_MODIFY"
    return (company.modified_at.timestamp() if by_date else company.id), ""
