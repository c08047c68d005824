"""The example in handlers/README.md is good to be copied."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from fakes import FakeDue
from samples import event

import handlers
from ticket24.domain.tickets.model import TicketRef
from ticket24.routing import Outcome, Router

README = (Path(handlers.__file__).parent / "README.md").read_text()


@pytest.fixture
def own():
    """The module of the example."""
    (code,) = re.findall(
        r"^   ```python\n(.*?)^   ```$", README, re.DOTALL | re.MULTILINE
    )
    module = {}
    exec(compile(dedent(code), "on_app_test.py", "exec"), module)
    return module["router"]


async def test_the_example_asks_for_a_look(own):
    """The example marks the ticket of its sample, also beside what we ignore."""
    due = FakeDue()
    router = Router(handlers.router, own)

    outcome = await router.dispatch(event("onapptest/for_a_ticket", router=router), due)

    assert (Outcome.HANDLED, [TicketRef("acme", 8017)]) == (outcome, due.marked)


@pytest.mark.parametrize("condition", ["with_words", "without_data"])
async def test_the_example_leaves_other_tests_alone(own, condition):
    """The example marks nothing for an event that names no task."""
    due = FakeDue()

    await own.dispatch(event(f"onapptest/{condition}", router=own), due)

    assert [] == due.marked
