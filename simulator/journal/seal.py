"""The seal of a whole journal: the one on its last line, which depends on every line (see `Seal`)."""

import re
from collections import deque
from pathlib import Path

from simulator.journal.reading import whole_lines

_SEALED = re.compile(r'"seal":"([0-9a-f]{16})"\}$')


def last_seal(journal: Path) -> str:
    """The seal on the last whole line, as `tail -n 1` shows it; empty where that line has none.

    What follows the last end of a line was cut off while it was written, and is passed over, as the judge does.

    Raises:
        BadInput: the journal cannot be read; the message says why.
    """
    found = _SEALED.search("".join(deque(whole_lines(journal), maxlen=1)))
    return found[1] if found else ""
