"""Why something was set aside is said in its reader's language."""

import inspect
import json
import re
import string

import pytest

from ticket24 import i18n
from ticket24.bitrix.conversations import roles
from ticket24.bitrix.files import uploading
from ticket24.bitrix.rest import errors
from ticket24.bitrix.tickets import moving, source
from ticket24.domain.customers.mailboxes import NoMailbox, mailbox
from ticket24.domain.settings.task_fields import TaskField
from ticket24.domain.tickets.reasons import Cause, Reason, reason, reason_of
from ticket24.flows.commands import late_binding, post_reply
from ticket24.flows.commands.late_binding import Unfilled
from ticket24.flows.tickets.older_reasons import read
from ticket24.flows.tickets.reasons import _WORDS, reason_for, said
from ticket24.mail.server.refusals import Refused
from ticket24.store.commands.spool import FileGone
from ticket24.store.letters.parked import PARKED

FIELD = TaskField(1, "UF_COST", "string", multiple=False, label="Cost centre")
VALUES = {
    name: f"the-{name}"
    for name in [
        "words",
        "days",
        "count",
        "contacts",
        "method",
        "task",
        "group",
        "file",
        "fields",
        "user",
        "name",
    ]
}


def of_address(email):
    with pytest.raises(NoMailbox) as caught:
        mailbox(email)
    return caught.value


def unfilled(*fields):
    return Unfilled(7, fields, errors.Permanent("ERROR", "tasks.task.update: no", 400))


DENIED = errors.from_answer(
    400, {"error": "ERROR_CORE", "error_description": "Access denied"}, "tasks.task.get"
)
SILENT = "the mail server was given it 4 times and never said whether it took it"
UNBOUND = (
    "Die Aufgabe 7 wurde erstellt, aber Bitrix24 verknüpft sie nicht mit dem Kunden"
)


@pytest.mark.parametrize("language", ["en", "de", "pt"])
@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words_in_every_language(cause, language):
    """Words of their own, with all values of the cause in them."""
    words = _WORDS[cause]
    spoken = said(Reason(cause, VALUES), language)
    names = re.findall(r"%\((\w+)\)s", words)

    assert [] == [name for name in names if VALUES[name] not in spoken]
    assert (words == i18n.translations(language).gettext(words)) == (language == "en")
    assert len(set(_WORDS.values())) == len(Cause)


@pytest.mark.parametrize(
    ("error", "beginning", "end"),
    [
        (Refused("550 5.1.1 no"), "Der Mailserver meldet:", "550 5.1.1 no"),
        (of_address("nobody"), "Das ist keine E-Mail-Adresse:", "“nobody”"),
        (of_address("ü@x.org"), "An eine Adresse mit anderen", "“ü@x.org”"),
        (
            DENIED,
            "Bitrix24 meldet: Access denied",
            "(ERROR_CORE, HTTP 400) [tasks.task.get]",
        ),
        (
            errors.BitrixBroken("", "batch: no usable answer", 500),
            "Bitrix24 hat keine brauchbare Antwort gesendet:",
            "batch: no usable answer (HTTP 500)",
        ),
        (unfilled(), UNBOUND, "tasks.task.update: no"),
        (unfilled(FIELD), f"{UNBOUND}. Diese Felder", "update: no)"),
        (roles.shut_out(7), "Ticket24 ist an der Aufgabe 7", "Person ein."),
        (FileGone("a 100% b.pdf"), "Die Datei a 100% b.pdf ist", "vorhanden."),
        (KeyError("x"), "Das ist ein Fehler in Ticket24.", "KeyError('x')"),
    ],
)
def test_an_error_says_why_in_the_readers_language(error, beginning, end):
    """It contains the very words of a mail server, or of Bitrix24."""
    german = said(reason_of(error), "de")

    assert (beginning, end) == (german[: len(beginning)], german[-len(end) :])


@pytest.mark.parametrize(
    "module", [late_binding, moving, post_reply, roles, source, uploading]
)
def test_every_refusal_of_ours_has_a_cause(module):
    """Whatever a module itself refuses says why."""
    raised = re.findall(
        r'(?:Permanent|AccessDenied)\(\s*""(?:[^()]|\([^()]*\))*\)',
        inspect.getsource(module),
    )

    assert [] == [call for call in raised if "why=" not in call]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("", None),
        (
            "the mail server refused it: 550 no",
            reason(Cause.MAIL_REFUSED, words="550 no"),
        ),
        ("550 5.1.1 no", reason(Cause.MAIL_REFUSED, words="550 5.1.1 no")),
        (
            "could not be delivered for 5 days: 451 later",
            reason(Cause.MAIL_LATE, days=5, words="451 later"),
        ),
        (
            f"{SILENT} (Connection lost (x)): it may have arrived",
            reason(Cause.MAIL_UNSURE, count=4, words="Connection lost (x)"),
        ),
        (
            f"could not be looked at 3 times: {DENIED}",
            reason(
                Cause.BITRIX24,
                tries=3,
                method="tasks.task.get",
                words="Access denied (ERROR_CORE, HTTP 400)",
            ),
        ),
        (
            f"3 times: {unfilled(FIELD)}",
            reason(
                Cause.UNFILLED,
                tries=3,
                task=7,
                words="tasks.task.update: no",
                fields=FIELD.shown,
            ),
        ),
        (str(of_address("nobody")), of_address("nobody").why),
        (str(of_address("ü@x.org")), of_address("ü@x.org").why),
        (str(roles.shut_out(7)), reason(Cause.SHUT_OUT, task=7)),
        ("3 times: a.pdf is not kept any more", reason_of(FileGone("a.pdf"), tries=3)),
        ("8 times: KeyError", reason(Cause.FAULT, tries=8, words="KeyError")),
    ],
)
def test_a_sentence_of_earlier_builds_is_read(sentence, expected):
    """What they kept in Redis is shown as what is kept now."""
    parked = PARKED.validate_json(
        json.dumps(
            {
                "id": "mail-1",
                "sort": "mail",
                "about": "",
                "reason": sentence,
                "parked_at": "2026-11-01T09:00:00Z",
                "content": "",
            }
        )
    )

    assert expected == reason_for(parked) == read(sentence)


def test_a_reason_comes_back_from_redis_as_it_was():
    """Its values may hold whatever strangers write."""
    why = reason(Cause.BITRIX24, tries=3, method="a.b", words=string.printable)
    parked = PARKED.validate_python(
        {
            "id": "mail-1",
            "sort": "mail",
            "about": "",
            "parked_at": "2026-11-01T09:00:00Z",
            "content": "",
            "why": why,
        }
    )

    assert why == reason_for(PARKED.validate_json(PARKED.dump_json(parked)))
