"""summary.md: the verdict for a CI job's summary, which takes a mebibyte of Markdown."""

from collections.abc import Iterator

from simulator.judge.verdict import Outcome, RunVerdict
from simulator.report import markup
from simulator.report.against import heading, lines
from simulator.report.contract import Format
from simulator.report.headline import headline, pace, subline
from simulator.report.production import in_production
from simulator.report.standing import groups, slowest_page
from simulator.report.words import (
    NOTHING,
    blindness,
    duration,
    give_or_take,
    not_checked,
    plain,
    seconds,
    utc,
    wrong,
)

SIGNS: dict[Outcome, str] = {"met": "✅", "breached": "❌", "inconclusive": "❔"}
MOST = 900_000
"""Bytes: GitHub refuses a summary of more than 1 MiB as a whole."""


def render(verdict: RunVerdict) -> bytes:
    """Headline, experiments, alerts, and what went wrong; cut before it is too long, and then it says so."""
    kept, size = [], 0
    for line in _lines(verdict):
        size += len(line.encode()) + 1
        if size > MOST:
            kept += ["", "The rest is in report.html."]
            break
        kept.append(line)
    return ("\n".join(kept) + "\n").encode()


def _lines(verdict: RunVerdict) -> Iterator[str]:
    yield f"## {SIGNS[verdict.outcome]} {markup.text(plain(headline(verdict)))}"
    for said in filter(None, (in_production(verdict), subline(verdict), *pace(verdict))):
        yield ""
        yield markup.text(plain(said))
    if verdict.left_out:
        yield from ("", markup.text(not_checked(verdict.left_out)))
    for said in blindness(verdict.blind):
        yield from ("", f"**{markup.text(plain(said))}**")
    yield ""
    yield markup.text(plain(" · ".join(_facts(verdict))))
    yield from _experiments(verdict)
    yield from _alerts(verdict)
    if heading(verdict):
        yield from ("", f"### {markup.text(heading(verdict))}", "")
        yield from (f"- {markup.text(plain(line))}" for line in lines(verdict))
    if wrong(verdict):
        yield from ("", "### What went wrong", "")
        yield from (f"- {SIGNS[outcome]} {markup.text(plain(said))}" for outcome, said in wrong(verdict))


def _facts(verdict: RunVerdict) -> list[str]:
    return [
        verdict.outcome,
        verdict.status,
        verdict.game_day,
        verdict.environment,
        utc(verdict.started_epoch),
        duration(verdict.duration),
        f"exit code {verdict.exit_code}",
    ]


def _experiments(verdict: RunVerdict) -> Iterator[str]:
    if not verdict.experiments and not verdict.not_run:
        return
    yield ""
    yield markup.row(("experiment", "outcome", "slowest page", "limit"))
    yield markup.row(["---"] * 4)
    for one in verdict.experiments:
        slowest = slowest_page([one])
        page = NOTHING if slowest is None else f"{_took(slowest.latency)} {slowest.shown}"
        limit = NOTHING if slowest is None else seconds(slowest.limit)
        yield markup.row((plain(one.name), f"{SIGNS[one.outcome]} {one.outcome}", plain(page), limit))
    for name in verdict.not_run:
        yield markup.row((plain(name), f"{SIGNS['inconclusive']} never started", NOTHING, NOTHING))


def _alerts(verdict: RunVerdict) -> Iterator[str]:
    rows = [row for group in groups(verdict) for row in group.rows]
    if not rows:
        return
    yield ""
    yield markup.row(("alert", "experiment", "stands", "after", "limit"))
    yield markup.row(["---"] * 5)
    for row in rows:
        limit = NOTHING if row.limit is None else f"{row.limit:g} s"
        took = give_or_take(row.latency, row.uncertainty)
        yield markup.row((plain(row.alert), plain(row.experiment), row.standing, took, limit))


def _took(latency: float | None) -> str:
    return "never" if latency is None else seconds(latency)


FORMAT = Format(name="summary", filename="summary.md", render=render)
