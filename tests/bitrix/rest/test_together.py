"""What is asked at the same time travels in one request."""

import asyncio

import pytest
from fakes import FakeCaller

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.errors import BitrixError, from_answer
from ticket24.bitrix.rest.together import Together


def answers(call):
    """Answer a method by its name; refuse what is called so."""
    if call.method == "refused":
        return from_answer(200, {"error": "NOPE"}, call.method)
    return f"{call.method} {dict(call.params)}"


async def test_what_is_asked_at_once_is_one_request():
    """Each gets its own answers, also below names that others use."""
    caller = FakeCaller(answers)
    together = Together(caller)

    async def deeper():
        return await asyncio.gather(together.call("c"), together.call("refused"))

    one, two, (three, four) = await asyncio.gather(
        together.batch({"x": Call("a"), "y": Call("refused")}),
        together.batch({"x": Call("b", {"id": 1})}),
        asyncio.gather(together.call("c"), deeper(), return_exceptions=True),
    )

    assert 1 == caller.requests
    assert ({"x": "a {}"}, ["y"]) == (one.results, [*one.errors])
    assert {"x": "b {'id': 1}"} == two.results
    assert "c {}" == three.result
    assert isinstance(four, BitrixError)


async def test_what_follows_is_another_request():
    """Who goes on asks anew."""
    caller = FakeCaller(answers)
    together = Together(caller)

    await together.call("a")
    await together.call("b")

    assert (2, ["a", "b"]) == (caller.requests, caller.methods())


async def test_who_gives_up_takes_nobody_along():
    """The others get their answers."""
    caller = FakeCaller(answers)
    together = Together(caller)
    hasty = asyncio.create_task(together.call("a"))
    patient = asyncio.create_task(together.call("b"))
    await asyncio.sleep(0)

    hasty.cancel()

    assert "b {}" == (await patient).result
    with pytest.raises(asyncio.CancelledError):
        await hasty
