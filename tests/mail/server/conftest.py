"""Ways to a mail server that has a temper."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from smtp_words import SENDER, Address, MailerMaker

from ticket24.mail.server.smtp import Mailer


@pytest.fixture
async def make_mailer(mail_server: Any) -> AsyncIterator[MailerMaker]:
    mailers = []

    def make(*, address: Address | None = None, **limits: Any) -> Mailer:
        mailer = Mailer(address or Address(mail_server.port), SENDER, **limits)
        mailers.append(mailer)
        return mailer

    yield make
    for mailer in mailers:
        await mailer.close()


@pytest.fixture
def mailer(make_mailer: MailerMaker) -> Mailer:
    return make_mailer()
