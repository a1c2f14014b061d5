"""For a terminal: the budgets, what was found by its cause, and one line that sums it up."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from simulator.lint.budget import Row
from simulator.lint.change import smallest_change
from simulator.lint.contract import Format, Lint
from simulator.lint.examine import Report
from simulator.lint.finding import Finding
from simulator.lint.stages import in_words, line, seconds
from simulator.report.words import NOTHING, count

_COLUMNS = ("alert", "severity", "receiver", "best", "typical", "worst", "promised", "quiet again", "mostly")


def render(lint: Lint) -> str:
    """Everything, what matters most last."""
    return "".join(f"{text}\n" for report in lint.reports for text in _lines(report, lint.explain))


def _lines(report: Report, explain: str) -> Iterator[str]:
    if report.name:
        yield f"== {report.name}"
    if explain:
        for row in report.of(explain):
            yield from _explained(row)
    else:
        yield from _table(report.rows)
        yield from _missing(report)
    yield from _findings([one for one in report.findings if explain in ("", one.found.subject)])
    if not explain:
        yield _summary(report)


def _table(rows: Sequence[Row]) -> Iterator[str]:
    """The latest first, by how much of what is promised they take."""
    if not rows:
        return
    latest = sorted(rows, key=lambda row: (-(row.worst / (row.within or row.worst or 1.0)), row.rule.name))
    lines = [_COLUMNS, *(_cells(row) for row in latest)]
    widths = [max(len(cells[at]) for cells in lines) for at in range(len(_COLUMNS))]
    for cells in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
    yield ""


def _cells(row: Row) -> tuple[str, ...]:
    longest = max(row.timing.worst, key=lambda part: part.seconds)
    up_to = "≤ " if row.bound else ""
    return (
        row.rule.name,
        row.severity or NOTHING,
        row.receiver or NOTHING,
        seconds(row.best),
        f"{up_to}{seconds(row.typical)}",
        f"{up_to}{seconds(row.worst)}",
        NOTHING if row.within is None else seconds(row.within),
        seconds(row.quiet),
        f"{longest.name} {seconds(longest.seconds)}",
    )


def _missing(report: Report) -> Iterator[str]:
    """What was not given, and so counts nothing."""
    estate = report.estate
    given = {
        "Prometheus's configuration (scrape and evaluation)": estate.prometheus,
        "Alertmanager's configuration (routes and waits)": estate.alertmanager,
        "rules": estate.rules,
    }
    absent = [what for what, there in given.items() if not there]
    if absent and len(absent) < len(given):
        yield f"not given, or not readable, and counted as nothing: {', '.join(absent)}"
        yield ""


def _explained(row: Row) -> Iterator[str]:
    way = f" by {row.route.path}, to {row.route.receiver}" if row.route else ""
    yield f"{row.rule.name} ({row.severity or 'no severity'}){way}; {row.rule.place}"
    for name, parts, took in (
        ("best", row.timing.best, row.best),
        ("typical", row.timing.typical, row.typical),
        ("worst", row.timing.worst, row.worst),
    ):
        yield f"  {name:<8}{seconds(took):>9}  {line(parts, row.within)}"
        yield f"  {'':<8}{'':>9}  {in_words(parts)}"
    if row.bound:
        yield f"  {'':<8}{'':>9}  the window is a bound: the expression may be true sooner"
    yield f"  {'quiet':<8}{seconds(row.quiet):>9}  {in_words(row.timing.quiet)}"
    if row.within is not None and row.worst > row.within:
        changes = smallest_change(row.timing, row.within)
        yield f"  to keep {seconds(row.within)}: {'; '.join(map(str, changes or ())) or 'no setting is enough'}"
    yield ""


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    def cause(one: Finding) -> tuple[str, str, str]:
        return one.severity, one.code.name, one.found.cause

    for (severity, name, why), group in groupby(findings, key=cause):
        same = list(group)
        code = same[0].code
        title = f" ({why}: {len(same)})" if why and len(same) > 1 else ""
        guess = " A heuristic: it may be meant." if code.heuristic else ""
        yield f"{severity:<6}{name}{title}"
        yield f"      {code.why}{guess}"
        for one in same:
            yield f"  {one.found.place}: {one.found.what}"
            yield f"      fix: {one.found.fix}"
        yield ""


def _summary(report: Report) -> str:
    errors = sum(one.severity == "error" for one in report.findings)
    warnings = len(report.findings) - errors
    late = sum(row.within is not None and row.worst > row.within for row in report.rows)
    alerts = len({row.rule.place for row in report.rows})
    rows = (
        f"; of {count(alerts, 'alert')} by {count(len(report.rows), 'route')}, {late} may be late"
        if report.rows
        else ""
    )
    return f"{count(errors, 'error')}, {count(warnings, 'warning')}, {len(report.accepted)} accepted{rows}"


FORMAT = Format("text", render)
