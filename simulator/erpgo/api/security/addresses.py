"""Who is calling: the peer, or whom a trusted proxy says it speaks for."""

import ipaddress
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_REMEMBERED = 4096


def client_address(peer: str, forwarded_for: str, trusted: frozenset[Network]) -> str:
    """Return the client's address.

    X-Forwarded-For is believed only from a trusted peer, and read from the right: the first address that is
    not a trusted proxy itself is the client. Anything that is no IP address is ignored.
    """
    if not forwarded_for or not _is_among(peer, trusted):
        return peer
    address = peer
    for hop in reversed(forwarded_for.split(",")):
        candidate = hop.strip()
        if not _is_address(candidate):
            return address
        address = candidate
        if not _is_among(candidate, trusted):
            return address
    return address


@lru_cache(_REMEMBERED)  # the same few proxies with every request
def _is_among(text: str, networks: frozenset[Network]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
