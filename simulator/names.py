"""How unknown names are answered: with the nearest known one, and with all of them."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """The tail of an error message: `; did you mean 'x'? Known: a, b, x`."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else "."
    return f"{guess} Known: {', '.join(names) or 'none'}"
