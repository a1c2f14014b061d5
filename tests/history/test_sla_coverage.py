"""What the runs of a month exercised of what was loaded, by the same counting as `simulator coverage`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.history.coverage import EVERY_RUN, Coverage, Loaded, coverage
from simulator.history.index import RECORD
from simulator.history.record import RunRecord, record
from simulator.history.sla import Sla, sla
from simulator.judge.verdict import AlertVerdict, RunVerdict
from simulator.plan.policy import CANARY
from simulator.plan.rules import Rule
from simulator.report.json import REPORT
from simulator.report.sla.html import html
from simulator.report.sla.markdown import markdown
from tests.cli.commands import simulator
from tests.history.many import DAY, NOVEMBER, PANEL, alert_of, drawn, run_of
from tests.history.shown import as_text
from tests.history.test_history_commands import kept
from tests.history.test_sla import LATE, MET, MONTH, UNSURE, told

RULES = ("Down", "HighErrors", "Untried")
QUIET = MET.model_copy(update={"expect": "quiet"})
INHIBITED = MET.model_copy(update={"expect": "inhibited"})
OCTOBER = NOVEMBER - DAY


def ran(
    number: int, *alerts: AlertVerdict, epoch: float = NOVEMBER, environment: str = "staging"
) -> RunVerdict:
    """A run that found three rules and two panels."""
    panels = (PANEL, "system / Nobody's")
    return run_of(number, alerts, epoch=epoch, environment=environment, loaded=RULES, panels=panels)


def stands(some: tuple[Loaded, ...]) -> dict[str, tuple[str | None, bool]]:
    """How each went last, and whether that was in the month."""
    return {one.name: (one.last.outcome if one.last else None, one.lately) for one in some}


def test_what_was_exercised_in_the_month_before_it_and_never_is_told_apart() -> None:
    errors = alert_of("HighErrors", "met", 9.0)
    (there,) = told(ran(1, errors, epoch=OCTOBER), ran(2, MET)).coverage
    assert stands(there.alerts) == {
        "Down": ("met", True),
        "HighErrors": ("met", False),
        "Untried": (None, False),
    }
    assert stands(there.panels) == {PANEL: ("met", True), "system / Nobody's": (None, False)}
    assert (there.environment, there.run, there.epoch) == ("staging", "run-0002", NOVEMBER)


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        (MET, ("met", True)),
        (LATE, ("breached", True)),
        (INHIBITED, ("met", True)),
        (UNSURE, (None, False)),
        (QUIET, (None, False)),
    ],
    ids=["met", "late", "inhibited", "inconclusive", "quiet"],
)
def test_what_counts_as_exercised(alert: AlertVerdict, expected: tuple[str | None, bool]) -> None:
    (there,) = told(ran(1, alert)).coverage
    assert stands(there.alerts)["Down"] == expected


def test_each_environment_stands_by_itself() -> None:
    staging, qa = ran(1, MET), ran(2, UNSURE, environment="qa")
    assert [one.environment for one in told(staging, qa).coverage] == ["qa", "staging"]
    assert [stands(one.alerts)["Down"][0] for one in told(staging, qa).coverage] == [None, "met"]
    assert [one.environment for one in told(staging, qa, environment="qa").coverage] == ["qa"]
    assert told(ran(1, MET, epoch=OCTOBER)).coverage == ()


def test_it_goes_by_the_rules_of_the_latest_run_that_says_which_were_loaded() -> None:
    renamed = run_of(2, (MET,), epoch=NOVEMBER + 1, loaded=("Down", "New"))
    refused = run_of(3, (), epoch=NOVEMBER + 2)
    (there,) = told(ran(1, MET), renamed, refused).coverage
    assert (there.run, [one.name for one in there.alerts]) == ("run-0002", ["Down", "New"])
    (nobody,) = told(refused).coverage
    assert (nobody.run, nobody.alerts, nobody.panels) == ("", (), ())


def test_what_is_never_exercised_is_said_once() -> None:
    here, long_ago = ran(1, MET), ran(2, MET, epoch=NOVEMBER - 40 * DAY, environment="qa")
    made = told(here, long_ago)
    assert {(one.environment, one.alert) for one in made.idle} == {
        *(("staging", name) for name in ("HighErrors", "Untried")),
        *(("qa", name) for name in RULES),
    }
    page = markdown(made)
    assert page.count("Untried") == 2
    assert "never on qa: HighErrors, Untried" in page
    assert "staging: alerts never exercised: HighErrors, Untried" in page


def test_the_canary_is_exercised_by_every_run_whose_canary_came() -> None:
    came = run_of(1, (MET,), loaded=("Down", CANARY)).model_copy(update={"canary_seconds": 2.0})
    lost = came.model_copy(update={"canary_seconds": None})
    for run, outcome in ((came, "met"), (lost, None)):
        (there,) = told(run).coverage
        assert stands(there.alerts)[CANARY][0] == outcome


def test_a_failure_is_not_made_good_by_a_repeat_and_is_by_a_later_run() -> None:
    (there,) = told(ran(1, LATE, MET)).coverage
    assert stands(there.alerts)["Down"][0] == "breached"
    (there,) = told(ran(1, LATE, MET), ran(2, MET, epoch=NOVEMBER + 1)).coverage
    assert stands(there.alerts)["Down"][0] == "met"


@pytest.mark.parametrize("seed", range(3))
def test_the_command_and_the_report_count_alike(seed: int) -> None:
    runs = [
        record(run)
        for run in drawn(seed, 100, ("Down", "HighErrors", "Slow"))
        if run.started_epoch < MONTH.end
    ]
    made = sla(runs, MONTH, 0.9, environment="staging")
    (there,) = made.coverage
    rules = [Rule(alert=one.name, labels={}) for one in there.alerts]
    by_command = coverage(rules, [], [], [], [run for run in runs if run.environment == "staging"])
    assert [(one.name, one.last) for one in by_command.alerts] == [
        (one.name, one.last) for one in there.alerts
    ]
    assert any(one.last and one.last.experiment != EVERY_RUN for one in there.alerts)


def unrecorded(run: RunVerdict) -> RunRecord:
    """As an older version left it when it pruned."""
    return record(run).model_copy(update={"exercised": None})


def test_runs_of_which_it_is_not_known_are_said_not_to_be_counted() -> None:
    made = sla([unrecorded(ran(1, MET)), record(ran(2, UNSURE))], MONTH, 0.95)
    (there,) = made.coverage
    assert (there.unrecorded, stands(there.alerts)["Down"]) == (1, (None, False))
    assert "not counted: 1 run that was pruned before" in markdown(made)
    (there,) = sla([unrecorded(ran(1, MET))], MONTH, 0.95).coverage
    assert (there.run, there.unrecorded) == ("", 1)


def test_a_pruned_run_has_exercised_what_it_did(tmp_path: Path) -> None:
    reports = kept(tmp_path / "reports", ran(1, MET))
    asked = ("coverage", "--json", "--reports", str(reports))
    before = simulator(*asked)
    assert simulator("prune", "--keep", "0d", "--reports", str(reports)).code == 0
    assert not (reports / "run-0001" / REPORT).exists()
    after = simulator(*asked)
    assert (after.out, after.code) == (before.out, before.code)
    found = Coverage.model_validate_json(after.out)
    assert {one.last.run for one in found.faults if one.last} == {"run-0001"}


def test_what_was_pruned_before_this_was_recorded_is_read(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    left = record(ran(1, MET)).model_dump(mode="json", exclude={"exercised"})
    (tmp_path / "old" / RECORD).write_text(json.dumps({**left, "alerts": ["Down"]}))
    asked = ("sla", "--month", "2026-11", "--format", "json", "--reports", str(tmp_path))
    assert json.loads(simulator(*asked).out)["coverage"][0]["unrecorded"] == 1


def test_coverage_names_the_reports_that_it_cannot_read(tmp_path: Path) -> None:
    reports = kept(tmp_path / "reports", ran(1, MET))
    (reports / "broken").mkdir()
    (reports / "broken" / REPORT).write_text("{")
    assert "broken" in simulator("coverage", "--reports", str(reports)).err


@pytest.mark.parametrize("format_", [as_text, html, markdown])
def test_every_format_for_people_names_them(format_: Callable[[Sla], str]) -> None:
    late = alert_of("HighErrors", "breached", 45.0)
    page = format_(told(ran(1, alert_of("Untried", "met", 3.0), epoch=OCTOBER), ran(2, MET, late)))
    section = page[page.rindex("Coverage") :]
    assert "2 of 3 alerts and 1 of 2 panels exercised" in section
    for heading in ("alerts exercised", "alerts not exercised in this time", "panels never exercised"):
        assert heading in section
    for name in (*RULES, "Nobody", "Error Rate", "breached", "last 2026-10-31", "run-0002"):
        assert name in section


def test_a_name_stays_text_on_the_page() -> None:
    nasty = "<b>Down</b>"
    page = html(told(run_of(1, (alert_of(nasty, "met", 3.0),), loaded=(nasty,), panels=(f"x / {nasty}",))))
    assert nasty not in page
    assert "&lt;b&gt;Down" in page
