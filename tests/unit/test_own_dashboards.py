"""Dashboards of somebody's own: read as Grafana would draw them, before those that are there anyway."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.base.errors import BadInput
from simulator.plan.models import Panel, Target
from simulator.plan.panels import Reader, with_own

OTHERS = (
    Panel(dashboard="shop", title="Old", unit="short", targets=(Target(ref="A", legend="", expr="up"),)),
    Panel(dashboard="system", title="CPU", unit="short", targets=(Target(ref="A", legend="", expr="up"),)),
)


def panel(expr: str, **more: Any) -> dict[str, Any]:
    return {"title": "Requests", "targets": [{"expr": expr}], **more}


def dashboard(*panels: dict[str, Any], variables: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"uid": "shop", "panels": list(panels), "templating": {"list": list(variables)}}


def drawn(tree: dict[str, Any], **variables: str) -> tuple[list[str], tuple[str, ...]]:
    """The queries, and what was left out."""
    found = Reader(2.0, variables).read(tree)
    return [target.expr for one in found.panels for target in one.targets], found.left_out


@pytest.mark.parametrize("name", ["$job", "${job}", "${job:regex}", "[[job]]", "[[job:pipe]]"])
def test_a_variable_is_filled_in_however_it_is_written(name: str) -> None:
    assert drawn(dashboard(panel(f'up{{job="{name}"}}')), job="web") == (['up{job="web"}'], ())


@pytest.mark.parametrize(
    ("current", "stands_for"),
    [
        ({"value": "web"}, "web"),
        ({"value": ["web", "pay"]}, "(web|pay)"),
        ({"value": ["$__all"]}, ".*"),
        ({"value": "$__all"}, ".*"),
    ],
)
def test_a_variable_stands_for_what_the_dashboard_has_chosen(
    current: dict[str, Any], stands_for: str
) -> None:
    tree = dashboard(panel('up{job=~"$job"}'), variables=({"name": "job", "current": current},))
    assert drawn(tree) == ([f'up{{job=~"{stands_for}"}}'], ())


def test_what_the_environment_says_of_a_variable_comes_first() -> None:
    tree = dashboard(panel('up{job="$job"}'), variables=({"name": "job", "current": {"value": "web"}},))
    assert drawn(tree, job="pay")[0] == ['up{job="pay"}']


def test_a_variable_that_nothing_fills_in_is_named_and_its_query_left_out() -> None:
    queries, left_out = drawn(dashboard(panel('up{job="$job"}'), panel("up")))
    assert queries == ["up"]
    assert left_out == (
        "shop / Requests: nothing says what the variable job stands for; name it under variables",
    )


def test_grafanas_own_variables_are_known() -> None:
    assert drawn(dashboard(panel("sum(rate(requests[$__rate_interval]))")))[0] == ["sum(rate(requests[8s]))"]


def test_panels_of_a_folded_row_are_read_and_rows_and_texts_are_none() -> None:
    row = {"type": "row", "title": "More", "panels": [panel("down")]}
    assert drawn(dashboard({"type": "text", "title": "Hello"}, row, panel("up")))[0] == ["down", "up"]


def test_a_query_of_logs_is_none_of_prometheus() -> None:
    logs = panel('{app="web"} |= "error"', datasource={"type": "loki", "uid": "loki"})
    queries, left_out = drawn(dashboard(logs))
    assert queries == []
    assert left_out == ("shop / Requests: a query of loki is not drawn from Prometheus",)


def test_ones_own_dashboard_hides_the_one_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "shop.json").write_text(json.dumps(dashboard(panel("up"))))
    names = [(one.dashboard, one.title) for one in with_own(tmp_path, OTHERS, 2.0)]
    assert names == [("shop", "Requests"), ("system", "CPU")]


def test_a_folder_that_is_not_there_hides_nothing(tmp_path: Path) -> None:
    assert with_own(tmp_path / "none", OTHERS, 2.0) == OTHERS


@pytest.mark.parametrize("text", ["", "[]", '{"uid": "x"}', '{"panels": [1]}', '{"uid": "x", "panels": [1]}'])
def test_what_is_no_dashboard_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.json").write_text(text)
    with pytest.raises(BadInput, match=r"odd\.json: not a Grafana dashboard"):
        with_own(tmp_path, OTHERS, 2.0)
