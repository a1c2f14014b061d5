"""Coverage of somebody else's system: of its rules, whatever it calls a severity, and of the faults that it offers."""

from pathlib import Path
from typing import Any

import pytest

from simulator.base.errors import ExitCode
from simulator.history.coverage import Coverage
from simulator.plan.targets import possible
from tests.cli.commands import simulator
from tests.fakes.monitoring import alertmanager_of, prometheus_of, rule, serving
from tests.fakes.shop import written


def covered(folder: Path, *rules: dict[str, Any], **tree: Any) -> tuple[int, Coverage]:
    """The exit code, and what is covered."""
    with serving(prometheus_of(*rules)) as prometheus, serving(alertmanager_of()) as alertmanager:
        file = written(
            folder, prometheus={"url": prometheus.url}, alertmanagers=[{"url": alertmanager.url}], **tree
        )
        options = ("--environment", str(file), "--scenarios", str(folder), "--reports", str(folder / "none"))
        left = simulator("coverage", "--json", *options, state=folder / "state")
    assert left.code in (ExitCode.MET, ExitCode.BREACHED), left.err
    return left.code, Coverage.model_validate_json(left.out)


@pytest.mark.parametrize("label", ["severity", "sev"])
def test_rules_of_one_name_are_told_apart_by_what_their_severity_is_called(
    tmp_path: Path, label: str
) -> None:
    alerts = {"severity_label": label, "within": {"critical": "30s", "ticket": "5m"}}
    rules = [rule("ShopDown", one, label) for one in ("critical", "ticket")]
    code, found = covered(tmp_path, *rules, alerts=alerts)
    planned = {one.name: one.planned for one in found.alerts}
    assert [planned[name] for name in sorted(planned)] == [("one",), ()]
    assert code == ExitCode.BREACHED


def test_only_the_faults_that_the_environment_offers(tmp_path: Path) -> None:
    code, found = covered(tmp_path, rule("ShopDown"))
    assert [(one.name, one.planned) for one in found.faults] == [("command", ("one",))]
    assert code == ExitCode.MET


def test_an_experiment_that_cannot_be_run_there_proves_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "elsewhere.yaml").write_text(
        "title: A container dies\nfaults: [{fault: container-kill, service: shop}]\n"
        "must: [{alert: PayDown, severity: critical}]\n"
    )
    code, found = covered(tmp_path, rule("PayDown"))
    assert [(one.name, one.planned) for one in found.alerts] == [("PayDown", ())]
    assert code == ExitCode.BREACHED


@pytest.mark.parametrize(
    ("offers", "some", "none"),
    [
        ({"api": ("hold",)}, {"service-kill"}, {"command", "http-hook", "network-delay", "cache-flush"}),
        ({"api": ("hold",), "": ("traffic",)}, {"service-kill", "workload"}, {"command", "http-hook"}),
        ({"pay": ("http",), "shop": ("command",)}, {"command", "http-hook"}, {"service-kill", "workload"}),
        ({}, set(), {"service-kill", "command"}),
    ],
)
def test_what_something_there_can_suffer(
    offers: dict[str, tuple[str, ...]], some: set[str], none: set[str]
) -> None:
    found = set(possible(offers))
    assert some <= found
    assert not none & found


def test_what_erpgo_s_environments_do_not_offer_is_no_gap_of_theirs(tmp_path: Path) -> None:
    for environment in ("embedded", "compose"):
        options = ("--environment", environment, "--reports", str(tmp_path))
        left = simulator("coverage", "--json", *options, state=tmp_path / "state")
        found = {one.name for one in Coverage.model_validate_json(left.out).faults}
        assert "service-kill" in found
        assert not {"command", "http-hook"} & found
        assert ("container-oom" in found) == (environment == "compose")
