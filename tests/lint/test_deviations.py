"""Where our rules deviate from ERPGo's own, the lint finds ERPGo's form when it is put back, as far as files can tell.

Every row of the table in docs/rules.md has its place here: what puts its form back and which finding that brings, or why no
finding can come from files.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.erpgo.estates import STAGING
from tests.checkout import ROOT
from tests.lint.estates import Files, examined

PER_SERIES = """\
      - alert: CriticalErrorRate
        expr: rate(erpgo_http_requests_total{status_code=~"5.."}[15s]) / rate(erpgo_http_requests_total[15s]) > 0.1
"""
PER_HOUR = """\
      - alert: {alert}
        expr: sum(rate({counter}[15s])) < {limit}
        annotations: {{summary: "Fewer than {limit} per hour"}}
        labels: {{severity: warning, family: {alert}, service: erpgo-api}}
"""
RULES, ROUTES = "rules.yml", "alertmanager.yml"


@dataclass(frozen=True)
class Back:
    """What puts ERPGo's form back into a file, and the finding that it brings."""

    file: str
    edit: Callable[[str], str]
    code: str
    subject: str


def swap(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert text.count(old) == 1, old
        return text.replace(old, new)

    return edit


def instead(alert: str, new: str) -> Callable[[str], str]:
    """The first lines of a rule, or all of it, replaced; what is left of it goes on below."""

    def edit(text: str) -> str:
        found = re.search(rf"      - alert: {alert}\n        expr: .*\n", text)
        assert found is not None
        if "labels:" not in new:
            return text.replace(found.group(), new)
        rest = re.search(r"\n(?=      - |  - name)", text[found.end() :])
        end = found.end() + rest.end() if rest else len(text)
        return text[: found.start()] + new + text[end:]

    return edit


def without_group(name: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        start = text.index(f"  - name: {name}\n")
        end = text.find("  - name: ", start + 1)
        return text[:start] + (text[end:] if end > 0 else "")

    return edit


def hourly(alert: str, counter: str, limit: float) -> Back:
    form = PER_HOUR.format(alert=alert, counter=counter, limit=limit)
    return Back(RULES, instead(alert, form), "rule/per-second-as-hour", alert)


LIVE = "what is exported, and how much of it, only the running system says"
MEANING = "both forms are sound, and mean something else"
NOTHING = "ERPGo's document has no form that could be put back"
ROWS: dict[str, Back | str] = {
    "hold times of 1 to 30 minutes": Back(
        RULES,
        lambda text: re.sub(r"(- alert: HighErrorRate\n.*\n        for: )8s", r"\g<1>2m", text),
        "budget/impossible",
        "HighErrorRate",
    ),
    "ratios divide series by series": Back(
        RULES, instead("CriticalErrorRate", PER_SERIES), "rule/ratio-unsummed", "CriticalErrorRate"
    ),
    "warnings wait 10 s in Alertmanager": Back(
        ROUTES, swap("group_wait: 2s", "group_wait: 10s"), "budget/worst", "DatabaseConnectionHigh"
    ),
    "Alertmanager writes its notification log every 15 min (its default)": "a flag of the program, in no file",
    "p95 of response times and of queries at any traffic": LIVE,
    "cancellations as a share alone": LIVE,
    "a symptom pages beside its cause": MEANING,
    "goroutines of each process": MEANING,
    "error share alone": LIVE,
    "active connections > 20 / > 50": LIVE,
    "hit rate from a gauge, compared as a percentage": LIVE,
    "hit rate at any traffic": LIVE,
    "cache errors not mentioned": MEANING,
    "p95 > 2 s from buckets 1 and 2.5": LIVE,
    "panics in 5 minutes": "in the budget it is seen as the time to be quiet again; nothing is promised for that",
    "`up == 0` for PostgreSQL and Redis": LIVE,
    "no thresholds for database errors and timeouts": NOTHING,
    '"< 0.1 orders per hour", "< 0.5 logins per hour" at any hour': hourly(
        "LowOrderRate", "erpgo_orders_created_total", 0.1
    ),
    "revenue tracking without a condition": NOTHING,
    "alloc / sys in bytes of the Go runtime": LIVE,
    "rate limiting and suspicious activity without thresholds": NOTHING,
    "no alert on the monitoring itself": Back(
        RULES, without_group("alerting-path"), "path/no-dead-man", "rules"
    ),
    "dynamic thresholds promised, none given": NOTHING,
    "inhibition by `alertname`": Back(
        ROUTES, swap("  - family\n  - service\n", "  - alertname\n"), "inhibit/never", 'severity="critical"'
    ),
    "critical group_wait 5 s": Back(
        ROUTES,
        swap(
            "    - '...'\n    group_wait: 1s\n    group_interval: 2s\n",
            "    - alertname\n    group_wait: 5s\n    group_interval: 5m\n",
        ),
        "budget/joins-group",
        "ApplicationDown",
    ),
    "`job:cache_hit_rate` from a gauge": LIVE,
    "`business:revenue_per_hour`": MEANING,
    '"per hour" written with a per-second rate': hourly(
        "LowUserActivity", 'erpgo_user_logins_total{status="success"}', 0.5
    ),
}


def staging() -> dict[str, str]:
    """Our own estate, without what is accepted of it."""
    assert STAGING.prometheus is not None
    assert STAGING.alertmanager is not None
    named = {"prometheus.yml": STAGING.prometheus, ROUTES: STAGING.alertmanager, RULES: STAGING.rules[0]}
    return {name: path.read_text(encoding="utf-8") for name, path in named.items()}


def found(files: Files, folder: Path) -> set[tuple[str, str]]:
    folder.mkdir()
    return {(one.code.name, one.found.subject) for one in examined(files, folder).findings}


def test_every_row_has_its_place() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    table = page.partition("## Deviations from ERPGo's own rules")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    assert rows[1:] == list(ROWS)


@pytest.mark.parametrize("row", [row for row, back in ROWS.items() if isinstance(back, Back)])
def test_erpgos_form_is_found_when_it_is_put_back(row: str, tmp_path: Path) -> None:
    back = ROWS[row]
    assert isinstance(back, Back)
    files = staging()
    changed = {**files, back.file: back.edit(files[back.file])}
    assert changed != files
    new = found(changed, tmp_path / "theirs") - found(files, tmp_path / "ours")
    assert (back.code, back.subject) in new


def test_a_key_that_stands_twice_is_found(tmp_path: Path) -> None:
    """What makes Prometheus refuse ERPGo's own configuration."""
    files = staging()
    edit = swap(
        "  evaluation_interval: 2000ms\n", "  evaluation_interval: 2000ms\n  evaluation_interval: 15s\n"
    )
    files["prometheus.yml"] = edit(files["prometheus.yml"])
    assert ("config/duplicate-key", str(tmp_path / "a" / "prometheus.yml")) in found(files, tmp_path / "a")
