"""The peer django-helpdesk as a process: filled, checked, ready to be asked."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.actors import conversations
from bench.actors.readers import readers, request
from bench.peers import homes
from bench.processes import ITS_CORE, ROOT, Child, Failed, free_port, run

VERSION = "2.6.1"
_WANTED = (
    f"django-helpdesk=={VERSION}",
    "django==5.2.19",
    "djangorestframework==3.18.3",
    "gunicorn==27.0.1",
)
_SITE = ROOT / "bench" / "peers" / "helpdesk_site.py"
# What a list shows of it at once, by our choice.
_ROWS = 25
_TABLE = re.compile(r'"(/datatables_ticket_list/[^"]+)"')


@dataclass(frozen=True, slots=True)
class Helpdesk:
    """A running one; each of its pages is all the requests of one view.

    `rows` is the path of the list's second request, `staff` the headers of both.
    """

    child: Child
    port: int
    list_page: list[bytes]
    ticket_page: list[bytes]
    rows: str
    staff: Mapping[str, str]

    def search(self, words: str) -> bytes:
        """Return the request by which its list is searched."""
        more = urlencode({"search[value]": words})
        return request(self.port, f"{self.rows}&{more}", self.staff)


def interpreter(logs: Path) -> Path:
    """Return a Python that has it; raise Failed where it cannot be installed."""
    return homes.interpreter(f"django-helpdesk-{VERSION}", _WANTED, logs)


@contextlib.contextmanager
def helpdesk(
    python: Path, folder: Path, tickets: Sequence[Mapping[str, Any]] = ()
) -> Iterator[Helpdesk]:
    """Fill it and start it with one of gunicorn's sync workers, its usual kind.

    The `tickets` are those of `conversations` if there are none.
    """
    tickets = tickets or conversations.tickets()
    place = folder / "helpdesk"
    place.mkdir()
    (place / "tickets.json").write_text(json.dumps(tickets))
    facts = json.loads(run("fill-helpdesk", [python, _SITE, place], folder=folder))
    port = free_port()
    command: list[str | Path] = [
        *(python, "-m", "gunicorn", "--chdir", place, "--pythonpath", _SITE.parent),
        *("--workers", "1", "--no-control-socket", "--bind", f"127.0.0.1:{port}"),
        f"{_SITE.stem}:application",
    ]
    child = Child("helpdesk", command, cores=ITS_CORE, folder=folder)
    with child:
        child.wait_for_http(f"http://127.0.0.1:{port}/login/")
        yield _checked(child, port, facts, tickets)


def _checked(
    child: Child,
    port: int,
    facts: dict[str, str],
    tickets: Sequence[Mapping[str, Any]],
) -> Helpdesk:
    """Make sure that its pages show what they should, and return their requests."""
    staff = {"Cookie": facts["cookie"]}
    with readers(port, 1) as one:

        def page(path: str, *words: str, count: int, **headers: str) -> bytes:
            asked = request(port, path, headers)
            answer = one.fetch(asked)
            text = answer.body.decode()
            for word in words:
                if text.count(word) < count:
                    raise Failed(f"django-helpdesk does not show {word!r} on {path}")
            return asked

        subjects = [str(ticket["subject"]) for ticket in tickets]
        # It has an order of its own.
        shown = subjects if len(subjects) <= _ROWS else ()
        said = len(tickets[0]["messages"])
        frame = request(port, "/tickets/", staff)
        table = _TABLE.search(one.fetch(frame).body.decode())
        if not table:
            raise Failed("django-helpdesk's list does not name its table")
        rows = f"{table[1]}?{urlencode({'draw': 1, 'start': 0, 'length': _ROWS})}"
        query = urlencode({name: facts[name] for name in ("ticket", "email", "key")})
        return Helpdesk(
            child,
            port,
            [
                frame,
                page(rows, f'"recordsTotal": {len(tickets)}', *shown, count=1, **staff),
            ],
            [page(f"/view/?{query}", "followup well card", count=said)],
            rows,
            staff,
        )
