"""The seal of a whole journal: the one on its last line, which depends on every line (see `Seal`)."""

import re
from functools import partial
from pathlib import Path

from simulator.base.errors import BadInput
from simulator.base.files import open_file
from simulator.journal.file import LARGEST_JOURNAL, LONGEST_LINE

_SEALED = re.compile(rb'"seal":"([0-9a-f]{16})"\}\n')


def last_seal(journal: Path) -> str:
    """The seal on the last whole line, as `tail -n 1` shows it; empty where that line has none.

    What follows the last end of a line was cut off while it was written, and is passed over, as the judge does.

    Raises:
        BadInput: the journal cannot be read; the message says why.
    """
    last = b""
    try:
        with open_file(journal, LARGEST_JOURNAL) as file:
            for line in iter(partial(file.readline, LONGEST_LINE), b""):
                last = line if line.endswith(b"\n") else last
    except OSError as error:
        raise BadInput(f"{journal}: cannot be read: {error.strerror}") from None
    found = _SEALED.search(last)
    return found[1].decode() if found else ""
