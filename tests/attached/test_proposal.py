"""What `simulator init` makes of what Prometheus tells: severities, causes, and files that load whatever things are called."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from simulator.attached.proposal.causes import service_behind
from simulator.attached.proposal.entrance import Entrance
from simulator.attached.proposal.environment_file import MARK, environment_text, name_of, services_of
from simulator.attached.proposal.seen import Job, Managers, Seen
from simulator.attached.proposal.severities import Severities, severities_of
from simulator.attached.proposal.skeletons import skeletons_of
from simulator.attached.settings import AttachedSettings
from simulator.base.loader import load
from simulator.doors.prometheus import LoadedRule
from simulator.plan.models import Experiment
from simulator.preflight.receivers import Told

HERE = Entrance(url="https://prom.shop/prometheus")
MANAGERS = Managers(("https://am.shop/am",), are_asked_alike=True, receivers={})


def rule(alert: str, expr: str = "up == 0", **labels: str) -> LoadedRule:
    return LoadedRule(alert=alert, expr=expr, hold=0.0, labels=labels, health="ok", error="", interval=15.0)


def job(name: str, kind: str = "", *addresses: str, is_down: bool = False) -> Job:
    return Job(name=name, interval=15.0, is_down=is_down, kind=kind, addresses=frozenset(addresses))


def seen(*rules: LoadedRule, jobs: tuple[Job, ...] = (), **other: Any) -> Seen:
    told = Seen(
        version="2.42.0",
        today=date(2026, 1, 2),
        jobs=jobs,
        rules=rules,
        ignored=(),
        severities=Severities("severity", ("page", "ticket")),
        firing=(),
        external_labels={"env": "staging"},
        managers=MANAGERS,
    )
    return replace(told, **other)


def proposed(folder: Path, entrance: Entrance, told: Seen) -> AttachedSettings:
    """The proposal, as the loader takes it."""
    path = folder / "shop.yaml"
    path.write_text(environment_text("shop", entrance, told), encoding="utf-8")
    return load(path, AttachedSettings)


@pytest.mark.parametrize(
    ("rules", "label", "words"),
    [
        (
            [rule("A", severity="page"), rule("B", severity="ticket"), rule("C", severity="ticket")],
            "severity",
            ("ticket", "page"),
        ),
        ([rule("A", priority="p1", team="a"), rule("B", priority="p3", team="a")], "priority", ("p1", "p3")),
        ([rule("A", alarm="loud", service=str(n)) for n in range(9)], "alarm", ("loud",)),
        ([rule("A", severity="{{ $labels.severity }}"), rule("B")], "severity", ()),
        ([rule("A", severity="very loud")], "severity", ()),
        ([], "severity", ()),
    ],
    ids=["usual", "not-the-team", "any-other", "a-template", "no-word", "no-rule"],
)
def test_the_label_that_says_how_urgent_an_alert_is(
    rules: list[LoadedRule], label: str, words: tuple[str, ...]
) -> None:
    assert severities_of(rules) == Severities(label, words)


JOBS = (
    job("web", "", "web:8080"),
    job("pay", "", "pay:80"),
    job("pg-exporter", "database"),
    job("redis", "cache"),
    job("blackbox", "prober", "web:8080"),
    job("prometheus", "monitoring"),
)


@pytest.mark.parametrize(
    ("expr", "service"),
    [
        ('up{job="web"} == 0', "web"),
        ('up{job=~"pay|other"} < 1', "pay"),
        ("up == 0", "web"),
        ('absent(up{job="pay"} == 1)', "pay"),
        ('absent(up{job="pay"})', "pay"),
        ('(sum by (job) (up{job="pay"})) == 0', "pay"),
        ('up{job="web"} == 0 unless on () maintenance', "web"),
        ('up{job="pay"} != 1', "pay"),
        ("pg_up == 0", "pg"),
        ('redis_up{job="redis"} == 0', "redis"),
        ('probe_success{job="blackbox"} == 0', "web"),
        # The exporter itself, which is no service of theirs.
        ('up{job="pg-exporter"} == 0', ""),
        ('up{job="prometheus"} == 0', ""),
        ('up{job="web"} == 1', ""),
        ('count(up{job="web"} == 0) > 3', ""),
        ('rate(errors_total{job="web"}[5m]) > 0.1', ""),
        ('histogram_quantile(0.9, rate(latency_bucket{job="web"}[5m])) > 1', ""),
        ("vector(1)", ""),
        ("this is no PromQL", ""),
    ],
)
def test_what_has_to_be_gone_for_an_alert(expr: str, service: str) -> None:
    assert service_behind(rule("A", expr), JOBS, services_of(JOBS)) == service


def test_services_are_what_is_watched_and_not_what_watches() -> None:
    jobs = (*JOBS, job("acorn/web", is_down=False), job("acorn web"), job("legacy", is_down=True), job("☂"))
    assert {name: one.name for name, one in services_of(jobs).items()} == {
        "web": "web",
        "pay": "pay",
        "pg": "pg-exporter",
        "redis": "redis",
        "acorn-web": "acorn/web",
        "acorn-web-2": "acorn web",
        "service": "☂",
    }


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://prom.shop/prometheus", "shop"),
        ("https://prometheus.staging.example.com", "staging"),
        ("http://metrics:9090", "metrics"),
        ("http://127.0.0.1:9090", "staging"),
        ("http://10.1.2.3:9090/p", "staging"),
        ("http://[::1]:9090", "staging"),
        ("http://prometheus:9090", "staging"),
    ],
)
def test_the_file_is_called_by_the_host(url: str, name: str) -> None:
    assert name_of(url) == name


def test_what_is_proposed_loads_and_touches_nothing(tmp_path: Path) -> None:
    told = seen(jobs=(*JOBS, job("legacy", is_down=True)), firing=("DiskOld",), ignored=("Watchdog",))
    settings = proposed(tmp_path, HERE, told)
    assert (settings.tier, settings.touch) == ("staging", ())
    assert settings.hosts == ("prom.shop", "am.shop")
    assert (settings.who.label, settings.who.equals) == ("env", "staging")
    assert settings.alerts.ignore == ("Watchdog",)
    assert [(one.alert, one.until) for one in settings.alerts.firing_already] == [
        ("DiskOld", date(2026, 2, 1))
    ]
    assert settings.exclude.targets == ('job="legacy"',)
    assert settings.services.keys() == {"web", "pay", "pg", "redis"}
    assert (settings.pages.judge_at, settings.pages.canary) == ("accepted", "none")


@pytest.mark.parametrize(
    ("entrance", "other"),
    [
        (Entrance.model_validate({"url": "http://a", "bearer": "file:/run/token"}), {}),
        (
            Entrance.model_validate({"url": "http://a", "basic": {"user": 'o"ps: #1', "password": "env:A"}}),
            {},
        ),
        (Entrance.model_validate({"url": "http://a", "ca": "/etc/our ca/a'b\".pem"}), {}),
        (HERE, {"external_labels": {}}),
        (HERE, {"external_labels": {"replica": "a", "region": "eu"}}),
        (HERE, {"external_labels": {"env": "yes: 'no' #\""}}),
        (HERE, {"severities": Severities("prio", ())}),
        (HERE, {"severities": Severities("severity", ("no", "1", "on"))}),
        (HERE, {"firing": ("A: b", "{c}", 'd"e', "null", "é☂"), "ignored": ("- x", "#")}),
        (HERE, {"jobs": (job('a"b', is_down=True), job("c: d"), job("null"), job("{e}"))}),
        (HERE, {"managers": Managers(("http://x", "http://y"), are_asked_alike=False, receivers={})}),
        (HERE, {"managers": replace(MANAGERS, receivers={"a#b": Told("a#b\n c", None, ("slack",))})}),
    ],
    ids=range(12),
)
def test_it_loads_whatever_things_are_called(
    tmp_path: Path, entrance: Entrance, other: dict[str, Any]
) -> None:
    settings = proposed(tmp_path, entrance, seen(**other))
    told = seen(**other)
    assert settings.prometheus.url == entrance.url
    assert [one.url for one in settings.alertmanagers] == list(told.managers.urls)
    assert settings.tls.ca == entrance.ca
    assert tuple(one.alert for one in settings.alerts.firing_already) == told.firing
    assert settings.alerts.ignore == told.ignored
    assert all(given.basic == entrance.basic for given in settings.auth.values())
    assert {one for service in settings.services.values() for one in service.jobs} == {
        one.name for one in told.jobs if not one.is_down
    }
    assert MARK in environment_text("shop", entrance, told)


def test_each_experiment_tolerates_what_looks_at_the_same_service(tmp_path: Path) -> None:
    told = seen(
        rule("ShopDown", 'up{job="web"} == 0', severity="page"),
        rule("HTTPProbe: failed", 'probe_success{job="blackbox"} == 0', severity="ticket"),
        rule("shop_down", 'up{job="web"} < 1', severity="page"),
        rule("Untold", 'up{job="pay"} == 0'),
        rule("Errors", "rate(errors_total[5m]) > 1", severity="page"),
        rule("Watchdog", "vector(1)"),
        jobs=JOBS,
        ignored=("Watchdog",),
    )
    skeletons = skeletons_of(told)
    assert skeletons.without == ("Untold", "Errors")
    assert list(skeletons.texts) == ["shop-down", "http-probe-failed", "shop-down-2"]
    for name, text in skeletons.texts.items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        experiment = load(path, Experiment)
        assert [fault.touches for fault in experiment.faults] == ["web"]
        everything = {*(one.alert for one in experiment.must), *(one.alert for one in experiment.may)}
        assert everything == {"ShopDown", "HTTPProbe: failed", "shop_down"}
