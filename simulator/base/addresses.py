"""Addresses that may carry credentials: made, checked and shown here, so that no piece of a password gets out.

A password that stands in an address as it is, with a slash for instance, makes every reader take a piece of it for
the host, the port or the path, and quote that back. So no message repeats an address that is not well-formed, nor
what a library says of one.
"""

import re
from urllib.parse import quote

_USERINFO = r"(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*"
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]*)"
_ADDRESS = re.compile(
    rf"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<user>{_USERINFO})@)?(?P<host>{_HOST})(?::(?P<port>\d{{1,5}}))?"
    r"(?P<path>/[^?#@\s]*)?(?:[?#][^@\s]*)?",
    re.ASCII,
)
"""RFC 3986, section 3.2, but for an `@` behind the host: then the host was a piece of the credentials."""
HIDDEN = "..."
ENCODE = "in an address every character of a password but letters and digits has to be percent-encoded, / as %2F and @ as %40"
"""What to do about one that is not well-formed."""


def with_credentials(scheme: str, user: str, password: str, rest: str) -> str:
    """`SCHEME://USER:PASSWORD@REST`, whatever characters the credentials have."""
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"


def is_well_formed(address: str) -> bool:
    """Whether every reader finds the same host in it, and no credentials but before it."""
    return _ADDRESS.fullmatch(address) is not None


def has_credentials(address: str) -> bool:
    """Whether there is, or was meant to be, a user name or a password in it."""
    return "@" in address


def shown_address(address: str) -> str:
    """As a message may repeat it: scheme, host, port and path; of one that is not well-formed nothing."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return "an address that is not well-formed"
    port = f":{found['port']}" if found["port"] else ""
    user = f"{HIDDEN}@" if found["user"] is not None else ""
    return f"{found['scheme']}://{user}{found['host']}{port}{found['path'] or ''}"
