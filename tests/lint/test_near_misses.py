"""What looks like a defect and is none: deliberate ways of writing that nobody should be told of."""

from pathlib import Path

import pytest

from tests.lint.estates import base, examined, told

EXPRESSIONS = (
    'shop_requests{code="500"} / shop_requests{code="500"} offset 1d > 2',
    'shop_requests{code="500"} / ignoring (code) group_left () sum without (code) (shop_requests) > 0.1',
    "rate(shop_errors_total[10s]) / rate(shop_requests_total[10s]) > 0.1",
    'sum by (job) (rate(shop_requests_total{code="500"}[10s])) / sum by (job) (rate(shop_requests_total[10s])) > 0.1',
    "sum(shop_queue) / scalar(shop_size) > 0.9",
    "sum(shop_queue) / shop:size > 0.9",
    "100 * shop_used / shop_size > 90",
    "shop_queue / 2 > 90",
    "histogram_quantile(0.9, sum by (le, job) (rate(shop_seconds_bucket[10s]))) > 1",
    "histogram_quantile(0.9, sum(rate(shop_native_seconds[10s]))) > 1",
    "increase(shop_panics_total[10m]) > 0",
    "max_over_time(shop_queue[10m]) > 90",
    "absent(shop_queue)",
    "shop_queue > 90 unless on () (max_over_time(shop_migrating[10m]) > 0)",
    'predict_linear(shop_free[10s], 4 * 3600) < 0 and shop_free{mount!="x"} < 9',
    "min_over_time(up[2s]) == 0",
    "label_replace(shop_queue, 'queue', '$1', 'name', '(.*)') > 3",
)


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_expressions(expr: str, tmp_path: Path) -> None:
    files = base()
    files["rules.yml"] += (
        f"      - alert: Near\n        expr: |\n          {expr}\n        labels: {{severity: page, family: near}}\n"
    )
    assert told(examined(files, tmp_path)) == []


@pytest.mark.parametrize(
    "text",
    [
        "More than half of the visits fail for a minute",
        "Fails every minute",
        "More than 30 per minute ({{ $value }})",
    ],
)
def test_a_rate_that_was_reckoned_or_a_text_that_is_about_something_else(text: str, tmp_path: Path) -> None:
    files = base()
    expr = (
        "60 * sum(rate(shop_visits_total[10s])) > 30"
        if "per" in text
        else "sum(rate(shop_visits_total[10s])) > 1"
    )
    rule = f"      - alert: Near\n        expr: {expr}\n        annotations: {{summary: '{text}'}}\n"
    files["rules.yml"] += rule
    assert told(examined(files, tmp_path)) == []


ALERTMANAGERS = {
    "an alert that is sent to nobody on purpose": (
        "    - receiver: outside\n      matchers: ['alertname=\"Watchdog\"']\n",
        "    - receiver: void\n      matchers: ['alertname=\"Watchdog\"']\n",
        "  - name: void\n",
    ),
    "an inhibition of all by one": (
        "inhibit_rules:\n",
        "inhibit_rules:\n  - source_matchers: [alertname=ShopDown]\n    target_matchers: [severity=ticket]\n",
        "",
    ),
    "a route that is mute by night, beside one that is not": (
        "      continue: true\n",
        "      continue: true\n      mute_time_intervals: [nights]\n    - receiver: desk\n      matchers: [severity=page]\n",
        "",
    ),
    "grouping by the alert where each has one only": (
        'group_by: ["..."]\n  group_wait: 1s\n  group_interval: 2s',
        "group_by: [alertname, job, instance, queue, code]\n  group_wait: 1s\n  group_interval: 9s",
        "",
    ),
    "an interval that never applies": (
        "      continue: true\n",
        "      mute_time_intervals: [past]\n",
        "",
    ),
}


@pytest.mark.parametrize("case", ALERTMANAGERS)
def test_routes(case: str, tmp_path: Path) -> None:
    old, new, receiver = ALERTMANAGERS[case]
    files = base()
    text = files["alertmanager.yml"]
    assert text.count(old) == 1
    text = text.replace(old, new).replace("receivers:\n", f"receivers:\n{receiver}")
    text += '  - name: past\n    time_intervals:\n      - {days_of_month: ["31"], months: [february]}\n'
    assert told(examined({**files, "alertmanager.yml": text}, tmp_path)) == []


@pytest.mark.parametrize(
    "expr",
    [
        'up{job="shop"} == 0',
        'min_over_time(up{job="shop"}[10s]) < 1',
        'count(up{job=~"sh.*"} == 0) > 0',
        'sum(up{job="shop"}) < 1',
        '1 - avg(up{job!="till"}) > 0.1',
        'up{job="shop"} != 1',
        'absent(up{job="shop"} == 1)',
        'absent_over_time(shop_requests_total{job="shop"}[10s])',
    ],
)
def test_ways_to_notice_that_a_job_is_down(expr: str, tmp_path: Path) -> None:
    assert told(examined(instead_of_shop_down(expr), tmp_path)) == []


@pytest.mark.parametrize(
    "expr",
    [
        'up{job="shop"} == 1',
        'count_over_time(up{job="shop"}[10s]) > 9',
        'shop_queue > 3 unless on () up{job="shop"} == 0',
        'changes(up{job="shop"}[10s]) > 3',
    ],
)
def test_ways_to_read_whether_a_job_is_up_that_notice_nothing(expr: str, tmp_path: Path) -> None:
    assert told(examined(instead_of_shop_down(expr), tmp_path)) == ["job/no-down-alert prometheus.yml:11"]


def instead_of_shop_down(expr: str) -> dict[str, str]:
    files = base()
    old = 'expr: up{job="shop"} == 0\n'
    assert files["rules.yml"].count(old) == 1
    return {**files, "rules.yml": files["rules.yml"].replace(old, f"expr: |\n          {expr}\n")}


def test_a_window_that_delays_nothing_still_has_to_pass_before_all_is_quiet(tmp_path: Path) -> None:
    files = base()
    files["rules.yml"] += (
        "      - alert: Near\n        expr: increase(shop_panics_total[10m]) > 0\n        labels: {severity: page}\n"
    )
    (row,) = examined(files, tmp_path).of("Near")
    assert row.worst < 10
    assert row.quiet > 600
