"""A `web` that has no descriptor left goes on, and says so once."""

import asyncio
import errno

from structlog.testing import capture_logs

from ticket24.bitrix.rest.transport import broken_off
from ticket24.telemetry.descriptors import are_lacking
from ticket24.web.gate import Gate
from ticket24.web.metrics import Metrics
from ticket24.web.request_log import RequestLog

LACKING = OSError(errno.EMFILE, "Too many open files")


class Line(asyncio.Transport):
    """A connection that can only end."""

    ended = False

    def abort(self):
        self.ended = True


def let_in(gate, count):
    """Let so many connections in; return them, the longest silent first."""
    lines = [Line() for _ in range(count)]
    for line in lines:
        gate().connection_made(line)
    return lines


async def test_the_longest_silent_make_room_when_no_descriptor_is_left():
    """asyncio tells it over and over: it is one line, and an eighth of all goes."""
    metrics = Metrics()
    gate = Gate(
        asyncio.Protocol, metrics, most=100, one_each=False, unread_seconds=60.0
    )
    lines = let_in(gate, 16)
    loop = asyncio.get_running_loop()
    told = {"message": "socket.accept() out of system resource", "exception": LACKING}
    with capture_logs() as logged:
        for _ in range(64):
            gate.trouble(loop, told)

    assert [True] * 3 + [False] * 13 == [line.ended for line in lines]
    (one,) = [line for line in logged if "out_of_descriptors" == line["event"]]
    assert "LimitNOFILE=" in one["reason"]
    assert "exc_info" not in one


async def test_other_faults_of_the_loop_are_told_as_ever(caplog):
    """A task whose exception nobody fetched is a fault of ours."""
    gate = Gate(
        asyncio.Protocol, Metrics(), most=9, one_each=False, unread_seconds=60.0
    )
    fault = {"message": "it was never retrieved", "exception": ValueError("x")}
    gate.trouble(asyncio.get_running_loop(), fault)

    assert "it was never retrieved" in caplog.text


def test_nobody_else_is_blamed_when_no_descriptor_is_left():
    """Neither Bitrix24 nor a mail server is away then, however deep the cause is."""
    wrapped = ConnectionError("cannot connect")
    wrapped.__cause__ = LACKING

    assert are_lacking(wrapped)
    assert not are_lacking(ConnectionError("refused"))
    assert not are_lacking(None)
    assert "out of descriptors" in str(broken_off(LACKING, "profile: acme"))
    assert "out of descriptors" not in str(broken_off(OSError(), "profile: acme"))


def test_who_hangs_up_before_we_say_go_on_leaves_no_traceback():
    """A body that was announced, and a line that died before our 100: not our fault."""
    with capture_logs() as logged:
        RequestLog(Metrics()).log(
            40, "it failed", exc_info=ConnectionResetError("gone")
        )

    assert ["request_unreadable"] == [line["event"] for line in logged]
