"""Who is calling: the peer, or whom a trusted proxy says it speaks for."""

import ipaddress


def client_address(peer: str, forwarded_for: str, trusted: frozenset[str]) -> str:
    """Return the client's address.

    X-Forwarded-For is believed only from a trusted peer, and read from the right: the first address that is
    not a trusted proxy itself is the client. Anything that is no IP address is ignored.
    """
    if peer not in trusted or not forwarded_for:
        return peer
    address = peer
    for hop in reversed(forwarded_for.split(",")):
        candidate = hop.strip()
        if not _is_address(candidate):
            return address
        address = candidate
        if candidate not in trusted:
            return address
    return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
