"""The system that the product is tried on is right by itself: what other tests find, they find in the product."""

import ast
import http.server
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.foreign import certificates, monitoring
from tests.foreign.foreign import Foreign, Page
from tests.foreign.monitoring import Webhook
from tests.foreign.names import draw
from tests.foreign.programs import program
from tests.foreign.servers import SERVICES
from tests.foreign.stack import foreign_stack, settle
from tests.stack.waiting import eventually

pytestmark = pytest.mark.stack

ONCE = Retry(NoBackoff(), retries=0)
ROOT = Path(__file__).parents[2]
OWNER = """
import json, sys
from tests.foreign.stack import foreign_stack, settle
with foreign_stack(5) as stack:
    print(json.dumps([str(stack.folder), stack.supervisor]), flush=True)
    sys.stdin.read()
"""


def rules(foreign: Foreign) -> list[dict[str, Any]]:
    groups = foreign.ask(foreign.prometheus, "/api/v1/rules")["data"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def firing(foreign: Foreign) -> set[str]:
    return {rule["name"] for rule in rules(foreign) if rule.get("state") == "firing"}


def page(foreign: Foreign, alert: str, status: str = "firing") -> Page:
    """The last notification of it, which comes."""
    found: list[Page] = []

    def came() -> bool:
        found[:] = [one for one in foreign.pages() if one.alerts.get(alert) == status]
        return bool(found)

    eventually(f"{alert} is told of as {status}", came, 120.0)
    return found[-1]


@contextmanager
def traffic(foreign: Foreign) -> Iterator[None]:
    """Their own load test, while the block lasts."""
    options = ["--headless", "-u", "6", "-r", "6", "--host", foreign.shop_url, "--only-summary"]
    argv = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(Path(__file__).with_name("their_locustfile.py")),
        *options,
    ]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(argv, cwd=foreign.folder, stdin=quiet, stdout=quiet, stderr=quiet) as locust:
        try:
            yield
        finally:
            locust.terminate()


def test_every_target_is_up_but_the_one_that_never_is(foreign: Foreign) -> None:
    jobs = foreign.names.jobs
    expected = {job: {"up"} for job in vars(jobs).values()} | {jobs.legacy: {"down"}}
    eventually("targets are as they should be", lambda: foreign.targets() == expected)


def test_prometheus_and_alertmanager_are_behind_tls_a_password_and_a_path(foreign: Foreign) -> None:
    trusted = ssl.create_default_context(cafile=foreign.ca)
    for api in (foreign.prometheus, foreign.alertmanager):
        assert httpx.get(f"{api.url}/-/ready", verify=trusted).status_code == 401
        known = {"auth": (api.user, api.password), "verify": trusted}
        assert httpx.get(f"{api.url}/-/ready", **known).status_code == 200  # type: ignore[arg-type]  # as httpx wants them
        outside = httpx.URL(api.url).copy_with(path="/-/ready")
        assert httpx.get(outside, **known).status_code == 404  # type: ignore[arg-type]  # as above
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{api.url}/-/ready")


def test_rules_are_evaluated_and_say_whom_they_are_for(foreign: Foreign) -> None:
    names = foreign.names
    eventually("all were evaluated", lambda: {rule["health"] for rule in rules(foreign)} == {"ok"})
    alerts = {rule["name"]: rule["labels"] for rule in rules(foreign) if rule["type"] == "alerting"}
    assert set(alerts) == set(vars(names.alerts).values())
    label = names.severities.label
    assert {one[label] for one in alerts.values()} == {
        names.severities.urgent,
        names.severities.later,
        "none",
    }
    always = {names.alerts.watchdog, names.alerts.legacy_down}
    eventually("only what always does fires", lambda: firing(foreign) == always)


def test_files_are_changed_and_read_again(foreign: Foreign) -> None:
    added = foreign.files.rules.with_name("added.yml")
    added.write_text("groups: [{name: added, rules: [{alert: Added, expr: vector(0) > 1, for: 2m}]}]\n")
    foreign.reload(foreign.prometheus)
    assert [rule["duration"] for rule in rules(foreign) if rule["name"] == "Added"] == [120]
    added.unlink()
    for api in (foreign.prometheus, foreign.alertmanager):
        foreign.reload(api)
    assert "Added" not in {rule["name"] for rule in rules(foreign)}


@pytest.mark.parametrize("seed", range(20, 26))
def test_whatever_is_drawn_the_servers_own_programs_find_no_mistake(seed: int, tmp_path: Path) -> None:
    names = draw(seed)
    made = certificates.make(tmp_path / "tls", names.company)
    monitoring.Monitoring(tmp_path, names, made).write(15, Webhook("https://receiver/", "t0ken", made.ca))
    files = monitoring.files(tmp_path)
    prometheus, alertmanager = ("prometheus", "promtool"), ("prometheus-alertmanager", "amtool")
    for checker, check, file in (
        (prometheus, ["check", "config"], files.prometheus),
        (prometheus, ["check", "web-config"], files.web),
        (alertmanager, ["check-config"], files.alertmanager),
    ):
        argv = [str(program(*checker)), *check, str(file)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("server", ["shop", "postgres"])
def test_a_server_that_is_down_pages_whoever_is_on_call(foreign: Foreign, server: str) -> None:
    names = foreign.names
    alert = {"shop": names.alerts.shop_down, "postgres": names.alerts.postgres_down}[server]
    settle(foreign)
    assert foreign.run(foreign.down, server) == 0
    assert foreign.run(foreign.is_down, server) == 0
    paged = page(foreign, alert)
    assert foreign.run(foreign.up, server) == 0
    assert foreign.run(foreign.is_down, server) == 1
    assert paged.receiver == paged.body["receiver"] == names.receivers.oncall
    assert paged.body["commonLabels"][names.severities.label] == names.severities.urgent
    assert page(foreign, alert, "resolved").at > paged.at


def test_their_own_traffic_shows_that_payments_fail(foreign: Foreign) -> None:
    admin = {"Authorization": f"Bearer {foreign.names.secrets.pay_admin}"}
    at = f"{foreign.pay_url}/admin"
    with traffic(foreign):
        assert httpx.get(f"{at}/state", headers=admin).status_code == 204
        assert httpx.post(f"{at}/fail", headers=admin, json={"mode": "errors"}).status_code == 202
        try:
            assert httpx.get(f"{at}/state", headers=admin).status_code == 200
            assert page(foreign, foreign.names.alerts.pay_errors).receiver == foreign.names.receivers.oncall
        finally:
            assert httpx.post(f"{at}/heal", headers=admin).status_code == 204
        page(foreign, foreign.names.alerts.pay_errors, "resolved")


def test_nobody_breaks_payments_without_the_token(foreign: Foreign) -> None:
    for headers in ({}, {"Authorization": "Bearer guessed"}):
        assert httpx.post(f"{foreign.pay_url}/admin/fail", headers=headers, json={}).status_code == 401


def test_orders_lie_in_postgresql_and_redis_under_the_shop_s_own_names(foreign: Foreign) -> None:
    kept = foreign.names.storage
    number = httpx.post(f"{foreign.shop_url}/orders").json()["id"]
    assert httpx.get(f"{foreign.shop_url}/orders/{number}").json() == {"id": number, "item": "tea"}
    with psycopg.connect(foreign.dsn) as connection:
        sessions = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s"
        assert connection.execute(sessions, (kept.application,)).fetchone()
        assert connection.execute("SELECT to_regclass(%s)", (kept.table,)).fetchone() != (None,)
    with redis.Redis.from_url(foreign.redis_url) as cache:
        assert 0 < cache.ttl(f"{kept.key_prefix}{number}") <= 60
    with (
        redis.Redis(port=foreign.names.ports.redis, retry=ONCE) as stranger,
        pytest.raises(redis.AuthenticationError, match="authenticat"),
    ):
        stranger.ping()


def test_the_shop_says_which_environment_it_is(foreign: Foreign) -> None:
    who = foreign.names.identity
    assert httpx.get(f"{foreign.shop_url}/healthz").json()[who.key] == who.value


def test_what_dies_by_itself_is_started_again(foreign: Foreign) -> None:
    before = foreign.pid("redis-exporter")
    os.kill(before, signal.SIGKILL)
    eventually("another one runs", lambda: foreign.pid("redis-exporter") != before)
    assert foreign.run(foreign.up, "redis-exporter") == 0
    assert foreign.run(foreign.up, "nonsense") == 2


def test_dashboards_are_read_from_their_grafana(foreign: Foreign) -> None:
    with httpx.Client(base_url=foreign.grafana_url) as grafana:
        assert grafana.get("/api/search").status_code == 401
        grafana.headers["Authorization"] = f"Bearer {foreign.names.secrets.grafana}"
        found = grafana.get("/api/search", params={"type": "dash-db"}).json()
        assert {one["folderTitle"] for one in found} == {foreign.names.company.title()}
        boards = [grafana.get(f"/api/dashboards/uid/{one['uid']}").json()["dashboard"] for one in found]
        assert grafana.get("/api/dashboards/uid/none").status_code == 404
    written = json.dumps(boards)
    for oddity in (
        "${env:regex}",
        "$job",
        "$__rate_interval",
        "$interval",
        '"row"',
        '"text"',
        '"loki"',
        "-- Mixed --",
    ):
        assert oddity in written
    targets_of = [
        target for board in boards for panel in board["panels"] for target in panel.get("targets", [])
    ]
    assert any("refId" not in target for target in targets_of)


def test_no_argument_of_a_process_holds_a_secret(foreign: Foreign) -> None:
    arguments = b"".join(Path(f"/proc/{foreign.pid(name)}/cmdline").read_bytes() for name in foreign.servers)
    for secret in vars(foreign.names.secrets).values():
        assert secret.encode() not in arguments
        assert secret not in repr(foreign) + repr(foreign.names) + repr(foreign.prometheus)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seed_draws_the_same_names_again_and_no_others(seed: int) -> None:
    again, other = draw(seed), draw(seed + 1)
    assert draw(seed).alerts == again.alerts
    assert draw(seed).secrets == again.secrets
    assert again.secrets != other.secrets
    assert again.ports != other.ports


def test_a_webhook_is_told_beside_the_company_s_own() -> None:
    told: list[tuple[str | None, dict[str, Any]]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.append((self.headers["Authorization"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        webhook = Webhook(f"http://127.0.0.1:{server.server_port}/page", token="t0ken")
        with foreign_stack(11, interval_s=1, webhook=webhook) as foreign:
            seen = page(foreign, foreign.names.alerts.legacy_down)
            eventually("our webhook is told", lambda: bool(told))
        server.shutdown()
    assert {authorization for authorization, _ in told} == {"Bearer t0ken"}
    assert {body["receiver"] for _, body in told} == {seen.receiver} == {foreign.names.receivers.chat}


@pytest.mark.parametrize("killed", ["owner", "supervisor"])
def test_a_stack_whose_owner_is_killed_leaves_no_process(killed: str) -> None:
    quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": ROOT}
    with subprocess.Popen([sys.executable, "-c", OWNER], **quiet) as owner:  # type: ignore[call-overload]  # as Popen wants them
        folder, supervisor = json.loads(owner.stdout.readline())
        started = descent(supervisor)
        assert len(started) > 12
        os.kill(owner.pid if killed == "owner" else supervisor, signal.SIGKILL)
        owner.stdin.close()
        eventually("every process has ended", lambda: not any(alive(one) for one in started))
    eventually("the folder is gone", lambda: not Path(folder).exists())


def descent(pid: int) -> set[tuple[int, str]]:
    """A process and all that came from it, each with the time of its start."""
    found = {(pid, _stat(pid)[19])}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found |= descent(int(child))
    return found


def alive(process: tuple[int, str]) -> bool:
    pid, started = process
    try:
        state = _stat(pid)
    except FileNotFoundError:
        return False
    return state[19] == started and state[0] not in "ZX"


def _stat(pid: int) -> list[str]:
    """proc(5), from the state on: the 20th is the time of the start."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def test_nothing_of_ours_is_in_it() -> None:
    library = sources("tests.foreign.stack", set())
    assert len(library) > 10
    found = {
        path.name for path in (*library, *SERVICES.glob("*.py"), SERVICES.parent / "their_locustfile.py")
    }
    assert {"supervisor.py", "flask_shop.py", "their_locustfile.py", "rules.py"} <= found
    for path in (*library, *SERVICES.glob("*.py"), SERVICES.parent / "their_locustfile.py"):
        assert not [name for name in imported(path) if name.split(".")[0] in ("simulator", "docs")], path


def sources(module: str, known: set[Path]) -> set[Path]:
    """The files of a module of the tests and of those that it imports."""
    path = (ROOT / module.replace(".", "/")).with_suffix(".py")
    if not module.startswith("tests.") or not path.exists() or path in known:
        return known
    known.add(path)
    for name in imported(path):
        sources(name, known)
    return known


def imported(path: Path) -> set[str]:
    """The modules that a file imports; of `from a import b` both `a` and `a.b`, whichever is one."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names
