"""promtool and amtool accept what we render, and routes lead where they should."""

import subprocess
from pathlib import Path

import pytest

from simulator.base.errors import BadInput
from simulator.erpgo.stack.alertmanager.config import AlertmanagerConfig
from simulator.erpgo.stack.alertmanager.own import OwnRouting
from simulator.erpgo.stack.prometheus.config import Intervals, PrometheusConfig, Targets
from simulator.erpgo.stack.prometheus.rules import STAGING, file_of
from simulator.erpgo.stack.supervisor.binaries import find

RECEIVER = "http://127.0.0.1:9099"
OWN = """
global: {resolve_timeout: 7m}
templates: [pages/*.tmpl]
route:
  receiver: chat
  group_by: [alertname]
  routes:
    - {matchers: ['severity="critical"'], receiver: pager}
receivers:
  - name: chat
  - name: pager
    webhook_configs: [{url: "http://127.0.0.1:9/pager"}]
"""


def tool(name: str, *arguments: str | Path) -> str:
    done = subprocess.run([find(name), *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def prometheus(folder: Path, intervals: Intervals, receiver: str | None = "127.0.0.1:9099") -> Path:
    targets = Targets(
        prometheus="127.0.0.1:9090",
        alertmanager="127.0.0.1:9093",
        api="127.0.0.1:8080",
        postgres_exporter="127.0.0.1:9187",
        redis_exporter="127.0.0.1:9121",
        node_exporter="127.0.0.1:9100",
        receiver=receiver,
    )
    file = folder / "prometheus.yml"
    file.write_text(PrometheusConfig(targets, file_of(STAGING), folder, intervals).render(), encoding="utf-8")
    return file


def alertmanager(folder: Path, own: str | None = None) -> Path:
    routing = None
    if own is not None:
        (folder / "own.yml").write_text(own, encoding="utf-8")
        routing = OwnRouting.read(folder / "own.yml")
    file = folder / "alertmanager.yml"
    file.write_text(
        AlertmanagerConfig(RECEIVER, Path("/run/receiver-token"), routing).render(), encoding="utf-8"
    )
    return file


@pytest.mark.parametrize("intervals", [Intervals(), Intervals(1, 1), Intervals(0.5, 0.5)], ids=str)
def test_promtool_accepts_the_configuration(tmp_path: Path, intervals: Intervals) -> None:
    (tmp_path / "simulator.json").write_text("[]", encoding="utf-8")
    output = tool("promtool", "check", "config", prometheus(tmp_path, intervals))
    assert "WARNING" not in output


def test_promtool_finds_nothing_to_say_about_the_rules() -> None:
    output = tool("promtool", "check", "rules", "--lint=all", "--lint-fatal", file_of(STAGING))
    assert f"{len(STAGING.alerts) + len(STAGING.recordings)} rules found" in output


def test_the_timeout_never_exceeds_the_interval() -> None:
    assert Intervals().timeout == 1
    assert Intervals(scrape=0.5).timeout == 0.5


def test_every_job_is_there_and_the_receiver_only_if_it_is_scraped(tmp_path: Path) -> None:
    with_receiver = prometheus(tmp_path, Intervals()).read_text(encoding="utf-8")
    assert [line.split()[-1] for line in with_receiver.splitlines() if "job_name" in line] == [
        "prometheus",
        "alertmanager",
        "erpgo-api",
        "postgres-exporter",
        "redis-exporter",
        "node-exporter",
        "receiver",
        "simulator",
    ]
    assert "receiver" not in prometheus(tmp_path, Intervals(), receiver=None).read_text(encoding="utf-8")


@pytest.mark.parametrize("own", [None, OWN], ids=["ours only", "with the user's"])
def test_amtool_accepts_the_configuration(tmp_path: Path, own: str | None) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "one.tmpl").write_text('{{ define "page" }}{{ end }}', encoding="utf-8")
    tool("amtool", "check-config", alertmanager(tmp_path, own))


@pytest.mark.parametrize(
    ("labels", "ours", "theirs"),
    [
        (["severity=critical", "alertname=ApplicationDown"], "simulator-critical", "pager"),
        (["severity=warning", "alertname=HighErrorRate"], "simulator-warning", "chat"),
        (["severity=none", "alertname=DeadMansSwitch"], "simulator-none", "chat"),
        (["severity=none", "alertname=SimulatorCanary"], "simulator-none", "chat"),
        (["severity=page", "alertname=Misspelt"], "simulator-none", "chat"),
        (["alertname=Unlabelled"], "simulator-none", "chat"),
    ],
)
def test_every_page_reaches_both(tmp_path: Path, labels: list[str], ours: str, theirs: str) -> None:
    alone = tool("amtool", "config", "routes", "test", f"--config.file={alertmanager(tmp_path)}", *labels)
    both = tool("amtool", "config", "routes", "test", f"--config.file={alertmanager(tmp_path, OWN)}", *labels)
    assert alone.strip() == ours
    assert both.strip() == f"{ours},{theirs}"


def test_the_users_settings_and_templates_come_along(tmp_path: Path) -> None:
    text = alertmanager(tmp_path, OWN).read_text(encoding="utf-8")
    assert "resolve_timeout: 7m" in text
    assert str(tmp_path / "pages" / "*.tmpl") in text


@pytest.mark.parametrize(
    ("own", "complaint"),
    [
        ("route: [", "not YAML"),
        ("route: {receiver: x}", "receivers: Field required"),
        ("route: {receiver: x}\nreceivers: [{name: simulator-critical}]", "one of our names"),
        ("route: {receiver: x}\nreceivers: [{name: x}]\ninhibit_rules: []", "inhibit_rules"),
        ("- a", "the file"),
    ],
)
def test_an_unusable_file_is_refused_with_its_name(tmp_path: Path, own: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as refused:
        alertmanager(tmp_path, own)
    assert "own.yml" in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.yml"):
        OwnRouting.read(tmp_path / "nowhere.yml")
