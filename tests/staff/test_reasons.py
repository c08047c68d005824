"""Why something was set aside is said in the language of whoever reads it."""

import inspect
import re

import pytest

from ticket24.bitrix.rest import errors
from ticket24.bitrix.tickets import moving, source, uploading
from ticket24.domain.customers.mailboxes import mailbox
from ticket24.domain.settings.task_fields import TaskField
from ticket24.flows.commands import carrying, late_binding, post_reply
from ticket24.flows.commands.late_binding import Unfilled
from ticket24.flows.tickets import deliver
from ticket24.staff.reasons import said

FIELD = TaskField(1, "UF_COST", "string", multiple=False, label="Cost centre")


def refused_address(email):
    with pytest.raises(ValueError, match="not an e-mail address") as caught:
        mailbox(email)
    return str(caught.value)


def unfilled(*fields):
    error = errors.Permanent("ERROR", "tasks.task.update: no", 400)
    return f"3 times: {Unfilled(7, fields, error)}"


DENIED = errors.from_answer(
    400, {"error": "ERROR_CORE", "error_description": "Access denied"}, "tasks.task.get"
)


SILENT = "the mail server was given it 4 times and never said whether it took it"
UNBOUND = "Die Aufgabe 7 ist angelegt, aber Bitrix24 lässt sie nicht mit dem Kunden"


@pytest.mark.parametrize(
    ("reason", "beginning", "end"),
    [
        ("the mail server refused it: 550 no", "Der Mailserver sagt:", "550 no"),
        ("550 5.1.1 no", "Der Mailserver sagt:", "550 5.1.1 no"),
        (
            "could not be delivered for 5 days: 451 later",
            "Es wurde 5 Tage lang versucht.",
            "451 later",
        ),
        (
            f"{SILENT} (Connection lost (x)): it may have arrived",
            "Der Mailserver bekam die Mail 4 Mal und sagte nie, ob",
            "vielleicht angekommen. (Connection lost (x))",
        ),
        (refused_address("nobody"), "Das ist keine E-Mail-Adresse:", "“nobody”"),
        (refused_address("ü@x.org"), "An eine Adresse mit anderen", "“ü@x.org”"),
        (
            f"could not be looked at 3 times: {DENIED}",
            "Bitrix24 sagt: Access denied",
            "(ERROR_CORE, HTTP 400) [tasks.task.get]",
        ),
        (unfilled(), UNBOUND, "tasks.task.update: no (ERROR, HTTP 400)"),
        (unfilled(FIELD), f"{UNBOUND} verknüpfen. Diese Felder", "update: no)"),
        ("3 times: a.pdf is not kept any more", "Die Datei a.pdf wird", "bewahrt."),
        ("8 times: KeyError", "Das ist ein Fehler von ticket24, für", "KeyError"),
    ],
)
def test_a_reason_is_said_in_the_readers_language(reason, beginning, end):
    """With the very words of a mail server, or of Bitrix24, at its end."""
    german = said(reason, "de")

    assert (beginning, end) == (german[: len(beginning)], german[-len(end) :])
    assert len({reason, german, said(reason, "pt"), said(reason, "en")}) == 4


@pytest.mark.parametrize(
    "module", [carrying, deliver, late_binding, moving, post_reply, source, uploading]
)
def test_every_reason_of_ours_has_a_translation(module):
    """What a module writes as one is said by a sentence of its own."""
    found = re.findall(
        r'(?:Permanent\("", f?|Gone\(f|text = f)"([^"]+)"', inspect.getsource(module)
    )
    reasons = [re.sub(r"{[^{}]*}", "7", one) for one in found]
    fault = said("KeyError", "en").partition(":")[0]

    assert [] == [one for one in reasons if said(one, "en").startswith(fault)]
