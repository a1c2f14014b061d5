"""Put a journal into the corpus, with the verdict of today: `python -m tests.corpus JOURNAL NAME`."""

import argparse
from pathlib import Path

from simulator.journal.reading import read_journal
from simulator.judge import judge
from simulator.report.json import render
from tests.corpus.kept import FOLDER, packed


def keep(journal: Path, name: str) -> None:
    """Pack both; what is already there stays as it is."""
    report = render(judge(read_journal(journal)))
    for suffix, data in ((".jsonl.gz", journal.read_bytes()), (".report.json.gz", report)):
        with (FOLDER / f"{name}{suffix}").open("xb") as file:
            file.write(packed(data))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("journal", type=Path)
    parser.add_argument("name")
    asked = parser.parse_args()
    keep(asked.journal, asked.name)
