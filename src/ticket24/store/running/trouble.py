"""Why Redis does not do what we ask, and how to put it right.

This goes by Redis' own words, and those of the system: a full disk is not a wrong
address.
"""

import errno
import re

from ticket24.telemetry.descriptors import NONE_LEFT

_ADDRESS = "Check TICKET24_REDIS_URL"

# What Redis may say, in the order in which we look for it.
_SAID = {
    r"used memory > 'maxmemory'": (
        "is full: it holds as much as its maxmemory allows. Give it more memory"
        " (maxmemory in redis.conf, CONFIG SET for now), and see whether workers run:"
        " what waits takes room. Reading goes on; nothing new is kept until then"
    ),
    r"You can't write against a read only replica|READONLY": (
        "is read-only: it is a replica, or another one has become the primary. Name"
        " the primary in TICKET24_REDIS_URL, or promote this one (REPLICAOF NO ONE)"
    ),
    r"MISCONF": (
        "cannot write to its disk, which is full or broken, and refuses to take more"
        " than it can keep. Make room on Redis' machine (df -h); then it goes on by"
        " itself"
    ),
    r"NOREPLICAS|NOGOODSLAVE": (
        "has lost the replicas that it must have (min-replicas-to-write): bring them"
        " back"
    ),
    r"LOADING|MASTERDOWN": (
        "is starting and reads its data: wait, it goes on by itself"
    ),
    r"WRONGPASS|NOAUTH|AUTH|invalid (?:username|password)|[Aa]uthentication": (
        f"refuses our user or password. {_ADDRESS}"
    ),
    r"NOPERM|no permissions": (
        "does not let our user do this (its ACL): ticket24 needs all commands on the"
        " keys t24:*"
    ),
    r"CLUSTERDOWN|cluster is down": (
        "is a cluster with a part missing: bring its nodes back"
    ),
    r"max number of clients": (
        "has as many clients as it accepts (maxclients): raise that, or end the others"
    ),
}

_SYSTEM = {
    errno.EMFILE: NONE_LEFT,
    errno.ENFILE: "cannot be asked: this machine is out of descriptors (fs.file-max)",
    errno.ECONNREFUSED: (
        "does not answer: nobody listens at its address. Start Redis (systemctl start"
        " redis-server), or check TICKET24_REDIS_URL"
    ),
    errno.ENOENT: (
        "does not answer: its socket is not there. Start Redis, or check"
        " TICKET24_REDIS_URL"
    ),
    errno.EACCES: (
        "does not let us use its socket: give our user its group (usermod -aG redis"
        " ticket24)"
    ),
    errno.ENOSPC: "cannot be used: the disk of this machine is full (df -h)",
}


def explained(error: BaseException) -> str:
    """Say what Redis is or does, as the rest of a sentence that begins with it.

    Our own words end with how to put it right; words that we do not know are repeated
    unchanged.
    """
    words = " ".join(str(error).split())
    for pattern, meaning in _SAID.items():
        if re.search(pattern, words):
            return meaning
    number = _number(error)
    if number in _SYSTEM:
        return _SYSTEM[number]
    if re.search(r"Timeout|timed out", f"{type(error).__name__} {words}"):
        return (
            "does not answer in time: its machine is overloaded or out of reach, or a"
            f" firewall drops what we send. {_ADDRESS}"
        )
    if re.search(r"Name or service|getaddrinfo|nodename|Temporary failure", words):
        return f"does not answer: there is no host of its name. {_ADDRESS}"
    said = words or type(error).__name__
    return f"does not answer: {said}{'' if said.endswith('.') else '.'} {_ADDRESS}"


def _number(error: BaseException) -> int:
    """Return the system's number of a fault: redis-py keeps it in its words alone."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno:
            return cause.errno
        cause = cause.__cause__ or cause.__context__
    found = re.match(r"Error (\d+) connecting", str(error))
    return int(found[1]) if found else 0
