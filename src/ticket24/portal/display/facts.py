"""The facts beside a ticket's conversation, in words: what it is, whose, until when."""

from ticket24.domain.accounts.model import Account
from ticket24.domain.portal.names import department_names, in_words, label
from ticket24.domain.portal.pages import TicketPage
from ticket24.domain.settings.model import Language
from ticket24.field_words import filled_in
from ticket24.portal.display import promises


def facts(
    ticket: TicketPage, account: Account, language: Language
) -> dict[str, object]:
    """Return what the template shows of a ticket's department, tags, and promises."""
    settings, tags = account.settings, account.settings.tags
    labels = settings.tag_labels.of(language)
    promise = (ticket.promise, ticket.turn, language, account.zone)
    hours = settings.department(ticket.group_id).opening_hours
    tagged = {
        "priority": tags.priority,
        "message_type": tags.message_type,
        "sector": tags.sector,
    }
    return {
        "department": department_names(settings).get(ticket.group_id, ""),
        "opening_hours": hours.nearest(language, settings.language),
        "filled": [*filled_in(ticket.values, settings, language)],
        "promise": promises.sentence(*promise),
        "promised": [*promises.facts(*promise)],
        **{
            section: in_words(label(ticket.tags, offered), labels)
            for section, offered in tagged.items()
        },
    }
