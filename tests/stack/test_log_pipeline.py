"""What Promtail would make of real lines: of the API as it writes them now, of the others as they once wrote them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator.erpgo.stack.supervisor.paths import CHECKOUT
from tests.stack.promtail_pipeline import (
    CONFIG,
    SERVICES,
    Line,
    read,
    run,
    scrape_config,
    selected_job,
    shipped,
)

LABELS = {"job", "level", "component", "method", "status"}
IDS = {"correlation_id", "trace_id", "request_id", "user_id"}
SPEAK = """
import logging
from simulator.erpgo.api import logs
logs.configure("info")
log = logs.logger("http")
context = logs.LogContext("c-1", "t-1", "r-1")
logs.current.set(context)
log.warning("request", method="GET", path="/x", status=503)
context.user_id = "u-1"
try:
    1 / 0
except ZeroDivisionError:
    log.exception("unexpected error")
logs.current.set(None)
logging.getLogger("uvicorn.error").info("Application startup complete.")
"""


def stages(pipeline: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Every stage, those inside a match included."""
    for stage in pipeline:
        [(name, config)] = stage.items()
        yield name, config
        if name == "match":
            yield from stages(config["stages"])


def all_stages(kind: str) -> list[Any]:
    pipelines = (each["pipeline_stages"] for each in read(CONFIG)["scrape_configs"])
    return [config for pipeline in pipelines for name, config in stages(pipeline) if name == kind]


@pytest.fixture(scope="module")
def api_lines() -> list[str]:
    """A failed request of somebody unknown, an exception of somebody known, and a library's line."""
    command = [sys.executable, "-c", SPEAK]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


def access(method: str = "GET", status: int = 200, correlation_id: str = "") -> str:
    """A line of nginx's access log."""
    fields = {
        "time": "2026-11-24T15:51:23+00:00",
        "remote_addr": "127.0.0.1",
        "method": method,
        "uri": '/api/v1/products?q="x"\\',
        "status": status,
        "request_time": 1.001,
        "correlation_id": correlation_id,
    }
    return json.dumps(fields, separators=(",", ":"))


def test_a_requests_ids_are_metadata_and_never_labels(api_lines: list[str]) -> None:
    line = shipped(api_lines[0], "api")
    assert line.labels == {"job": "api", "level": "warning", "component": "http"}
    assert line.metadata == {"correlation_id": "c-1", "trace_id": "t-1", "request_id": "r-1"}
    assert line.text == api_lines[0]


def test_a_traceback_stays_one_line(api_lines: list[str]) -> None:
    line = shipped(api_lines[1], "api")
    assert line.labels == {"job": "api", "level": "error", "component": "http"}
    assert line.metadata == {
        "correlation_id": "c-1",
        "trace_id": "t-1",
        "request_id": "r-1",
        "user_id": "u-1",
    }
    assert "ZeroDivisionError" in json.loads(line.text)["error"]


def test_a_librarys_line_has_its_logger_as_component(api_lines: list[str]) -> None:
    line = shipped(api_lines[2], "api")
    assert line.labels == {"job": "api", "level": "info", "component": "uvicorn.error"}
    assert line.metadata == {}


def test_the_apis_lines_bring_their_own_time(api_lines: list[str]) -> None:
    time = shipped(api_lines[0], "api").time
    assert time is not None
    assert abs((datetime.now(UTC) - time).total_seconds()) < 120


def test_an_access_line_has_method_and_status() -> None:
    line = shipped(access(correlation_id="abc-1"), "nginx")
    assert line.labels == {"job": "nginx", "method": "GET", "status": "200"}
    assert line.metadata == {"correlation_id": "abc-1"}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (access(method="PURGE-ME", status=502), {"job": "nginx", "status": "502"}),
        (access(method="", status=400), {"job": "nginx", "status": "400"}),
        (access(status=0), {"job": "nginx", "method": "GET"}),
        (access(correlation_id="\x01bad"), {"job": "nginx", "method": "GET", "status": "200"}),
        (access(correlation_id="x" * 65), {"job": "nginx", "method": "GET", "status": "200"}),
        ('{"time":"2026-11-24T15:51:23+00:00","status":000}', {"job": "nginx"}),
    ],
)
def test_a_client_cannot_make_up_labels_or_ids(text: str, labels: dict[str, str]) -> None:
    line = shipped(text, "nginx")
    assert line.labels == labels
    assert line.metadata == {}


@pytest.mark.parametrize(
    ("job", "level", "text"),
    [
        (
            "nginx",
            "error",
            '2026/11/24 15:51:23 [error] 12133#12133: *1 api could not be resolved, request: "GET /x HTTP/1.1"',
        ),
        ("nginx", "emerg", "2026/11/24 15:51:12 [emerg] 11515#11515: unknown directive"),
        (
            "postgres",
            "FATAL",
            "2026-11-24 15:37:55.817 UTC [4573] FATAL:  the database system is starting up",
        ),
        (
            "postgres",
            "ERROR",
            "2026-11-24 15:38:25.290 UTC [4583] ERROR:  canceling statement due to lock timeout",
        ),
        (
            "postgres",
            "LOG",
            "2026-11-24 15:34:49.216 CET [4322] LOG:  checkpoint complete: wrote 926 buffers",
        ),
        (
            "postgres",
            "WARNING",
            "2026-11-24 15:34:49.216 UTC [7] erpgo@erp WARNING:  there is no transaction",
        ),
        ("redis", "warning", "4273:M 24 Nov 2026 15:34:48.283 # WARNING Memory overcommit must be enabled!"),
        ("redis", "info", "4273:M 24 Nov 2026 15:34:48.320 * Ready to accept connections tcp"),
        ("redis", "debug", "4273:M 24 Nov 2026 15:34:48.320 - Client closed connection"),
        ("redis", "debug", "4273:C 24 Nov 2026 15:34:48.320 . 1 clients connected"),
    ],
)
def test_the_others_have_their_level_as_metadata(job: str, level: str, text: str) -> None:
    line = shipped(text, job)
    assert (line.text, line.labels, line.metadata, line.time) == (text, {"job": job}, {"level": level}, None)


@pytest.mark.parametrize(
    ("job", "text"),
    [
        ("api", "Traceback (most recent call last):"),
        ("api", "null"),
        ("nginx", "/docker-entrypoint.sh: Configuration complete; ready for start up"),
        ("postgres", "2026-11-24 15:38:25.290 UTC [4583] STATEMENT:  SELECT 'ERROR:  '"),
        ("postgres", "\t    WITH line AS ("),
        ("redis", "# not a line of the server"),
        ("grafana", 'level=info msg="HTTP Server Listen"'),
    ],
)
def test_what_does_not_fit_is_kept_as_it_is(job: str, text: str) -> None:
    line = shipped(text, job)
    assert (line.text, line.labels, line.metadata, line.time) == (text, {"job": job}, {}, None)


def test_a_syslog_line_has_its_program_and_its_time() -> None:
    text = "2026-11-24T15:51:23.123456+01:00 host systemd[1]: Started something."
    line = Line(text, {"job": "syslog", "filename": "/var/log/host/syslog"})
    run(scrape_config("syslog")["pipeline_stages"], line)
    assert line.labels == {"job": "syslog"}
    assert line.metadata == {"program": "systemd"}
    assert line.time == datetime(2026, 11, 24, 14, 51, 23, 123456, tzinfo=UTC)


def test_labels_are_few_and_ids_are_not_among_them() -> None:
    relabelled = {rule["target_label"] for rule in scrape_config("containers")["relabel_configs"]}
    fixed = set(scrape_config("syslog")["static_configs"][0]["labels"]) - {"__path__"}
    made = {name for config in all_stages("labels") for name in config}
    assert relabelled | fixed | made == LABELS
    assert IDS.isdisjoint(LABELS)
    assert {name for config in all_stages("structured_metadata") for name in config} >= IDS


def test_every_pipeline_is_of_a_service() -> None:
    jobs = {selected_job(config["selector"]) for config in all_stages("match")}
    assert jobs == {"api", "nginx", "postgres", "redis"}
    assert jobs <= SERVICES


def test_expressions_mean_the_same_in_go_and_survive_expansion() -> None:
    expressions = [config["expression"] for config in all_stages("regex")]
    assert expressions
    for expression in expressions:
        assert "\\" not in expression
        assert "$" not in expression[:-1]
        assert expression.startswith("^")
        assert expression.count("(?") == expression.count("(?P<") + expression.count("(?:"), expression


def test_lines_leave_quickly_and_places_outlive_the_container() -> None:
    config = read(CONFIG)
    [client] = config["clients"]
    assert client == {"url": "http://loki:3100/loki/api/v1/push", "batchwait": "200ms"}
    assert config["positions"]["filename"] == "/var/lib/promtail/positions.yaml"
    assert config["server"]["http_listen_port"] == 9080
