"""What a browser tells of a request: which page is behind it, and under which name it went out.

Our servers listen on loopback or in a private network, where no page on the Internet can reach them by itself. A browser
on the same machine can, and lends every page its hands: by a form or a script that is sent elsewhere (cross-site
requests), or by a name that its owner lets point at us (DNS rebinding).
"""

import ipaddress
from collections.abc import Callable, Collection

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods that change nothing."""
Header = Callable[[str], str | None]
"""A request's header by its name, in whatever case; None where it has none."""


def foreign_page(method: str, header: Header) -> str:
    """Why a request must not be answered, for the page behind it; empty when it may be.

    Programs tell no origin, so this is about browsers alone: it says nothing of who is asking.
    """
    if _is_foreign(method, header, (header("Host") or "").lower()):
        return "refused: a page of another origin asked for this, in somebody's browser"
    return ""


def foreign_name(header: Header, names: Collection[str] = ()) -> str:
    """Why a request must not be answered, for the name it was sent to; empty when it may be.

    `names` are those that are ours though they have dots.
    """
    host = (header("Host") or "").lower()
    if _is_ours(_without_port(host), names):
        return ""
    return f"refused: {host!r} is no name of this server's; use its IP address, or a name without a dot"


def _is_ours(name: str, names: Collection[str]) -> bool:
    """An address, and a name without a dot, nobody on the Internet can let point elsewhere."""
    if "." not in name or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0].rstrip(".")


def _is_foreign(method: str, header: Header, host: str) -> bool:
    site = header("Sec-Fetch-Site")
    if site is not None:
        # `same-site` is foreign as well: other ports of this machine are other programs.
        return site not in {"same-origin", "none"} and not _is_a_followed_link(method, header)
    origin = header("Origin")  # all that a browser tells over plain HTTP, or an old one
    return origin is not None and origin.partition("://")[2].lower() != host


def _is_a_followed_link(method: str, header: Header) -> bool:
    """A page shown by itself, where the one that has the link cannot look into it; not so in a frame."""
    return (
        method in READING
        and header("Sec-Fetch-Mode") == "navigate"
        and header("Sec-Fetch-Dest") == "document"
    )
