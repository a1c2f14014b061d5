"""Recognises the attempts that every scanner sends, cheaply: one regular expression over the bytes."""

import re
from urllib.parse import unquote_to_bytes

_PATTERNS = {
    "sql_injection_attempt": (
        rb"'\s*(?:or|and)\s+['\d]|\bunion\s+(?:all\s+)?select\b|;\s*(?:drop|delete|insert|update)\s|'\s*--|\bsleep\(\d"
    ),
    "xss_attempt": rb"<\s*script|javascript:|\bon(?:error|load|click)\s*=|<\s*(?:iframe|svg|img)\b",
    "path_traversal_attempt": rb"\.\.[/\\]|/etc/passwd|\\windows\\",
}
_ANY = re.compile(b"|".join(b"(?P<%b>%b)" % (k.encode(), v) for k, v in _PATTERNS.items()), re.IGNORECASE)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def probe_in(text: bytes) -> str | None:
    """Return the type of the first probe found in a path, a query string or a body."""
    if b"%" in text or b"+" in text:
        # Twice: scanners hide behind double encoding.
        text = unquote_to_bytes(unquote_to_bytes(text.replace(b"+", b" ")))
    found = _ANY.search(text)
    return found.lastgroup if found else None


def is_cross_site(method: str, fetch_site: str) -> bool:
    """Tell whether a browser says that a foreign page made it send a change: the sign of a CSRF attempt."""
    return method not in _SAFE_METHODS and fetch_site == "cross-site"
