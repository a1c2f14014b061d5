"""How unknown names are answered: with the nearest known one, and with all of them."""

import difflib
from collections.abc import Iterable, Sequence

LONGEST_SHOWN = 80
"""Characters of a foreign text that an error message repeats: who wrote more knows it from its beginning."""

LONGEST_REASON = 200
"""Characters of what a library says of an input, all of which some repeat."""


def brief(text: str) -> str:
    """A library's own words, in one line, and cut off."""
    return " ".join(text.split())[:LONGEST_REASON]


def shown(text: object) -> str:
    """A foreign text, quoted, as a message may repeat it: on one line, without control characters, and cut off."""
    whole = str(text)
    return repr(whole) if len(whole) <= LONGEST_SHOWN else f"{whole[:LONGEST_SHOWN]!r}..."


def nearest(name: str, known: Iterable[str]) -> str:
    """The tail of an error message: `; did you mean 'x'? Known: a, b, x`."""
    names = sorted(known)
    close = difflib.get_close_matches(name[:LONGEST_SHOWN], names, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else "."
    return f"{guess} Known: {', '.join(names) or 'none'}"


def some(names: Sequence[str], most: int = 3) -> str:
    """The first names of many, as in `a, b, c and 4 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
