"""For a spreadsheet: a line an alert, figures as numbers (seconds, shares 0..1), empty where there is none."""

import csv
import io

from simulator.history.sla import Attained, Sla

COLUMNS = (
    "environment",
    "alert",
    "severity",
    "promise",
    "limit",
    "rule",
    "met",
    "tried",
    "inconclusive",
    "at_least",
    "at_most",
    "more",
    "state",
    "median",
    "worst",
    "detected",
    "production_met",
    "production_known",
    "production_median",
)


def table(sla: Sla) -> str:
    """The attainment table."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(one, name) for name in COLUMNS] for one in sla.alerts)
    return file.getvalue()


def _cell(one: Attained, name: str) -> object:
    value = getattr(one, name)
    # A spreadsheet takes a text with one of these in front for a formula.
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
