"""Many calls in one request, each with its own answer."""

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web
from rest_answers import AT, BLOCKED, TIME

from ticket24.bitrix.rest.batch import Call
from ticket24.bitrix.rest.errors import BitrixBroken, OutOfRunTime, Permanent


async def carry_out(request):
    """Answer every command with its query, all but those named bad."""
    cmd = (await request.json())["cmd"]
    good = {key: dict(parse_qsl(each.partition("?")[2])) for key, each in cmd.items()}
    bad = {key: {"error": "X"} for key in cmd if key.startswith("bad")}
    result = {
        "result": {key: each for key, each in good.items() if key not in bad},
        "result_error": bad or [],
    }
    return web.json_response({"result": result, "time": TIME})


async def test_batch_brings_results_and_errors(fake, bitrix, limiter):
    """One request carries all commands; the errors come back beside the results."""
    fake.will(carry_out)
    commands = {"a": Call("user.get", {"ID": 5}), "bad": Call("profile")}

    batch = await bitrix.batch(commands, urgent=True)

    assert {"a": {"ID": "5"}} == batch.results
    assert {"bad": Permanent} == {key: type(e) for key, e in batch.errors.items()}
    assert AT == batch.server_time
    assert [("acme", {"batch", "user.get", "profile"}, True)] == limiter.taken


async def test_many_commands_are_many_requests(fake, bitrix):
    """More than 50 commands travel in several requests, four of them at once."""
    now, peak, together = 0, 0, asyncio.Event()

    async def slowly(request):
        nonlocal now, peak
        now += 1
        peak = max(peak, now)
        if peak == 4:
            together.set()
        await together.wait()
        await asyncio.sleep(0.05)
        now -= 1
        return await carry_out(request)

    fake.will(slowly)
    commands = {str(n): Call("user.get", {"ID": n}) for n in range(320)}

    batch = await bitrix.batch(commands)

    assert {key: {"ID": key} for key in commands} == batch.results
    assert [20, *[50] * 6] == sorted(len(seen.params["cmd"]) for seen in fake.seen)
    assert 4 == peak


async def test_half_failed_batch_keeps_the_other_half(fake, bitrix):
    """When one request of several fails, only its commands do."""

    async def half(request):
        if "0" in (await request.json())["cmd"]:
            return web.Response(status=502)
        return await carry_out(request)

    fake.will(half)
    batch = await bitrix.batch({str(n): Call("profile") for n in range(60)})

    assert 50 == sum(isinstance(e, BitrixBroken) for e in batch.errors.values())
    assert 10 == len(batch.results)


async def test_empty_batch_sends_nothing(fake, bitrix):
    """Without commands there is no request."""
    batch = await bitrix.batch({})

    assert ([], {}, {}) == (fake.seen, batch.results, batch.errors)


async def test_blocked_command_blocks_its_method(fake, bitrix, limiter):
    """A method out of run time inside a batch is blocked for all."""
    fake.will({"result": {"result": [], "result_error": {"a": BLOCKED}}})

    batch = await bitrix.batch({"a": Call("user.get")})

    assert OutOfRunTime is type(batch.errors["a"])
    assert [("acme", "user.get", 60)] == limiter.blocks
