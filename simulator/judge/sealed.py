"""Which journal a verdict was made from."""

from pathlib import Path

from simulator.journal.packed import journal_in
from simulator.journal.reading import read_run
from simulator.journal.seal import last_seal
from simulator.judge.run import judge
from simulator.judge.verdict import RunVerdict


def judged(folder: Path) -> RunVerdict:
    """The verdict on the journal in a run's folder, with its seal.

    Raises:
        BadInput: the journal cannot be read.
    """
    return sealed(judge(read_run(folder)), journal_in(folder))


def sealed(verdict: RunVerdict, journal: Path) -> RunVerdict:
    """The verdict with the seal of the journal that it was made from.

    Raises:
        BadInput: the journal cannot be read.
    """
    return verdict.model_copy(update={"journal_seal": last_seal(journal)})
