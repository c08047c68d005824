"""How far tickets are, in the company's words where it has any, else in ours."""

from collections.abc import Hashable

from markupsafe import Markup

from ticket24 import i18n
from ticket24.domain.portal.pages import TicketPage
from ticket24.domain.portal.rows import Row
from ticket24.domain.settings.model import AccountSettings, Language, State
from ticket24.domain.tickets.model import Turn
from ticket24.domain.tickets.states import state_of
from ticket24.i18n import noop
from ticket24.portal.display.signs import badge, own_badge, staff_badge, waiting_badge

_WAITS = noop("Waiting for a reply")
_SEE = noop("Customers see: %(words)s")
_BESIDE = Markup('{} <small class="beside" dir="auto">{}</small>')


class Naming:
    """Names tickets for a reader of a language.

    That it is the customer's turn is said in our words, with the company's beside them,
    and in others to people in copy and to others of the customer's company
    (`to_copied`).
    """

    def __init__(
        self, settings: AccountSettings, language: Language, *, to_copied: bool = False
    ) -> None:
        self._to_copied = to_copied
        self._departments = {
            one.group_id: one for one in settings.departments if one.states
        }
        self._language = language
        self._usual = settings.language

    @property
    def has_words(self) -> bool:
        """Whether the company has any words of its own."""
        return bool(self._departments)

    @property
    def mark(self) -> Hashable:
        """Return what tells one way of naming from others."""
        states = tuple((id_, one.states) for id_, one in self._departments.items())
        return (self._language, self._usual, states) if states else None

    def own(self, ticket: Row | TicketPage) -> str:
        """Return the company's words for how far a ticket is; "" if it has none."""
        state = self._state(ticket)
        return self._words(state) if state else ""

    def said(self, ticket: Row | TicketPage) -> str:
        """Return what the badge of a ticket says."""
        if ticket.turn is Turn.YOURS:
            return self._yours()
        return self.own(ticket) or i18n.turn_name(ticket.turn, self._language)

    def badge(self, ticket: Row | TicketPage) -> Markup:
        """Show how far a ticket is, and whether its customer is waited for."""
        state = self._state(ticket) if self._departments else None
        if state is None:
            return self._plain(ticket.turn)
        words = self._words(state)
        if ticket.turn is Turn.YOURS:
            return _BESIDE.format(self._plain(ticket.turn), words)
        return own_badge(ticket.turn, words, state.colour)

    def _plain(self, turn: Turn) -> Markup:
        if turn is Turn.YOURS and self._to_copied:
            return waiting_badge(self._yours())
        return badge(turn, self._language)

    def _yours(self) -> str:
        if self._to_copied:
            return i18n.translations(self._language).gettext(_WAITS)
        return i18n.turn_name(Turn.YOURS, self._language)

    def _state(self, ticket: Row | TicketPage) -> State | None:
        department = self._departments.get(ticket.group_id)
        if department is None:
            return None
        return state_of(ticket.status, ticket.turn, ticket.named_stage, department)

    def _words(self, state: State) -> str:
        return state.words.nearest(self._language, self._usual)


def in_both(row: Row, naming: Naming, language: Language) -> Markup:
    """Show staff the status in Bitrix24, and what customers read if it differs."""
    theirs = naming.own(row)
    if row.task_status and not theirs:
        theirs = i18n.turn_name(row.turn, language)
    shown = staff_badge(row.task_status or row.status, language)
    if not theirs:
        return shown
    said = i18n.translations(language).gettext(_SEE) % {"words": theirs}
    return _BESIDE.format(shown, said)
