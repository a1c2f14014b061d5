"""One self-contained page, no script and nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from simulator.lint.budget import Row
from simulator.lint.contract import Format, Lint
from simulator.lint.examine import Report
from simulator.lint.finding import Finding
from simulator.lint.stages import in_words, seconds, spent
from simulator.plan.latency import Part, total
from simulator.report.html import templates
from simulator.report.svg import Scale, element
from simulator.report.svg import line as straight
from simulator.report.words import count, plain

_WIDTH, _HEIGHT = 400.0, 12.0
_TONES = {
    "scrape": "true",
    "evaluation": "pending",
    "recording": "true",
    "window": "firing",
    "hold": "accepted",
    "group wait": "notified",
    "peers": "pending",
    "notification": "true",
}
"""Which of the colours that every page has is a stage's."""


@dataclass(frozen=True)
class Cause:
    """Findings that are told together."""

    first: Finding
    findings: Sequence[Finding]


@dataclass(frozen=True)
class Line:
    """One alert by one route."""

    row: Row
    bars: Sequence[tuple[str, str, Markup, str]]
    """For each case: its name, its seconds, the bar, and the stages in words."""


@dataclass(frozen=True)
class Section:
    """One estate."""

    report: Report
    causes: Sequence[Cause]
    lines: Sequence[Line]


def render(lint: Lint) -> str:
    """The page."""
    sections = [_section(report, lint.explain) for report in lint.reports]
    findings = [one for section in sections for cause in section.causes for one in cause.findings]
    errors = sum(one.severity == "error" for one in findings)
    tone = "breached" if errors else ("inconclusive" if findings else "met")
    headline = f"{count(errors, 'error')}, {count(len(findings) - errors, 'warning')}"
    text = templates().get_template("lint.html.j2")
    return plain(
        text.render(sections=sections, tone=tone, headline=headline, explain=lint.explain, as_seconds=seconds)
    )


def _section(report: Report, explain: str) -> Section:
    findings = [one for one in report.findings if explain in ("", one.found.subject)]
    causes = []
    for _, group in groupby(findings, key=lambda one: (one.severity, one.code.name, one.found.cause)):
        same = list(group)
        causes.append(Cause(same[0], same))
    rows = report.of(explain) if explain else report.rows
    latest = sorted(rows, key=lambda row: (-(row.worst / (row.within or row.worst or 1.0)), row.rule.name))
    return Section(report, causes, [_line(row, all_cases=bool(explain)) for row in latest])


def _line(row: Row, *, all_cases: bool) -> Line:
    cases = (("best", row.timing.best), ("typical", row.timing.typical), ("worst", row.timing.worst))
    drawn = cases if all_cases else cases[-1:]
    return Line(
        row,
        [(name, seconds(total(parts)), _bar(row, name, parts), in_words(parts)) for name, parts in drawn],
    )


def _bar(row: Row, case: str, parts: Sequence[Part]) -> Markup:
    """The stages to scale; the line across is what is promised."""
    whole = max(row.worst, row.within or 0.0) or 1.0
    scale = Scale(0.0, whole, 0.0, _WIDTH)
    drawn, at = [element("rect", x=0, y=0, width=_WIDTH, height=_HEIGHT, class_="track")], 0.0
    for part in spent(parts):
        x, end = scale.at(at), scale.at(at + part.seconds)
        tone = _TONES[part.name]
        drawn.append(
            element("rect", x=x, y=0, width=max(0.8, end - x - 0.8), height=_HEIGHT, class_=f"stage {tone}")
        )
        at += part.seconds
    if row.within is not None:
        x = scale.at(row.within) - 0.5
        drawn.append(straight((x, -2), (x, _HEIGHT + 2), "limit"))
    return element(
        "svg",
        element("title", f"{row.rule.name}, {case}: where the time goes"),
        element("desc", in_words(parts)),
        *drawn,
        class_="bar",
        viewBox=f"0 -2 {_WIDTH:g} {_HEIGHT + 4:g}",
        preserveAspectRatio="none",
        role="img",
    )


FORMAT = Format("html", render)
