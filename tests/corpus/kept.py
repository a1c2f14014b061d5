"""Where the journals of the corpus are, and how one is read: packed, with its report.json beside it."""

import gzip
import json
from pathlib import Path
from typing import TypeAlias

from simulator.journal.facts import AnyFact
from simulator.journal.file import read_journal

FOLDER = Path(__file__).parent / "journals"
NAMES = sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz"))
Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"


def facts_of(name: str, folder: Path) -> tuple[AnyFact, ...]:
    """The journal's facts; it is unpacked into the folder."""
    return read_journal(unpacked(name, folder / "journal.jsonl"))


def unpacked(name: str, journal: Path) -> Path:
    """The journal as its run left it, in a file that is made."""
    journal.write_bytes(gzip.decompress((FOLDER / f"{name}.jsonl.gz").read_bytes()))
    return journal


def report_of(name: str) -> Json:
    """What report.json said when the journal was put here."""
    report: Json = json.loads(gzip.decompress((FOLDER / f"{name}.report.json.gz").read_bytes()))
    return report


def packed(data: bytes) -> bytes:
    """The same bytes for the same data: no time and no name in them."""
    return gzip.compress(data, mtime=0)


def known_then(then: Json, now: Json) -> Json:
    """What is said now, without the fields that reports did not have then."""
    if isinstance(then, dict) and isinstance(now, dict):
        return {name: known_then(then[name], value) for name, value in now.items() if name in then}
    if isinstance(then, list) and isinstance(now, list):
        both = zip(then, now, strict=False)
        return [*(known_then(before, value) for before, value in both), *now[len(then) :]]
    return now
