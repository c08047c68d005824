"""How many descriptors this process has, of those that it may have."""

import errno
import os
import resource

LACKING = (
    "this process is out of descriptors: raise LimitNOFILE= of its unit (ulimit -n),"
    " and see who opens so many connections"
)
# The rest of a sentence that begins with the name of what we wanted to reach.
NONE_LEFT = f"cannot be asked because {LACKING}"

_LACK = frozenset({errno.EMFILE, errno.ENFILE})


def are_lacking(error: BaseException | None) -> bool:
    """Whether something failed because no descriptor was left, here or on the machine.

    Then nobody else is at fault, whoever could not be reached.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in _LACK:
            return True
        # aiohttp keeps the system's fault in a field of its own.
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
    return False


def descriptors() -> tuple[int, int]:
    """Return how many are open and how many may be; (0, 0) where nobody can tell."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return 0, 0
    try:
        return len(os.listdir("/dev/fd")), soft  # noqa: PTH208  Of thousands, each second.
    except OSError as error:  # Looking takes one too.
        return (soft, soft) if error.errno in _LACK else (0, 0)
