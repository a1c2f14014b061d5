"""The host that is checked is the host that is used, however a client finds it."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from simulator.base.dockerhost import LOCAL, LOCAL_SOCKET, DockerHost, current_docker_host
from simulator.base.errors import BadInput, DoorError, Unsafe
from simulator.doors.engine import EngineClient
from simulator.doors.hosts import NO_HOST, hosts_in
from simulator.doors.http import JsonClient
from simulator.environments.settings import EnvironmentSettings
from simulator.erpgo.environments.compose import Composed
from simulator.erpgo.stack.compose.info import ComposeInfo
from simulator.erpgo.stack.compose.tools import check_engine
from simulator.erpgo.stack.supervisor.protocol import Endpoint
from simulator.plan.models import StackFacts
from simulator.preflight.nets import check_place
from tests.checkout import ROOT
from tests.secrecy import fragments_in

FACTS = StackFacts(
    name="compose", kind="compose", scrape_interval=2.0, evaluation_interval=2.0, chaos_services=("api",)
)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://127.0.0.1:9090", {"127.0.0.1"}),
        ("redis://:secret@cache.example:6379/0", {"cache.example"}),
        ("postgresql://u:p@127.0.0.1:5432/erp", {"127.0.0.1"}),
        ("postgresql://u:p@127.0.0.1:5432/erp?hostaddr=203.0.113.7", {"127.0.0.1", "203.0.113.7"}),
        ("postgresql://u:p@127.0.0.1,db.example:5433/erp", {"127.0.0.1", "db.example"}),
        ("postgresql:///erp?host=db.example", {"db.example"}),
        ("postgresql:///erp", {NO_HOST}),
        ("postgresql://u:p%zz@127.0.0.1/erp", {"(an address that cannot be read)"}),
    ],
)
def test_an_address_leads_to_every_host_that_its_client_may_ask(url: str, hosts: set[str]) -> None:
    assert hosts_in(url) == hosts


def endpoint(host: str, url: str) -> Endpoint:
    return Endpoint(host=host, port=1, url=url, container="erpgo-postgres")


def test_what_the_doors_are_given_is_checked_not_what_is_written_beside_it(tmp_path: Path) -> None:
    url = "postgresql://u:p@127.0.0.1:5432/erp?hostaddr=203.0.113.7"
    stack = composed(tmp_path, LOCAL).stack
    stack = stack.model_copy(update={"services": {"postgres": endpoint("127.0.0.1", url)}})
    settings = EnvironmentSettings(name="compose", stack="compose")
    place = Composed(stack, settings, FACTS)
    with pytest.raises(Unsafe, match=r"would reach 203\.0\.113\.7, which is not this machine"):
        check_place(settings, place.hosts, "", ())


def composed(folder: Path, engine: DockerHost) -> Composed:
    info = ComposeInfo(
        instance="compose-erpgo",
        folder=folder,
        project="erpgo",
        engine=engine,
        images="debian",
        scrape_interval_s=2.0,
        targets=folder,
        metrics_host="172.18.0.1",
        services={"api": endpoint("127.0.0.1", "http://127.0.0.1:8080")},
    )
    return Composed(info, EnvironmentSettings(name="compose", stack="compose"), FACTS)


def docker_home(folder: Path, host: str, *, current: bool = True, config: bool = True) -> dict[str, str]:
    """A folder of Docker's client in which a context named `prod` leads to a host; the variables for it."""
    meta = folder / "contexts" / "meta" / sha256(b"prod").hexdigest()
    meta.mkdir(parents=True)
    described = {
        "Name": "prod",
        "Metadata": {},
        "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}},
    }
    (meta / "meta.json").write_text(json.dumps(described))
    if config:
        (folder / "config.json").write_text(json.dumps({"currentContext": "prod"} if current else {}))
    return {"DOCKER_CONFIG": str(folder), "HOME": str(folder), "PATH": os.environ["PATH"]}


REMOTE = "tcp://203.0.113.9:2376"
FOUND = {
    "nothing": ({}, {}, LOCAL_SOCKET),
    "DOCKER_HOST": ({"DOCKER_HOST": "tcp://203.0.113.5:2375"}, {}, "tcp://203.0.113.5:2375"),
    "DOCKER_HOST without a scheme": ({"DOCKER_HOST": " 203.0.113.5:2375 "}, {}, "tcp://203.0.113.5:2375"),
    "the current context": ({}, {"current": True}, REMOTE),
    "DOCKER_CONTEXT": ({"DOCKER_CONTEXT": "prod"}, {"current": False}, REMOTE),
    "DOCKER_CONTEXT and no config.json": ({"DOCKER_CONTEXT": "prod"}, {"config": False}, REMOTE),
    "DOCKER_CONTEXT=default": ({"DOCKER_CONTEXT": "default"}, {"current": True}, LOCAL_SOCKET),
    "DOCKER_HOST beats a context": (
        {"DOCKER_HOST": LOCAL_SOCKET, "DOCKER_CONTEXT": "prod"},
        {"current": True},
        LOCAL_SOCKET,
    ),
}


@pytest.mark.parametrize("way", FOUND)
def test_the_engine_is_the_one_that_dockers_client_would_ask(tmp_path: Path, way: str) -> None:
    variables, home, url = FOUND[way]
    environment = (
        docker_home(tmp_path, REMOTE, **home) if home else {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    )
    engine = current_docker_host({**environment, **variables})
    assert engine.url == url
    if shutil.which("docker"):
        assert asked_by_docker({**environment, **variables}) == url
        # Given by address, it is found again under whatever else is set.
        assert asked_by_docker(engine.environment({**environment, **variables})) == url


def asked_by_docker(environment: dict[str, str]) -> str:
    """The address that Docker's own client says it would ask."""
    shown = subprocess.run(
        ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    host = shown.stdout.strip()
    return host if "://" in host else f"tcp://{host}"


@pytest.mark.parametrize("host", [REMOTE, "ssh://admin@prod.example", "ssh://localhost"])
def test_an_engine_elsewhere_is_refused_however_it_was_found(tmp_path: Path, host: str) -> None:
    engine = current_docker_host(docker_home(tmp_path, host))
    place = composed(tmp_path, engine)
    with pytest.raises(Unsafe, match=r"would reach .* which is not this machine"):
        check_place(place.settings, place.hosts, "", ())
    with pytest.raises(Unsafe, match=r"needs a Docker engine on this machine.*context prod .* leads to"):
        check_engine(engine)


def test_one_on_this_machine_is_not(tmp_path: Path) -> None:
    for url in (LOCAL_SOCKET, "tcp://127.0.0.1:2375", "tcp://localhost:2375", "tcp://[::1]:2375"):
        place = composed(tmp_path, DockerHost(url=url))
        check_place(place.settings, place.hosts, "", ())
        assert place.stack.engine.is_here


def test_the_stack_keeps_the_engine_that_it_was_started_on(tmp_path: Path) -> None:
    engine = DockerHost(url="tcp://127.0.0.1:2376", certificates=tmp_path, found_by="DOCKER_HOST")
    text = composed(tmp_path, engine).stack.model_dump_json()
    assert ComposeInfo.model_validate_json(text).engine == engine
    without = {key: value for key, value in json.loads(text).items() if key != "engine"}
    assert ComposeInfo.model_validate(without).engine == LOCAL  # as an older version wrote it
    given = engine.environment({"DOCKER_CONTEXT": "prod", "DOCKER_HOST": "tcp://prod", "PATH": "/bin"})
    assert given == {
        "PATH": "/bin",
        "DOCKER_HOST": engine.url,
        "DOCKER_CERT_PATH": str(tmp_path),
        "DOCKER_TLS_VERIFY": "1",
    }


@pytest.mark.parametrize("host", ["tcp://", "ftp://127.0.0.1", "tcp://127.0.0.1:notaport"])
def test_what_is_no_address_of_an_engine_is_bad_input(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadInput, match="DOCKER_HOST is no address of a Docker engine"):
        current_docker_host({"DOCKER_HOST": host, "HOME": str(tmp_path)})


def test_a_context_that_is_not_there_is_not_taken_for_the_local_engine(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Docker context 'gone', named by DOCKER_CONTEXT, is not in"):
        current_docker_host({"DOCKER_CONTEXT": "gone", "HOME": str(tmp_path)})
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(BadInput, match="decides which Docker engine is meant, and cannot be read"):
        current_docker_host({"DOCKER_CONFIG": str(tmp_path)})


@contextmanager
def served(status: int, headers: dict[str, str], body: str = "{}") -> Iterator[tuple[str, list[str]]]:
    """A server that answers everything alike; its address, and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


@pytest.fixture
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every variable that names a proxy names this one; what it was asked for."""
    with served(200, {}, '{"ApiVersion": "1.41"}') as (proxy, asked):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy}")
            monkeypatch.setenv(name.lower(), f"http://{proxy}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield asked


async def test_no_proxy_stands_between_a_door_and_its_host(behind_a_proxy: list[str]) -> None:
    with served(200, {}, '{"ApiVersion": "1.41"}') as (host, asked):
        client = JsonClient("a door", f"http://{host}")
        assert await client.get("/health") == {"ApiVersion": "1.41"}
        await client.close()
        engine = EngineClient(DockerHost(url=f"tcp://{host}"))
        engine.version()
        engine.close()
    assert behind_a_proxy == []
    assert len(asked) == 3


def test_the_traffics_host_is_asked_as_the_traffic_goes(behind_a_proxy: list[str]) -> None:
    script = (
        "import sys; from simulator.locust.traffic_host import check_reachable;"
        "from simulator.erpgo.environments.embedded_stack import is_erpgo;"
        "check_reachable(sys.argv[1]); print(is_erpgo(sys.argv[1]))"
    )
    with served(200, {}, '{"service": "erpgo-api"}') as (host, asked):
        done = subprocess.run(
            [sys.executable, "-c", script, f"http://{host}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert (done.stdout, asked, behind_a_proxy) == ("True\n", ["/health", "/health"], [])


async def test_nobody_is_redirected_to_another_host() -> None:
    with served(200, {}, '{"ApiVersion": "1.41"}') as (other, reached):
        with served(302, {"Location": f"http://{other}/elsewhere"}) as (host, asked):
            client = JsonClient("a door", f"http://{host}")
            with pytest.raises(DoorError, match="answered 302"):
                await client.get("/health")
            await client.close()
            with pytest.raises(Exception, match="redirects"):
                EngineClient(DockerHost(url=f"tcp://{host}"))
        assert (len(asked), reached) == (2, [])


SECRET = "zq7kw3vj8q"
SSH = f"ssh://{SECRET}:{SECRET}@127.0.0.1"


@pytest.mark.parametrize("found", ["DOCKER_HOST", "a context"])
def test_an_engine_elsewhere_is_named_without_its_credentials(tmp_path: Path, found: str) -> None:
    variables = (
        {"HOME": str(tmp_path), "DOCKER_HOST": SSH} if found == "DOCKER_HOST" else docker_home(tmp_path, SSH)
    )
    engine = current_docker_host(variables)
    assert engine.url == SSH
    place = composed(tmp_path, engine)
    with pytest.raises(Unsafe, match=r"ssh://\.\.\.@127\.0\.0\.1") as by_net:
        check_place(place.settings, place.hosts, "", ())
    with pytest.raises(Unsafe, match=r"leads to ssh://\.\.\.@127\.0\.0\.1") as by_engine:
        check_engine(engine)
    for refusal in (by_net, by_engine):
        assert fragments_in(str(refusal.value), SECRET) == []


@pytest.mark.parametrize(
    "host", [f"tcp://admin:{SECRET}@127.0.0.1:2375", f"{SECRET}@127.0.0.1", f"ssh://u:{SECRET}/x@127.0.0.1"]
)
def test_credentials_that_dockers_client_would_repeat_never_reach_it(tmp_path: Path, host: str) -> None:
    for variables in ({"HOME": str(tmp_path), "DOCKER_HOST": host}, docker_home(tmp_path, host)):
        with pytest.raises(BadInput) as refused:
            current_docker_host(variables)
        assert fragments_in(str(refused.value), SECRET) == []
