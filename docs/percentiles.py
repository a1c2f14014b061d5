"""Measures how fast each class of alert is, over many repeats: `python -m docs.percentiles [--repeats 20]`.

It can be stopped at any time, and goes on where it was: every finished repeat is in a journal below
`reports/percentiles/`. Once there are enough of every experiment it writes the table of docs/percentiles.md.
`--only down --repeats 1 --into FOLDER` measures one class once, into journals and a page of its own.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from docs.parts.markdown import table
from simulator.base.errors import BadInput
from simulator.history.spread import TOTAL, UNTOLD, Spread, latencies, spreads
from simulator.journal.reading import read_journal
from simulator.judge import judge
from simulator.judge.verdict import RunVerdict
from simulator.report.spread import within
from tests.checkout import ROOT

GAME_DAY = "percentiles"
BEGIN, END = "<!-- measured -->\n", "<!-- end of measured -->\n"
AT_ONCE = 5
"""Repeats in one run: so many are lost to the report, though not to the journal, when it is killed."""
CLASSES = {
    "NodeExporterDown": "down",
    "CriticalMemoryUsage": "gauge",
    "LowCacheHitRate": "ratio",
    "DatabaseSlowQueries": "percentile",
    "HighAuthFailureRate": "per-minute rate",
    "LowUserActivity": "absence",
}
"""One alert of each class."""
ALONE = {"down": "node-exporter-killed"}
"""The experiment that measures a class alone, for `--only`."""


@dataclass(frozen=True)
class Measuring:
    """What is measured, and where it goes."""

    runs: str = GAME_DAY
    """The game day or experiment."""
    classes: Mapping[str, str] = field(default_factory=lambda: CLASSES)
    folder: Path = ROOT / "reports" / "percentiles"
    page: Path = ROOT / "docs" / "percentiles.md"

    @classmethod
    def asked(cls, only: str | None, into: Path | None) -> "Measuring":
        """Everything for the project's own page; or one class, or elsewhere."""
        measuring = cls()
        if only is not None:
            alerts = {alert: name for alert, name in CLASSES.items() if name == only}
            measuring = replace(measuring, runs=ALONE[only], classes=alerts)
        if into is not None:
            measuring = replace(measuring, folder=into, page=into / "percentiles.md")
        return measuring


def main(arguments: Sequence[str]) -> int:
    """Measure until there is enough, then write the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.percentiles", description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--only", choices=ALONE)
    parser.add_argument("--into", type=Path)
    given = parser.parse_args(arguments)
    if given.only is not None and given.into is None:
        parser.error("--only: the project's page shows every class; say with --into where this one goes")
    measuring = Measuring.asked(given.only, given.into)
    while (missing := given.repeats - measured(measuring, verdicts(measuring))) > 0:
        print(f"{missing} of {given.repeats} repeats are missing", flush=True)  # noqa: T201  a command prints
        if not run(measuring, min(AT_ONCE, missing)):
            print("nothing was measured; see the report above", file=sys.stderr)  # noqa: T201  as above
            return 1
    write(measuring)
    return 0


def write(measuring: Measuring) -> None:
    """Put the tables into the page, whose other text stays; a page that is not there has none."""
    text = measuring.page.read_text(encoding="utf-8") if measuring.page.exists() else ""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    tables = page(measuring, verdicts(measuring))
    measuring.page.write_text(f"{before}{BEGIN}{tables}{END}{after}", encoding="utf-8")


def verdicts(measuring: Measuring) -> list[RunVerdict]:
    """Every run so far, judged from its journal; one that was killed counts as far as it came."""
    found = []
    for journal in sorted(measuring.folder.glob("*/journal.jsonl")):
        try:
            found.append(judge(read_journal(journal)))
        except BadInput:
            continue  # killed before its first fact
    return [run_ for run_ in found if _same(run_, found[-1])]


def _same(one: RunVerdict, newest: RunVerdict) -> bool:
    """Whether two runs measured the same rules with the same simulator: only then are they repeats of each other."""
    return (one.simulator_version, _rules(one)) == (newest.simulator_version, _rules(newest))


def _rules(run_: RunVerdict) -> str:
    return run_.rule_set.digest if run_.rule_set else ""


def measured(measuring: Measuring, runs: Sequence[RunVerdict]) -> int:
    """How often the alert that was measured least was measured."""
    taken = latencies(runs)
    return min(
        sum(
            len(seconds)
            for stage, seconds in taken.items()
            if stage.alert == alert and stage.stage in (TOTAL, UNTOLD)
        )
        for alert in measuring.classes
    )


def run(measuring: Measuring, repeats: int) -> bool:
    """Run it this many times; whether that measured anything new."""
    before = measured(measuring, verdicts(measuring))
    command = [sys.executable, "-m", "simulator.cli", "run", measuring.runs, "--repeat", str(repeats)]
    command += ["--reports", str(measuring.folder), "--seed", str(before + 1)]
    subprocess.run(command, cwd=ROOT, check=False)
    return measured(measuring, verdicts(measuring)) > before


def page(measuring: Measuring, runs: Sequence[RunVerdict]) -> str:
    """The tables, and what they are made of."""
    rows = {(spread.alert, spread.stage): spread for spread in spreads(runs)}
    whole = [rows[alert, TOTAL] for alert in measuring.classes if (alert, TOTAL) in rows]
    if not whole:
        return f"\n{len(runs)} runs of `{measuring.runs}`: no alert was measured twice, and once has no spread.\n\n"
    stages = [
        spread for spread in rows.values() if spread.alert in measuring.classes and spread.stage != TOTAL
    ]
    least = min(one.count for one in whole)
    return (
        f"\n{len(runs)} runs, at least {least} repeats of each alert; game day `{measuring.runs}`.\n\n"
        + table(
            ("class", "alert", "repeats", "min", "median", "p95", "max", "predicted worst", "missed"),
            [
                (
                    CLASSES[one.alert],
                    one.alert,
                    *_numbers(one),
                    f"{worst(runs, one.alert):.1f}",
                    str(one.missed),
                )
                for one in whole
            ],
        )
        + "\nWhere the time went:\n\n"
        + table(
            ("alert", "stage", "repeats", "min", "median", "p95", "max"),
            [(one.alert, one.stage, *_numbers(one)) for one in stages],
        )
    )


def worst(runs: Sequence[RunVerdict], alert: str) -> float:
    """The worst case that was predicted for an alert, in seconds."""
    return max(
        one.predicted_worst
        for run_ in runs
        for experiment in run_.experiments
        for one in experiment.alerts
        if one.alert == alert and one.predicted_worst is not None
    )


def _numbers(spread: Spread) -> tuple[str, ...]:
    return (
        str(spread.count),
        f"{spread.least:.1f}",
        f"{spread.median:.1f} {within(spread.median_within)}",
        f"{spread.p95:.1f} {within(spread.p95_within)}",
        f"{spread.most:.1f}",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
