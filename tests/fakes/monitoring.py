"""Somebody's Prometheus or Alertmanager at the outermost edge: a server that answers by path what a test has put there."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

ROUTE = """\
route: {receiver: page, group_wait: 1s, group_interval: 5s}
receivers: [{name: page}]
"""


def rule(alert: str, severity: str = "critical", label: str = "severity") -> dict[str, Any]:
    """As Prometheus tells one; `label` is that of its severity."""
    return {
        "name": alert,
        "type": "alerting",
        "query": 'up{job="shop"} == 0',
        "duration": 0,
        "labels": {label: severity},
        "annotations": {},
        "health": "ok",
        "lastError": "",
    }


def target(job: str) -> dict[str, Any]:
    """One that is up."""
    return {
        "scrapePool": job,
        "labels": {"job": job, "instance": f"{job}:80"},
        "health": "up",
        "lastError": "",
        "scrapeInterval": "1s",
    }


def prometheus_of(*rules: dict[str, Any], **external_labels: str) -> dict[str, Any]:
    """What a Prometheus answers that has these rules, and scrapes a shop."""
    group = {"name": "shop", "file": "/etc/shop.yml", "interval": 1, "rules": list(rules)}
    labels = json.dumps({"global": {"external_labels": external_labels}})
    return {
        "/api/v1/targets": {"data": {"activeTargets": [target("shop")]}},
        "/api/v1/rules": {"data": {"groups": [group]}},
        "/api/v1/alerts": {"data": {"alerts": []}},
        "/api/v1/alertmanagers": {"data": {"activeAlertmanagers": []}},
        "/api/v1/status/config": {"data": {"yaml": labels}},
        "/api/v1/query": _asked,
    }


def _asked(query: dict[str, list[str]]) -> dict[str, Any]:
    """It has no series, and knows the time."""
    if query["query"] == ["time()"]:
        now = time.time()
        return {"data": {"resultType": "scalar", "result": [now, str(now)]}}
    return {"data": {"resultType": "vector", "result": []}}


def alertmanager_of(configuration: str = ROUTE, version: str = "0.27.0") -> dict[str, Any]:
    """What an Alertmanager answers that is told nothing."""
    status = {"config": {"original": configuration}, "versionInfo": {"version": version}}
    return {"/api/v2/status": status, "/api/v2/silences": [], "/api/v2/alerts": []}


@dataclass
class Monitoring:
    """One server."""

    answers: dict[str, Any]
    """By path, or what makes one of the query; what is not in it is answered with 404."""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    """Every request, as in `GET /api/v1/rules`."""


@contextmanager
def serving(answers: dict[str, Any]) -> Iterator[Monitoring]:
    """A server that answers a GET by its path, and nothing else, while the block runs."""
    there = Monitoring(answers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            there.asked.append(f"GET {path}")
            answer = there.answers.get(path)
            body = json.dumps(answer(parse_qs(query)) if callable(answer) else answer).encode()
            self.send_response(200 if path in there.answers else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        there.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield there
        finally:
            server.shutdown()
            thread.join()
