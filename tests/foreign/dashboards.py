"""Dashboards as people leave them: variables, rows, panels of every age, one that mixes sources, one of logs."""

import json
from pathlib import Path
from typing import Any

from tests.foreign.names import Names

Board = dict[str, Any]
PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}


def write(folder: Path, names: Names) -> None:
    """One file a dashboard."""
    folder.mkdir()
    for board in (_shop(names), _pay(names), _storage(names)):
        (folder / f"{board['uid']}.json").write_text(json.dumps(board, indent=2) + "\n", encoding="utf-8")


def _shop(names: Names) -> Board:
    requests = 'flask_http_request_total{job=~"$job", env=~"${env:regex}"'
    errors = f'sum(rate({requests}, status=~"5.."}}[$__rate_interval]))'
    details = [
        _panel(
            4, "Latency", f"histogram_quantile(0.95, sum by (le) (rate({_durations()}[$__rate_interval])))"
        ),
        _panel(5, "Up", 'up{job="$job"}', kind="stat"),
    ]
    return _board(
        names,
        "shop",
        "Shop RED",
        [
            {
                "id": 1,
                "type": "text",
                "title": "",
                "options": {"mode": "markdown", "content": "# Shop\nAsk *us*."},
            },
            _panel(2, "Requests", f"sum(rate({requests}}}[$__rate_interval]))"),
            _panel(3, "Errors", f"{errors} / sum(rate({requests}}}[$__rate_interval]))", unit="percentunit"),
            {"id": 9, "type": "row", "title": "Details", "collapsed": True, "panels": details},
        ],
    )


def _durations() -> str:
    return 'flask_http_request_duration_seconds_bucket{job=~"$job"}'


def _pay(names: Names) -> Board:
    job = names.jobs.pay
    slow = (
        "histogram_quantile(0.95, sum by (le) "
        f'(rate(http_request_duration_seconds_bucket{{job="{job}", handler="/charge"}}[$interval])))'
    )
    charges = f'sum by (status) (rate(http_requests_total{{job="{job}", handler="/charge"}}[$interval]))'
    logs = {
        **_panel(3, "Log", f'{{app="{job}"}} |= "error" | json | level="error"', kind="logs"),
        "datasource": {"type": "loki", "uid": "loki"},
    }
    return _board(
        names,
        "pay",
        "Pay",
        [
            {"id": 8, "type": "row", "title": "Now", "collapsed": False, "panels": []},
            _panel(1, "p95", slow, unit="s"),
            _panel(2, "Charges", charges),
            logs,
        ],
    )


def _storage(names: Names) -> Board:
    jobs = names.jobs
    mixed = {
        "id": 3,
        "type": "timeseries",
        "title": "Both",
        "datasource": {"type": "datasource", "uid": "-- Mixed --"},
        "targets": [
            {"refId": "A", "datasource": PROMETHEUS, "expr": f'pg_up{{job="{jobs.postgres}"}}'},
            {"refId": "B", "datasource": {"type": "loki", "uid": "loki"}, "expr": 'rate({app="db"}[1m])'},
        ],
    }
    old = {
        "id": 4,
        "type": "graph",
        "title": "Keys",
        "datasource": "Prometheus",
        "targets": [{"expr": f'redis_db_keys{{job="{jobs.redis}", db="db0"}}', "format": "time_series"}],
    }
    return _board(
        names,
        "storage",
        "Storage",
        [
            _panel(1, "Connections", f'sum(pg_stat_activity_count{{job="{jobs.postgres}"}})'),
            _panel(2, "Redis", f'redis_up{{job="{jobs.redis}"}}', kind="stat"),
            mixed,
            old,
        ],
    )


def _panel(number: int, title: str, expr: str, *, kind: str = "timeseries", unit: str = "short") -> Board:
    """Its target has no `refId`: Grafana gives one when somebody next edits it."""
    return {
        "id": number,
        "type": kind,
        "title": title,
        "datasource": PROMETHEUS,
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "gridPos": {"h": 8, "w": 12, "x": 0, "y": 8 * number},
        "targets": [{"expr": expr, "legendFormat": "__auto"}],
    }


def _board(names: Names, uid: str, title: str, panels: list[Board]) -> Board:
    return {
        "uid": f"{names.company}-{uid}",
        "title": f"{names.company.title()} / {title}",
        "tags": [names.company],
        "schemaVersion": 39,
        "version": 7,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": _variables(names)},
        "panels": panels,
    }


def _variables(names: Names) -> list[Board]:
    env, job = names.identity.value, names.jobs.shop
    return [
        {"name": "datasource", "type": "datasource", "query": "prometheus", "current": {"value": "default"}},
        {
            "name": "job",
            "type": "query",
            "datasource": PROMETHEUS,
            "query": {"query": "label_values(flask_http_request_total, job)", "refId": "Variable"},
            "current": {"text": job, "value": job},
        },
        {
            "name": "env",
            "type": "custom",
            "query": f"{env},production",
            "multi": True,
            "current": {"text": [env], "value": [env]},
        },
        {
            "name": "interval",
            "type": "interval",
            "query": "15s,1m,5m",
            "current": {"text": "15s", "value": "15s"},
        },
    ]
