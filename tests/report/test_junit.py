"""junit.xml is never green by accident."""

from xml.etree import ElementTree as ET

import pytest

from simulator.judge.verdict import RunVerdict
from simulator.report.junit import render
from tests.report.samples import SAMPLES


def _parsed(verdict: RunVerdict) -> ET.Element:
    return ET.fromstring(render(verdict))  # noqa: S314  # our own bytes


@pytest.mark.parametrize("sample", list(SAMPLES))
def test_the_counts_are_those_of_the_cases(sample: str) -> None:
    root = _parsed(SAMPLES[sample])
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    assert root.get("failures") == str(len(root.findall(".//failure")))
    assert root.get("errors") == str(len(root.findall(".//error")))


@pytest.mark.parametrize("sample", list(SAMPLES))
def test_it_is_green_exactly_when_the_exit_code_is_zero(sample: str) -> None:
    root = _parsed(SAMPLES[sample])
    red = root.findall(".//failure") + root.findall(".//error")
    assert (not red) == (SAMPLES[sample].exit_code == 0)


def test_every_expectation_has_a_case_of_its_own() -> None:
    names = [case.get("name") for case in _parsed(SAMPLES["all_met"]).findall(".//testcase")]
    assert "CriticalErrorRate is notified within 30 s" in names
    assert "HighErrorRate is inhibited within 30 s" in names
    assert "erpgo-system-performance: HTTP Request Rate (requests) disappears within 30 s" in names
    assert {"nothing else fires", "service-kill is undone", "recovered", "the canary arrives"} <= set(names)


def test_each_round_of_a_repeated_experiment_is_a_suite_of_its_own() -> None:
    once = SAMPLES["all_met"]
    twice = once.model_copy(update={"experiments": (*once.experiments, once.experiments[0])})
    names = [suite.get("name") or "" for suite in _parsed(twice)]
    first = once.experiments[0].name
    assert len(names) == len(set(names))
    assert {f"{first} #1", f"{first} #2", once.experiments[1].name} <= set(names)


def test_a_breach_is_a_failure_with_its_reason() -> None:
    failures = {failure.get("message") for failure in _parsed(SAMPLES["breached"]).findall(".//failure")}
    assert "late: notified after 33.0 s ± 0.00 s, limit 30 s" in failures
    assert "CriticalCacheHitRate fired +14.2 s from the fault" in failures


def test_what_was_not_proven_is_an_error_with_its_reason() -> None:
    root = _parsed(SAMPLES["inconclusive"])
    assert not root.findall(".//failure")
    reasons = [error.get("message") or "" for error in root.findall(".//error")]
    assert any("was not effective within 15 s" in reason for reason in reasons)


def test_an_experiment_that_never_began_is_an_error() -> None:
    root = _parsed(SAMPLES["interrupted"])
    case = root.find(".//testcase[@name='cache-flooded is run']")
    assert case is not None
    assert case.find("error") is not None


def test_the_time_of_a_page_is_its_latency() -> None:
    case = _parsed(SAMPLES["all_met"]).find(".//testcase[@name='ApplicationDown is notified within 30 s']")
    assert case is not None
    assert case.get("time") == "4.440"
