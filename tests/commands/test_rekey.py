"""`rekey`: the secret key is changed while everything works."""

import asyncio
import re

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from desk import EVENTS, Worker, event_body, until
from pydantic import SecretStr

from ticket24.cli import rekey as rekeying
from ticket24.cli.doctor import doctor as doctoring
from ticket24.cli.surroundings import Failure
from ticket24.web.app import create_app

NEW = "n" * 32


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def changed(desk):
    """The desk's settings after the change; `alone` without the old key."""

    def changed(*, alone=False):
        old = SecretStr("") if alone else desk.settings.secret_key
        return desk.settings.model_copy(
            update={"secret_key": SecretStr(NEW), "secret_key_old": old}
        )

    return changed


class Web:
    """A web process that was started with these settings."""

    def __init__(self, settings):
        self._server = TestServer(create_app(settings))

    async def __aenter__(self):
        await self._server.start_server()
        self._http = ClientSession()
        return self

    async def __aexit__(self, *_):
        await self._http.close()
        await self._server.close()

    async def event(self, member_id):
        url = self._server.make_url(EVENTS)
        body = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self._http.post(
            url, data=event_body(member_id), headers=body
        ) as answer:
            return answer.status

    async def form(self):
        async with self._http.get(self._server.make_url("/p/acme/login")) as answer:
            page = await answer.text()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        return token, answer.cookies["ticket24_visit"].value

    async def send(self, token, visit):
        async with self._http.post(
            self._server.make_url("/p/acme/login"),
            data={"csrf_token": token, "email": "nobody@example.com", "password": "x"},
            cookies={"ticket24_visit": visit},
        ) as answer:
            return answer.status


async def answered(desk, settings):
    """Answer in a ticket; return the mail that a worker with these settings sends."""
    before = len(desk.mailbox.mails)
    async with Worker(settings):
        desk.comment(desk.ticket(), "Done.")
        await until(lambda: len(desk.mailbox.mails) > before)
    return desk.mailbox.mails[-1]


async def test_nothing_stops_while_the_key_changes(desk, changed, said):
    """Events, mails and open forms work with both keys, then with the new one."""
    await desk.connect()
    member_id = desk.world.member_id
    async with Web(desk.settings) as web:
        form = await web.form()
    async with Web(changed()) as web:
        assert (200, 422) == (await web.event(member_id), await web.send(*form))
    assert await answered(desk, changed())

    said()
    await rekeying.rekey(changed())
    assert [
        "Sealed anew: 2; sealed so before: 0.",
        "TICKET24_SECRET_KEY_OLD can go in an hour: pages that are open need it.",
    ] == said()

    alone = changed(alone=True)
    async with Web(alone) as web:
        assert (200, 403) == (await web.event(member_id), await web.send(*form))
        assert await answered(desk, alone)
        said()
        await doctoring.examine(alone, pace=desk.pace)
        assert "account acme: ok" in said()
        assert 403 == await web.event("another")


async def test_the_doctor_tells_that_the_old_key_is_needed(desk, changed, said):
    """Until everything is sealed anew, and not without an old key."""
    await desk.connect(events=False)

    async def line(settings):
        said()
        await doctoring.examine(settings, pace=desk.pace)
        return [one for one in said() if one.startswith("secret key")]

    assert [] == await line(desk.settings)
    (fault,) = await line(changed())
    assert "secrets still need TICKET24_SECRET_KEY_OLD: `ticket24 rekey`" in fault
    await rekeying.rekey(changed())
    assert ["secret key: ok"] == await line(changed())


async def test_a_wrong_old_key_is_told(desk, changed, said):
    """What no key opens is named, with what to do, and is still there."""
    await desk.connect(events=False)
    wrong = changed().model_copy(update={"secret_key_old": SecretStr("x" * 32)})
    with pytest.raises(Failure, match="opens the webhook of acme: set the key that"):
        await rekeying.rekey(wrong)

    said()
    await rekeying.rekey(changed())
    assert said()[0].startswith("Sealed anew: ")


async def test_as_a_command(desk, invoke, variables):
    """An operator who types it sees two lines and exit code 0."""
    await desk.connect(events=False)
    keys = {"secret_key_old": variables["secret_key"], "secret_key": NEW}
    done = await asyncio.to_thread(invoke, "rekey", **variables | keys)

    assert (0, []) == (done.code, done.err)
    assert "Sealed anew: 2; sealed so before: 0." == done.out[0]
