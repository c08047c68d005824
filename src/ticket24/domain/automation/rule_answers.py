"""What customers are told by the company's rules: its own words, by mail."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ticket24.domain.accounts.model import Account
from ticket24.domain.automation.house_rules import values_of
from ticket24.domain.automation.rulings import Ruled
from ticket24.domain.news.addressing import address
from ticket24.domain.news.letters import Kind, Letter, Notice, Untold
from ticket24.domain.settings.model import OwnWords
from ticket24.domain.settings.reading.automation import filled
from ticket24.domain.tickets.model import Customer, Ticket


def answers(
    ruled: Iterable[Ruled],
    after: Ticket,
    account: Account,
    customers: Mapping[int, Customer],
) -> Iterator[Letter | Untold]:
    """Write to a ticket's customers for each rule that does so, once an occasion.

    The words are kept in each language, because the letter's is chosen when it is sent.
    """
    settings = account.settings
    for one in ruled:
        for judged in one.judgements:
            rule = settings.rule(judged.rule) if judged.deed.answers else None
            if rule is None:
                continue
            own = OwnWords(**{str(one): text for one, text in rule.then.answer.items()})
            words = own.filled(settings.language)
            values = values_of(after, settings)
            said = {
                language: filled(text, values)
                for language in ("en", "de", "pt")
                if (text := words.of(language))
            }
            about = f"rule-{rule.key}-{one.occasion.name}"
            notice = Notice(Kind.NOTICE, about)
            for letter in address(notice, after, customers, decided_at=after.looked_at):
                match letter:
                    case Letter():
                        yield replace(letter, own_words=said)
                    case Untold():
                        yield replace(
                            letter, letter=replace(letter.letter, own_words=said)
                        )
