"""Where a request comes from: which addresses count as one, and which as neighbours."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Prefixes of IPv6 addresses that contain an IPv4 address, and how far its 32 bits are
# from the right: 6to4 (RFC 3056), translated (RFC 6052, 8215), compatible (RFC 4291).
_CLOTHED = (
    (ipaddress.IPv6Network("2002::/16"), 80),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("64:ff9b:1::/48"), 0),
    (ipaddress.IPv6Network("::/96"), 0),
)
_LOCAL = ipaddress.IPv6Address("::1")

# The networks that one customer of a provider may have alone, the narrowest first.
_OWN = 64, 56, 48

# The networks that neighbours share, the widest first.
_CROWD_V4 = 16, 24, 32
_CROWD_V6 = 32, 48, 64


def parsed(address: str) -> Address | None:
    """Read an address; IPv4 mapped into IPv6 becomes IPv4."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(read, ipaddress.IPv4Address) or read == _LOCAL:
        return read
    if read.ipv4_mapped:
        return read.ipv4_mapped
    if read.teredo:
        return read.teredo[1]
    for network, shift in _CLOTHED:
        if read in network:
            return ipaddress.IPv4Address(int(read) >> shift & 0xFFFFFFFF)
    return read


def place(address: str) -> str:
    """Return what counts as one address: in IPv6 the smallest network of a customer."""
    return places(address)[0]


def places(address: str) -> tuple[str, ...]:
    """Return everything that may belong to one person, the narrowest first.

    In IPv6 that is an address and the networks around it. In IPv4 it is the address
    alone, because its neighbours are strangers.
    """
    read = parsed(address)
    if read is None:
        return (address,)
    if isinstance(read, ipaddress.IPv4Address):
        return (str(read),)
    return tuple(_network(read, length) for length in _OWN)


def crowd(address: str) -> tuple[str, str, str]:
    """Return the networks that share turns, the widest first.

    They never cause a refusal: the owner of a whole network has one share.
    """
    read = parsed(address)
    if read is None:
        return (address, address, address)
    wide, middle, narrow = (
        _CROWD_V4 if isinstance(read, ipaddress.IPv4Address) else _CROWD_V6
    )
    return _network(read, wide), _network(read, middle), _network(read, narrow)


def _network(address: Address, length: int) -> str:
    plain = str(address).partition("%")[0]  # Without the name of an interface.
    return str(ipaddress.ip_network(f"{plain}/{length}", strict=False))
