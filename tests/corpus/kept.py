"""Where the journals of the corpus are, and how one is read: packed, with its report.json beside it."""

import gzip
import json
from pathlib import Path
from typing import TypeAlias, cast

from simulator.base import former
from simulator.journal.facts import AnyFact
from simulator.journal.reading import read_journal

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


def as_called_now(report: Json) -> Json:
    """The same report in today's terms: renamed fields, and without what is no part of a verdict.

    Left out: the number of the report's shape; how the settings of a fault are listed, which depends on what is a default by
    now; and the words for books in which nothing is wrong.
    """
    assert isinstance(report, dict)
    now = {name: value for name, value in report.items() if name != "schema"}
    traffic = cast("dict[str, Json]", former.counted(now["traffic"]))
    # That nothing was counted at all is no longer told as zero.
    now["traffic"] = traffic if traffic["requests"] else _without(traffic, "counted")
    ledger = [cast("dict[str, Json]", former.books(one)) for one in cast("list[Json]", now["ledger"])]
    now["ledger"] = [_without(one, "reason") if one["outcome"] == "met" else one for one in ledger]
    now["experiments"] = [_undescribed(one) for one in cast("list[dict[str, Json]]", now["experiments"])]
    return now


def _undescribed(experiment: dict[str, Json]) -> Json:
    faults = cast("list[dict[str, Json]]", experiment["faults"])
    return {**experiment, "faults": [_without(fault, "description") for fault in faults]}


def _without(values: dict[str, Json], name: str) -> Json:
    return {key: value for key, value in values.items() if key != name}


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
