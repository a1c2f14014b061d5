"""`make demo` with a short game day, as a user runs it: real Locust, real stack, three faults, two of them at once, every report."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from simulator.base.errors import ExitCode
from simulator.journal.facts import AnyFact, RunStarted
from simulator.judge import judge
from simulator.judge.verdict import RunVerdict
from tests.checkout import ROOT
from tests.e2e.conftest import GameDayProcess
from tests.starved import is_slow, is_starved, reasons

pytestmark = [pytest.mark.stack, pytest.mark.e2e, pytest.mark.timeout(600)]


def test_smoke_is_met_and_can_be_judged_again(
    game_day: Callable[..., GameDayProcess], tmp_path: Path
) -> None:
    running = game_day("smoke", by_make=True)
    code = running.wait(400)
    facts = running.facts()
    verdict = judge(facts)
    if is_starved(verdict, "smoke, once more") or is_slow(verdict, "smoke, once more"):
        again = tmp_path / "reports"
        again.rename(tmp_path / "starved")
        running = game_day("smoke", by_make=True)
        code = running.wait(400)
        facts = running.facts()
        verdict = judge(facts)
    assert (reasons(verdict), verdict.outcome, code) == ([], "met", ExitCode.MET), running.log()
    assert_run_together(verdict)
    assert_every_panel_drew(running.stack.url("prometheus"), facts)
    assert_judged_again_the_same(next(running.reports.glob("*-smoke")), tmp_path)


def assert_run_together(verdict: RunVerdict) -> None:
    """What does not overlap was watched at the same time, the rest waited for quiet."""
    assert verdict.waves == (("api-killed", "node-exporter-killed"), ("postgres-killed",))
    (api, node, postgres) = (_watched(verdict, name) for name in (*verdict.waves[0], *verdict.waves[1]))
    assert max(api[0], node[0]) < min(api[1], node[1])
    assert postgres[0] > max(api[1], node[1])


def _watched(verdict: RunVerdict, name: str) -> tuple[float, float]:
    (one,) = (one for one in verdict.experiments if one.name == name)
    assert one.observed_from is not None
    assert one.observed_to is not None
    return one.observed_from, one.observed_to


def assert_every_panel_drew(prometheus: str, facts: tuple[AnyFact, ...]) -> None:
    """On a warm stack no panel of any dashboard is without data, whether the run watched it or not."""
    planned, began = facts[0], next(fact for fact in facts if isinstance(fact, RunStarted))
    assert planned.kind == "planned"
    span = {"start": began.epoch, "end": began.epoch + facts[-1].at, "step": 5}
    empty = {
        (panel.dashboard, panel.title)
        for panel in planned.plan.panels
        if not any(_drew(prometheus, {"query": target.expr, **span}) for target in panel.targets)
    }
    assert not empty


def _drew(prometheus: str, asked: dict[str, str | float]) -> bool:
    """Whether any number came of it."""
    answer = httpx.get(f"{prometheus}/api/v1/query_range", params=asked, timeout=30, trust_env=False)
    series = answer.raise_for_status().json()["data"]["result"]
    return any(value != "NaN" for one in series for _, value in one["values"])


def assert_judged_again_the_same(folder: Path, tmp_path: Path) -> None:
    """A copied journal alone gives the same report, byte for byte."""
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "journal.jsonl").write_bytes((folder / "journal.jsonl").read_bytes())
    result = subprocess.run(
        [sys.executable, "-m", "simulator.cli", "report", str(copy)],
        cwd=ROOT,
        env={"XDG_STATE_HOME": str(tmp_path / "no-stack-here"), "PATH": ""},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == ExitCode.MET, result.stderr
    for report in ("report.json", "report.html", "junit.xml"):
        assert (copy / report).read_bytes() == (folder / report).read_bytes(), report
