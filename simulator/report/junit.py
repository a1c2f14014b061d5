"""junit.xml: a suite per experiment, a case per expectation, for CI.

A breach is a failure and an inconclusive expectation an error: what was not proven is never green.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from simulator.judge.verdict import AlertVerdict, ExperimentVerdict, Outcome, PanelVerdict, RunVerdict
from simulator.report.contract import Format
from simulator.report.headline import headline
from simulator.report.production import in_production
from simulator.report.words import plain

_TAGS: dict[Outcome, Literal["failure", "error"]] = {"breached": "failure", "inconclusive": "error"}


@dataclass(frozen=True)
class Case:
    """One test case; `seconds` is how long the thing under test took."""

    name: str
    outcome: Outcome
    reason: str
    seconds: float = 0.0


def render(verdict: RunVerdict) -> bytes:
    """The experiments in their order, then a suite for what concerns the run as a whole."""
    root = ET.Element("testsuites", name=plain(verdict.game_day), time=f"{verdict.duration:.3f}")
    rounds = Counter(experiment.name for experiment in verdict.experiments)
    seen: Counter[str] = Counter()
    for experiment in verdict.experiments:
        seen[experiment.name] += 1
        # Of a name that repeats each round is a suite of its own: who merges by name must not lose a failure.
        name = (
            experiment.name if rounds[experiment.name] == 1 else f"{experiment.name} #{seen[experiment.name]}"
        )
        _suite(root, name, experiment.ended - experiment.started, _cases(experiment))
    run = _suite(root, "run", verdict.duration, _run_cases(verdict))
    said = ET.SubElement(run, "system-out")
    said.text = plain("\n".join(filter(None, (headline(verdict), in_production(verdict)))))
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _suite(root: ET.Element, name: str, took: float, cases: list[Case]) -> ET.Element:
    suite = ET.SubElement(root, "testsuite", name=plain(name), time=f"{took:.3f}")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.outcome == "breached" for case in cases)))
    suite.set("errors", str(sum(case.outcome == "inconclusive" for case in cases)))
    for case in cases:
        element = ET.SubElement(
            suite, "testcase", classname=plain(name), name=plain(case.name), time=f"{case.seconds:.3f}"
        )
        if case.outcome != "met":
            said = ET.SubElement(element, _TAGS[case.outcome], type=case.outcome, message=plain(case.reason))
            said.text = plain(case.reason)
    return suite


def _cases(experiment: ExperimentVerdict) -> list[Case]:
    return [
        *(_alert(alert) for alert in experiment.alerts),
        *(_panel(panel) for panel in experiment.panels),
        _nothing_else(experiment),
        *_healed(experiment),
        *_undone(experiment),
        _recovered(experiment),
        Case("outcome", experiment.outcome, "; ".join(reason.text for reason in experiment.reasons)),
    ]


def _alert(alert: AlertVerdict) -> Case:
    within = "" if alert.expect == "quiet" else f" within {alert.limit:g} s"
    return Case(f"{alert.shown} is {alert.expect}{within}", alert.outcome, alert.reason, alert.latency or 0.0)


def _panel(panel: PanelVerdict) -> Case:
    series = f" ({panel.series})" if panel.series else ""
    wanted = "stays" if panel.expect == "stay" else f"goes {panel.expect} within {panel.limit:g} s"
    if panel.expect in ("change", "disappear"):
        wanted = f"{panel.expect}s within {panel.limit:g} s"
    name = f"{panel.dashboard}: {panel.panel}{series} {wanted}"
    return Case(name, panel.outcome, panel.reason, panel.latency or 0.0)


def _nothing_else(experiment: ExperimentVerdict) -> Case:
    outcome: Outcome = "met"
    if experiment.unexpected:
        outcome = "inconclusive" if experiment.outcome == "inconclusive" else "breached"
    return Case("nothing else fires", outcome, "; ".join(one.text for one in experiment.unexpected))


def _undone(experiment: ExperimentVerdict) -> list[Case]:
    return [
        Case(
            f"{fault.fault} is undone",
            "met" if fault.undo_confirmed else "breached",
            f"the undo of {fault.id} was not confirmed: {fault.undo_evidence or 'no answer'}",
            (fault.undone or 0.0) - (fault.undo_requested or 0.0) if fault.undo_confirmed else 0.0,
        )
        for fault in experiment.faults
    ]


def _healed(experiment: ExperimentVerdict) -> list[Case]:
    proven = experiment.outcome != "inconclusive"
    return [
        Case(
            f"{fault.fault} heals by itself within {fault.healing.limit:g} s",
            fault.healing.outcome if proven else "inconclusive",
            fault.healing.reason,
            fault.healing.latency or 0.0,
        )
        for fault in experiment.faults
        if fault.healing
    ]


def _recovered(experiment: ExperimentVerdict) -> Case:
    """The time is that from the last undo to quiet."""
    if experiment.quiet_again is None:
        outcome: Outcome = "breached" if experiment.outcome == "breached" else "inconclusive"
        return Case("recovered", outcome, "the recovery gate did not pass")
    undone = max((fault.undone or 0.0 for fault in experiment.faults), default=experiment.quiet_again)
    return Case("recovered", "met", "", max(0.0, experiment.quiet_again - undone))


def _run_cases(verdict: RunVerdict) -> list[Case]:
    left = ", ".join(verdict.left_injected)
    canary = verdict.canary_seconds
    return [
        Case("the canary arrives", _proven(canary is not None), "the canary was not seen", canary or 0.0),
        Case(
            "the run completes",
            _proven(verdict.status == "completed"),
            verdict.status_reason or verdict.status,
        ),
        Case("nothing is left injected", "breached" if left else "met", f"left injected: {left}"),
        *(Case(f"{name} is run", "inconclusive", "never started") for name in verdict.not_run),
        _whole(verdict),
    ]


def _whole(verdict: RunVerdict) -> Case:
    """The run's own outcome; an exit code other than 0 is never green."""
    outcome: Outcome = verdict.outcome
    if outcome == "met" and verdict.exit_code:
        outcome = "inconclusive"
    said = "; ".join(reason.text for reason in verdict.reasons)
    return Case("outcome", outcome, said or f"{verdict.outcome}, exit code {verdict.exit_code}")


def _proven(holds: bool) -> Outcome:
    return "met" if holds else "inconclusive"


FORMAT = Format(name="junit", filename="junit.xml", render=render)
