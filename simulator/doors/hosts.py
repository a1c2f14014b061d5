"""Where an address leads, read as the client that is given it reads it: what is checked is what is reached."""

from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

NO_HOST = "(an address without a host)"


def hosts_in(url: str) -> frozenset[str]:
    """Every host that a client of this address may connect to.

    PostgreSQL's may name several, and for each an address that is taken instead of looking up its name.
    """
    try:
        if url.startswith(("postgresql:", "postgres:")):
            told = conninfo_to_dict(url)
            names = [name for key in ("host", "hostaddr") for name in str(told.get(key) or "").split(",")]
            return frozenset(filter(None, names)) or frozenset([NO_HOST])
        return frozenset([urlsplit(url).hostname or NO_HOST])
    except (psycopg.Error, ValueError):  # its text would quote a password
        return frozenset(["(an address that cannot be read)"])
