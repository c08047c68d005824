"""To which companies somebody may belong, by the domain of the address.

It is said to staff, and links nothing: who belongs to a company may see its tickets.
"""

from collections import Counter

import structlog

from ticket24.bitrix.people import memberships
from ticket24.bitrix.rest.errors import BitrixError
from ticket24.domain.customers.free_mail import is_free_mail
from ticket24.domain.customers.mailboxes import fold
from ticket24.flows.commands.carrying import Work

log = structlog.get_logger()

_MOST_CONTACTS, _MOST_NAMED = 50, 3


async def suggested(work: Work, email: str) -> list[str]:
    """Return the names of companies, the likeliest first; none if nobody can tell."""
    domain = fold(email).rpartition("@")[2]
    if is_free_mail(domain):
        return []
    stores, account = work.stores, work.account.id
    ids = await stores.customers.at_domain(account, domain, _MOST_CONTACTS)
    known = await stores.customers.get_all(account, ids)
    companies = Counter(one.company_id for one in known.values() if one.company_id)
    likeliest = [id_ for id_, _ in companies.most_common(_MOST_NAMED)]
    if not likeliest:
        return []
    call = memberships.titles_call(likeliest)
    try:
        answer = await work.bitrix.call(call.method, call.params, urgent=True)
    except BitrixError as error:
        # The contact counts more.
        log.warning("company_unknown", account=work.account.slug, error=str(error))
        return []
    titles = memberships.read_titles(answer.result)
    return [titles[id_] for id_ in likeliest if titles.get(id_)]
