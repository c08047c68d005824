"""Run the measurements, print a table, write the numbers."""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter

from bench.goals import Measured, Outcome, as_json, table
from bench.measurements import (
    accept,
    accounts,
    arrivals,
    burst,
    drain,
    growth,
    live,
    long,
    mail_delay,
    mails,
    memory,
    pages,
    sending,
    storm,
)
from bench.processes import OTHER_CORE, Failed
from bench.stage import Stage, open_stage, versions

MEASUREMENTS: dict[str, Callable[[Stage], Awaitable[Outcome]]] = {
    "accept": accept.measure,
    "drain": drain.measure,
    "mail_delay": mail_delay.measure,
    "burst": burst.measure,
    "pages": pages.measure,
    "mails": mails.measure,
    "accounts": accounts.measure,
    "arrivals": arrivals.measure,
    "storm": storm.measure,
    "live": live.measure,
    "sending": sending.measure,
    "long": long.measure,
    "growth": growth.measure,
    "memory": memory.measure,
}


async def bench(names: list[str]) -> list[Measured]:
    """Run measurements one after the other; return all numbers."""
    numbers: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="ticket24-bench-") as folder:
        async with open_stage(Path(folder)) as stage:
            print(await versions(stage))
            for name in names:
                began = perf_counter()
                outcome = await MEASUREMENTS[name](stage)
                print(f"\n{name} ({perf_counter() - began:.0f} s)")
                for remark in outcome.remarks:
                    print(f"  {remark}")
                sys.stdout.flush()
                numbers += outcome.numbers
    return numbers


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser("t24 bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(MEASUREMENTS)}")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - MEASUREMENTS.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")

    # Whatever ends us: children and Redis are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.sched_setaffinity(0, OTHER_CORE)
    began = perf_counter()
    try:
        numbers = asyncio.run(bench(arguments.names or list(MEASUREMENTS)))
    except Failed as fault:
        sys.exit(f"bench: {fault}")
    print(f"\n{table(numbers)}\n\n{perf_counter() - began:.0f} s in all")
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(numbers), indent=2) + "\n")


if __name__ == "__main__":
    main()
