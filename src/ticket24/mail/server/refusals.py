"""How a mail server refuses a mail: what whoever sends it has to know."""

from ticket24.domain.tickets.reasons import Cause, Reason, reason


class Refused(Exception):
    """The mail server will never accept this mail; `words` say why.

    `sure` is False if these words would fit any mail to anybody. `of_content`: the
    server knew what the mail holds, or how large it is. `why` is what staff are told.
    """

    def __init__(
        self,
        words: str,
        *,
        sure: bool = True,
        of_content: bool = False,
        why: Reason | None = None,
    ) -> None:
        super().__init__(words)
        self.words = words
        self.sure = sure
        self.of_content = of_content
        self.why = why or reason(Cause.MAIL_REFUSED, words=words)


class NotNow(Exception):
    """Nothing is wrong with the mail, but it could not be handed over now."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Away(NotNow):
    """The server cannot be reached, nor was it a moment ago: so it would be for all."""


class Enough(NotNow):
    """The server accepts no more from us for an hour or a day: its limit is reached."""


class RefusesUs(NotNow):
    """The server refuses our login, sender or right to relay.

    It would refuse every other mail too.
    """


class Unsure(NotNow):
    """The server got all of the mail and said nothing: it may have accepted it."""
