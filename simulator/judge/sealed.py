"""Which journal a verdict was made from."""

from pathlib import Path

from simulator.journal.seal import last_seal
from simulator.judge.verdict import RunVerdict


def sealed(verdict: RunVerdict, journal: Path) -> RunVerdict:
    """The verdict with the seal of the journal that it was made from.

    Raises:
        BadInput: the journal cannot be read.
    """
    return verdict.model_copy(update={"journal_seal": last_seal(journal)})
