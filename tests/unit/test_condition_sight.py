"""What a condition sees by: its operands, asked without the comparison."""

import promql_parser
import pytest

from simulator.plan.promql import metrics
from simulator.plan.sight import instances, rests_on


@pytest.mark.parametrize(
    ("expr", "queries"),
    [
        ("sum(rate(orders[1m])) < 0.1", ["sum(rate(orders[1m]))"]),
        ('{__name__="orders"} < 1', ['{__name__="orders"}']),
        ("5 < orders", ["orders"]),
        ("a / b < 0.1", ["a / b"]),
        ("a / scalar(b) > 1", ["a / scalar(b)"]),
        ("a > b", ["a", "b", "(a) > bool (b)"]),
        (
            "a < on (job) group_left (x) b",
            ["a", "b", "(a) < bool on (job) group_left (x) (b)"],
        ),
        ("a > ignoring (x) b", ["a", "b", "(a) > bool ignoring (x) (b)"]),
        ("a > 1 and on() b < 2", ["a", "b"]),
        ("a > 1 or b > 1", ["a", "b"]),
        ("a > 1 unless on() maintenance == 1", ["a"]),
        ("count(up == 0) > 2", ["count(up)"]),
        ("(a > 5) < 10", ["(a)"]),
        ("max_over_time((a > b)[1m:10s]) == 1", ["max_over_time((a)[1m:10s])", "b"]),
        ("(a < bool 1) == 1", ["(a < bool 1)", "a"]),
        # Somebody has said what nothing means: 0.
        ("(sum(a) or vector(0)) < 1", ["(sum(a) or vector(0))"]),
        ("absent(a)", []),
        ("absent_over_time(a[5m]) == 1", []),
        ('count(ALERTS{alertstate="firing"}) > 3', []),
        # The same alerts, named in other ways.
        ('count({__name__="ALERTS",alertstate="firing"}) > 3', []),
        ('count({"ALERTS", alertstate="firing"}) > 3', []),
        ('count({__name__=~"ALERTS.*"}) > 3', []),
        ('count({__name__=~"ALERTS|ALERTS_FOR_STATE"}) > 3', []),
        ('count({__name__=~"ALERTS",__name__!~".*STATE"}) > 3', []),
        ('count({alertstate="firing"}) > 3', []),
        ('count({__name__=~".+",alertname="Down"}) > 3', []),
        ('max(count_over_time({__name__="ALERTS_FOR_STATE"}[1m])) > 3', []),
        # Not alerts, or more than alerts.
        ('count({__name__=~".*ALERTS_SENT"}) > 3', ['count({__name__=~".*ALERTS_SENT"})']),
        ('count({__name__=~".+"}) < 3', ['count({__name__=~".+"})']),
        ('count({job="a"}) < 3', ['count({job="a"})']),
        ('count({__name__!="ALERTS",job="a"}) < 3', ['count({__name__!="ALERTS",job="a"})']),
        ('count({alertstate="",job="a"}) < 3', ['count({alertstate="",job="a"})']),
        ('count(pages{alertname="Down"}) < 3', ['count(pages{alertname="Down"})']),
        ("hour() > 8 and a > 1", ["a"]),
        ("time() - a > 60", ["time() - a"]),
        ("a offset 5m > 1", ["a offset 5m"]),
        ('a{b="x  y"} > 1', ['a{b="x  y"}']),
    ],
)
def test_a_condition_rests_on_what_it_compares(expr: str, queries: list[str]) -> None:
    assert list(rests_on(expr)) == queries
    for query in queries:
        promql_parser.parse(query)


@pytest.mark.parametrize(
    ("expr", "queries"),
    [
        ("up == 0", ["up"]),
        ("a > 1 and on() b > 2", ["a"]),
        ("a > 1 or b > 1", ["a", "b"]),
        ("a > on (job) b", ["(a) > bool on (job) (b)"]),
        ("absent(a)", []),
        ("vector(1)", []),
    ],
)
def test_the_labels_of_an_alert_come_from_what_its_rule_compares(expr: str, queries: list[str]) -> None:
    assert list(instances(expr)) == queries


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ('{__name__="orders", job="a"} < 1', ["orders"]),
        ('rate({__name__=~"orders|baskets", job="a"}[1m]) < 1', ['{__name__=~"orders|baskets"}']),
        ('{job="a"} < 1', ['{job="a"}']),
        ('{"my.metric"} < 1', ["my.metric"]),
        ('{__name__="up", job="erpgo-api"} == 0', ["up{erpgo-api}"]),
        ("orders < 1", ["orders"]),
    ],
)
def test_a_metric_may_be_named_among_the_labels(expr: str, names: list[str]) -> None:
    assert list(metrics(expr)) == names
