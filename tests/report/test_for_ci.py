"""What a CI job reads of a run: a summary, a message, gauges."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from simulator.base.errors import HarnessError
from simulator.judge.verdict import Reason, RunVerdict
from simulator.report import formats, write_summary
from simulator.report.chat import MOST as MOST_CHARACTERS
from tests.report.samples import SAMPLES

MEBIBYTE = 2**20


def endless(outcome: str = "breached") -> RunVerdict:
    """More went wrong than anybody reads, in words that are anybody's."""
    reasons = tuple(
        Reason(outcome="breached", subject=f"alert {number}", text=f"alert {number}: {'ünß|`*' * 200}")
        for number in range(2000)
    )
    return SAMPLES[outcome].model_copy(update={"reasons": reasons})


def shown(name: str, verdict: RunVerdict) -> str:
    return formats()[name].render(verdict).decode()


@pytest.mark.parametrize("name", ["summary", "chat"])
def test_it_is_as_short_as_it_has_to_be(name: str) -> None:
    text = shown(name, endless())
    assert len(text.encode()) < MEBIBYTE
    assert name != "chat" or len(text) <= MOST_CHARACTERS
    assert text.rstrip().endswith(("The rest is in report.html.", "..."))


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_the_message_begins_with_the_verdict(sample: str) -> None:
    verdict = SAMPLES[sample]
    first, *rest = shown("chat", verdict).splitlines()
    assert first.startswith({"met": "✓", "breached": "✗", "inconclusive": "?"}[verdict.outcome])
    assert f"Run {verdict.run}, exit code {verdict.exit_code}." in "\n".join(rest)


@pytest.mark.parametrize("name", ["chat", "summary"])
@pytest.mark.parametrize("sample", ["breached", "inconclusive"])
def test_it_says_what_went_wrong_in_each_experiment(name: str, sample: str) -> None:
    verdict = SAMPLES[sample]
    reasons = [reason.text for experiment in verdict.experiments for reason in experiment.reasons]
    assert reasons
    text = shown(name, verdict).replace("\\", "")
    assert all(" ".join(reason.split()) in text for reason in reasons)


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_a_table_has_as_many_cells_in_every_line(sample: str) -> None:
    tables: list[list[int]] = [[]]
    for line in shown("summary", SAMPLES[sample]).splitlines():
        if line.startswith("| "):
            tables[-1].append(line.replace("\\|", "").count("|"))
        elif tables[-1]:
            tables.append([])
    assert all(len(set(cells)) <= 1 for cells in tables)


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_the_gauges_say_what_the_verdict_says(sample: str) -> None:
    verdict = SAMPLES[sample]
    families = {
        one.name: one.samples for one in text_string_to_metric_families(shown("openmetrics", verdict))
    }
    outcomes = {one.labels["outcome"]: one.value for one in families["simulator_run_outcome"]}
    assert [name for name, value in outcomes.items() if value] == [verdict.outcome]
    assert families["simulator_run_exit_code"][0].value == verdict.exit_code
    slowest = {
        (experiment.name, alert.shown): alert.latency
        for experiment in verdict.experiments
        for alert in experiment.alerts
        if alert.latency is not None and alert.outcome != "inconclusive"
    }
    told = {
        (one.labels["experiment"], one.labels["alert"]): one.value
        for one in families.get("simulator_alert_latency_seconds", [])
    }
    assert slowest.items() <= told.items()


def test_a_summary_of_ones_own_is_written_whole_or_said_to_be_missing(tmp_path: Path) -> None:
    write_summary(SAMPLES["all_met"], tmp_path / "step" / "summary.md")
    assert (tmp_path / "step" / "summary.md").read_text().startswith("## ✅")
    (tmp_path / "taken").write_text("")
    with pytest.raises(HarnessError, match="cannot be written"):
        write_summary(SAMPLES["all_met"], tmp_path / "taken" / "summary.md")
