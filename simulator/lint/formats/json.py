"""For programs: everything, with nothing rounded."""

import json

from simulator.lint.budget import Row
from simulator.lint.change import smallest_change
from simulator.lint.contract import Format, Lint
from simulator.lint.examine import Report
from simulator.lint.finding import Finding

VERSION = 1
"""Of the shape of what is written; a field that is added does not change it."""


def render(lint: Lint) -> str:
    """One JSON object."""
    told = {"version": VERSION, "estates": [_report(one, lint.explain) for one in lint.reports]}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _report(report: Report, explain: str) -> dict[str, object]:
    rows = report.of(explain) if explain else report.rows
    return {
        "name": report.name,
        "findings": [_finding(one) for one in report.findings if explain in ("", one.found.subject)],
        "accepted": [
            {
                **_finding(one),
                "because": ignored.because,
                "until": ignored.until and ignored.until.isoformat(),
            }
            for one, ignored in report.accepted
        ],
        "budgets": [_row(row) for row in rows],
    }


def _finding(one: Finding) -> dict[str, object]:
    found = one.found
    return {
        "code": one.code.name,
        "severity": one.severity,
        "heuristic": one.code.heuristic,
        "file": found.place.file,
        "line": found.place.line,
        "subject": found.subject,
        "what": found.what,
        "why": one.code.why,
        "fix": found.fix,
        "cause": found.cause,
    }


def _row(row: Row) -> dict[str, object]:
    late = row.within is not None and row.worst > row.within
    changes = smallest_change(row.timing, row.within) if late and row.within is not None else ()
    return {
        "alert": row.rule.name,
        "file": row.rule.place.file,
        "line": row.rule.place.line,
        "severity": row.severity,
        "route": row.route.path if row.route else None,
        "receiver": row.receiver or None,
        "within": row.within,
        "best": row.best,
        "typical": row.typical,
        "worst": row.worst,
        "quiet": row.quiet,
        "window_is_a_bound": row.bound,
        "stages": {
            name: {part.name: part.seconds for part in parts}
            for name, parts in (
                ("best", row.timing.best),
                ("typical", row.timing.typical),
                ("worst", row.timing.worst),
                ("quiet", row.timing.quiet),
            )
        },
        "change": None if changes is None else [str(one) for one in changes],
    }


FORMAT = Format("json", render)
