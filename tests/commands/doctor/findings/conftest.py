"""A doctor who examines a desk."""

import pytest
from doctors import unwell

from ticket24.cli import accounts as listing
from ticket24.cli.doctor import doctor as doctoring
from ticket24.telemetry.counters import FAULTS


@pytest.fixture
def desk(shared_desk):
    return shared_desk


@pytest.fixture
def examine(desk, said):
    """Ask the doctor; return whether all is well, and the lines by subject."""

    async def examine(**changed):
        said()
        settings = desk.settings.model_copy(update=changed)
        others = FAULTS.of_late()
        well = await doctoring.examine(settings, pace=desk.pace)
        lines = dict(line.split(": ", 1) for line in said())
        if others:  # What tests before this one provoked in this process.
            lines.pop("faults", None)
            well = not unwell(lines)
        return well, lines

    return examine


@pytest.fixture
def listed(desk, said):
    """List the accounts; return the state of the only one, and the lines below."""

    async def listed():
        said()
        await listing.show_all(desk.settings)
        first, *below = said()
        head, _, state = first.partition(" tickets  ")
        assert head == "acme  webhook  30"
        return state, below

    return listed
