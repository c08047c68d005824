"""What the authorization server and the account say of a post is checked too."""

from dataclasses import replace

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from desk import CLIENT_ID, CLIENT_SECRET

from bitrix24_sandbox.apps import applications
from ticket24.bitrix.apps.oauth import AuthServer
from ticket24.bitrix.events.frame_posts import parse
from ticket24.flows.accounts.verifying import FrameRefused, Refusal, Verifier
from ticket24.flows.reach.clients import Clients
from ticket24.pace import PACE

ADMIN, STAFF = 1, 3


class Said:
    """What the authorization server answers: the truth, with changes."""

    def __init__(self, world):
        self.install = {
            "installed": True,
            "domain": world.domain,
            "client_endpoint": f"{world.address}/rest/",
            "member_id": world.member_id,
            "scope": "crm",
            "status": "L",
        }
        self.info = {"client_id": CLIENT_ID, "scope": "crm,user", "user_id": ADMIN}
        self.text = None

    async def answer(self, _request):
        if self.text is not None:
            return web.Response(text=self.text)
        return web.json_response({"result": self.info | {"install": self.install}})


@pytest.fixture
async def said(app_desk):
    applications.add(app_desk.world, ADMIN, CLIENT_ID)
    return Said(app_desk.world)


@pytest.fixture
async def verifier(app_desk, said):
    app = web.Application()
    app.router.add_post("/rest/app.info/", said.answer)
    stores = app_desk.stores
    async with TestServer(app) as server, ClientSession() as session:
        auth = AuthServer(session, str(server.make_url("")), CLIENT_ID, CLIENT_SECRET)
        clients = Clients(
            session,
            stores,
            allow_loopback=True,
            server=auth,
        )
        yield Verifier(auth, clients, stores, PACE)


@pytest.fixture
def post(app_desk, said):
    _, query, form = applications.frame_fields(app_desk.world, ADMIN, CLIENT_ID)
    return parse(query, form)


async def refusal(verifier, post):
    with pytest.raises(FrameRefused) as caught:
        await verifier.verify(post)
    return caught.value.reason


async def test_a_true_post_tells_who_looks(app_desk, verifier, post):
    """Name, rights and tokens are those of the account's own user."""
    verified = await verifier.verify(post)

    me = app_desk.world.users[ADMIN]
    assert (ADMIN, True) == (verified.user_id, verified.admin)
    assert f"{me.name} {me.last_name}" == verified.name
    assert me.email == verified.email
    assert post.refresh_id == verified.pair.refresh_token
    assert not verified.installed


async def test_without_the_right_to_read_users_there_is_no_e_mail(verifier, said, post):
    """Nothing is asked that the application may not know."""
    said.info["scope"] = "crm"

    assert "" == (await verifier.verify(post)).email


async def test_a_post_without_a_refresh_token_brings_no_pair(verifier, post):
    """Such a user can look, and nothing is kept of him or her."""
    assert None is (await verifier.verify(replace(post, refresh_id=""))).pair


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"client_id": "app.another.1"}, Refusal.OTHER_APP),
        ({"user_id": STAFF}, Refusal.FORGED),
    ],
)
async def test_another_token_than_it_says_is_refused(
    verifier, said, post, change, reason
):
    """Another application's, or one that the account knows as somebody else's."""
    said.info |= change

    assert reason == await refusal(verifier, post)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("member_id", "b" * 32),
        ("domain", "other.bitrix24.com"),
        ("domain", "127.0.0.1"),
    ],
)
async def test_another_account_than_it_says_is_refused(
    verifier, said, post, field, value
):
    """Member id and address, with its port, have to agree."""
    said.install[field] = value

    assert Refusal.OTHER_ACCOUNT == await refusal(verifier, post)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://acme.bitrix24.example/rest/",
        "ftp://127.0.0.1/rest/",
        "https://user@127.0.0.1/rest/",
        "http://127.0.0.1:1/other/",
        "nonsense",
    ],
)
async def test_only_a_rest_address_is_called(verifier, said, post, endpoint):
    """An address that Bitrix24 never gives is not called."""
    said.install["client_endpoint"] = endpoint

    assert Refusal.FORGED == await refusal(verifier, post)


@pytest.mark.parametrize("text", ["", "<h1>Busy</h1>", "[]", '{"result":[]}', "null"])
async def test_no_answer_is_no_confirmation(verifier, said, post, text):
    """Whatever comes instead of an answer opens nothing, and can be tried again."""
    said.text = text

    assert Refusal.AWAY == await refusal(verifier, post)
    said.text = None
    assert await verifier.verify(post)


async def test_a_post_is_used_once_until_it_is_released(verifier, post):
    """What came to nothing afterwards may be sent again."""
    await verifier.verify(post)
    assert Refusal.REPLAYED == await refusal(verifier, post)

    await verifier.release(post)
    assert await verifier.verify(post)
