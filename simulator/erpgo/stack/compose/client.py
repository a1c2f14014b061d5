"""Bring the containers up, find them, take them down."""

import contextlib
import fcntl
import json
import os
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from simulator.base.addresses import with_credentials
from simulator.base.dockerhost import DockerHost, current_docker_host
from simulator.base.errors import BadInput, StackError
from simulator.base.paths import write_private
from simulator.erpgo.stack.compose import base, settings
from simulator.erpgo.stack.compose.info import PROJECT, ComposeInfo, Images, instance_folder
from simulator.erpgo.stack.compose.tools import Say, check_engine, compose_command, docker, run
from simulator.erpgo.stack.supervisor.launch import exclusive
from simulator.erpgo.stack.supervisor.paths import StackFolder
from simulator.erpgo.stack.supervisor.protocol import Endpoint

STACK = Path(__file__).resolve().parents[1]
NOT_PACKAGED = ("grafana", "loki", "promtail")
"""What Debian does not package."""
NETTOOLS = "erpgo-simulator/nettools:bookworm"
"""The helper image of network faults."""
CONFIGURATION = "config"
"""The folder, in the instance's, of the files that Prometheus and Alertmanager read."""
SCRAPE_INTERVAL_S = 2.0
_MINE = f"label=com.docker.compose.project={PROJECT}"
_BUILD_WITHIN_S = 1800.0
_PULL_WITHIN_S = 900.0
_UP_WITHIN_S = 300.0
_DOWN_WITHIN_S = 120.0
_SCRAPED_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.1
_ANSWER_WITHIN_S = 2.0


@dataclass(frozen=True)
class Up:
    """A stack that is up, and whether this call has started it."""

    info: ComposeInfo
    started: bool


@dataclass(frozen=True)
class Compose:
    """Compose v2 and the engine that it is to talk to."""

    engine: DockerHost
    command: list[str]


def up(say: Say = lambda _: None, images: Images | None = None) -> Up:
    """Start the stack, or join it where it runs already; returns when every target has been scraped.

    `images` chooses where the servers come from; None: upstream where they can be had, else from Debian's packages.
    What was started is taken down again when it does not come up as a whole.

    Raises:
        StackError: what is missing or did not come up, and what was observed last.
        BadInput: simulator/erpgo/stack/.env is damaged, or the project's containers are somebody else's.
    """
    folder = StackFolder(instance_folder())
    engine = current_docker_host()
    version = check_engine(engine)
    folder.instance_folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder):
        if (there := running()) is not None:
            say(f"stack {there.instance} is running already")
            return Up(there, started=False)
        refuse_foreign(_containers(engine))
        say(f"Docker engine {version}")
        compose = Compose(engine, compose_command(say))
        chosen = _have_images(compose, images, say)
        try:
            return Up(_start(compose, chosen, say), started=True)
        except BaseException:
            say("taking down what was started")
            _remove(compose, chosen)
            raise


def running() -> ComposeInfo | None:
    """The stack, if its containers run; a stack.json left by one that is gone, or stopped, counts as none.

    Raises:
        StackError: no Docker engine answers although one did when the stack was started.
    """
    if (info := _recorded()) is None:
        return None
    alive = docker(info.engine, "ps", "-q", "--filter", _MINE, "--filter", "status=running").out
    return info if alive.strip() else None


def _recorded() -> ComposeInfo | None:
    """What stack.json says of a stack that runs, or has run."""
    try:
        return ComposeInfo.model_validate_json(StackFolder(instance_folder()).info_file.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None


def down(say: Say = lambda _: None) -> bool:
    """Stop the containers and remove them, with their data; False: there were none.

    Raises:
        StackError: a run is under way on them, or some could not be removed.
        BadInput: they are somebody else's.
    """
    engine = _engine()
    check_engine(engine)
    there = _containers(engine)
    refuse_foreign(there)
    folder = StackFolder(instance_folder())
    with _unused(folder):
        if there:
            # By all files: whichever variant it was, its containers are among these.
            _remove(Compose(engine, compose_command(say)), "debian")
        folder.info_file.unlink(missing_ok=True)
    return bool(there)


def states(info: ComposeInfo) -> dict[str, str]:
    """What the engine says of each service's container, as in `Up 3 minutes (healthy)`."""
    form = '{{.Label "com.docker.compose.service"}}\t{{.Status}}'
    listed = docker(info.engine, "ps", "-a", "--filter", _MINE, "--format", form)
    return dict(line.split("\t", 1) for line in listed.out.splitlines())


def refuse_foreign(containers: Mapping[str, str]) -> None:
    """Touch no containers but those that were made from this checkout's compose.yaml.

    Raises:
        BadInput: a Compose project of this name was made from other files; names one of its containers.
    """
    ours = str(STACK / "compose.yaml")
    for name, files in containers.items():
        if ours not in files.split(","):
            raise BadInput(
                f"container {name} belongs to another Compose project called {PROJECT!r} (made from {files}); it is not"
                " touched. Stop that one, or set COMPOSE_PROJECT_NAME to a name of its own for this one"
            )


@contextlib.contextmanager
def _unused(folder: StackFolder) -> Iterator[None]:
    """No run begins while the block lasts: it holds the lock that a run would need."""
    folder.instance_folder.mkdir(parents=True, exist_ok=True)
    with (folder.instance_folder / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid, _, what = lock.read(32).strip().partition(" ")
            raise StackError(
                f"stack {folder.instance} is not stopped: a run is under way on it"
                f" ({what or 'run'}, process {pid or 'unknown'}); end that first"
            ) from None
        with contextlib.suppress(OSError):  # on a full disk it has no name, and holds all the same
            lock.truncate(0)
            lock.write(f"{os.getpid()} stack down\n")
            lock.flush()
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                lock.truncate(0)


def _engine() -> DockerHost:
    """The one that the stack was started on, or else the current one."""
    return info.engine if (info := _recorded()) is not None else current_docker_host()


def _containers(engine: DockerHost) -> dict[str, str]:
    """The project's containers, running or not: by name, the Compose files that each was made from."""
    form = '{{.Names}}\t{{.Label "com.docker.compose.project.config_files"}}'
    listed = docker(engine, "ps", "-a", "--filter", _MINE, "--format", form).out
    return dict(line.split("\t", 1) for line in listed.splitlines())


def _have_images(compose: Compose, wanted: Images | None, say: Say) -> Images:
    """Pull or build what is missing, and say which of the two kinds is used."""
    if wanted != "debian" and _upstream(compose, say, must=wanted == "upstream"):
        base.ensure(compose.engine, say)  # the API and cAdvisor are built in either case
        _build(compose, "upstream", say)
        return "upstream"
    base.ensure(compose.engine, say)
    _build(compose, "debian", say)
    say(
        f"images from Debian's packages; left out, because Debian does not package them: {', '.join(NOT_PACKAGED)}"
    )
    return "debian"


def _upstream(compose: Compose, say: Say, *, must: bool) -> bool:
    """Whether every upstream image is here or could be pulled."""
    pull = ("pull", "-q", "--ignore-buildable", "--policy", "missing")
    try:
        _compose(compose, "upstream", *pull, within_s=_PULL_WITHIN_S)
    except StackError as error:
        if must:
            raise
        say(f"the upstream images cannot be pulled ({error}); building from Debian's packages instead")
        return False
    return True


def _build(compose: Compose, images: Images, say: Say) -> None:
    say("building what changed")
    _compose(compose, images, "build", "-q", within_s=_BUILD_WITHIN_S)
    docker(
        compose.engine,
        "build",
        "-q",
        "-t",
        NETTOOLS,
        str(STACK / "images" / "nettools"),
        within_s=_BUILD_WITHIN_S,
    )


def _start(compose: Compose, images: Images, say: Say) -> ComposeInfo:
    folder = instance_folder()
    made = settings.prepare()
    if made.fresh:  # data that an earlier stack left would not know these secrets
        _remove(compose, images)
    _clean(folder / "targets")
    _write_configuration(folder / CONFIGURATION, images)
    say("starting the containers")
    began = time.monotonic()
    _compose(compose, images, "up", "-d", "--wait", within_s=_UP_WITHIN_S)
    kept = [name for name in settings.PORTS if images == "upstream" or name not in NOT_PACKAGED]
    info = ComposeInfo(
        instance=folder.name,
        folder=folder,
        project=PROJECT,
        engine=compose.engine,
        images=images,
        scrape_interval_s=SCRAPE_INTERVAL_S,
        targets=folder / "targets",
        metrics_host=_gateway(compose.engine),
        chaos_token=made.secret("CHAOS_TOKEN"),
        receiver_token_file=settings.receiver_token(),
        services={name: _endpoint(made, name) for name in kept},
    )
    _until_scraped(info)
    say(f"ready after {time.monotonic() - began:.1f} s")
    write_private(StackFolder(folder).info_file, info.model_dump_json(indent=2) + "\n")
    return info


def _clean(targets: Path) -> None:
    """An empty folder that Prometheus's user can read: what a killed run announced there is gone with it."""
    targets.mkdir(exist_ok=True)
    targets.chmod(0o755)
    for left in targets.glob("*.json"):
        left.unlink()


def _write_configuration(folder: Path, images: Images) -> None:
    """Copies that Prometheus and Alertmanager read: what a game day breaks is no file of the checkout."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    suffix = ".debian" if images == "debian" else ""
    sources = {
        "prometheus.yml": STACK / "prometheus" / f"prometheus{suffix}.yml",
        "staging.yaml": STACK / "prometheus" / "rules" / f"staging{suffix}.yaml",
        "alertmanager.yml": STACK / "alertmanager" / "alertmanager.yml",
    }
    for left in folder.iterdir():
        left.unlink()
    for name, source in sources.items():
        (folder / name).write_bytes(source.read_bytes())
        (folder / name).chmod(0o644)


def _remove(compose: Compose, images: Images) -> None:
    _compose(compose, images, "down", "--volumes", within_s=_DOWN_WITHIN_S)


def _compose(compose: Compose, images: Images, *arguments: str, within_s: float) -> None:
    files = [STACK / "compose.yaml", *([STACK / "compose.debian.yaml"] if images == "debian" else [])]
    named = [part for file in files for part in ("-f", str(file))]
    chosen = settings.read() or settings.prepare()  # every command of Compose reads all of the file
    environment = surroundings(compose.engine, chosen, os.environ)
    profiles = (
        ["--profile", "monitoring", "--profile", "not-packaged-by-debian"]
        if arguments[0] == "down"
        else [
            "--profile",
            "monitoring",
        ]
    )
    run([*compose.command, *named, *profiles, *arguments], within_s=within_s, environment=environment)


def surroundings(engine: DockerHost, chosen: settings.Settings, shell: Mapping[str, str]) -> dict[str, str]:
    """The environment that Compose is called with: all that compose.yaml leaves open is ours.

    Compose prefers the shell to simulator/erpgo/stack/.env, where the doors look: a REDIS_PORT of somebody else's would lead apart.
    """
    configuration = instance_folder() / CONFIGURATION
    return {
        **engine.environment({**shell, **chosen.values}),
        "COMPOSE_PROJECT_NAME": PROJECT,
        "ERPGO_PREFIX": PROJECT,
        "SIMULATOR_TARGETS": str(instance_folder() / "targets"),
        "PROMETHEUS_FILE": str(configuration / "prometheus.yml"),
        "RULES_FILE": str(configuration / "staging.yaml"),
        "ALERTMANAGER_FILE": str(configuration / "alertmanager.yml"),
    }


def _endpoint(chosen: settings.Settings, service: str) -> Endpoint:
    port = chosen.port(service)
    at = f"127.0.0.1:{port}"
    if service == "postgres":
        url = with_credentials("postgresql", "erpgo", chosen.secret("POSTGRES_PASSWORD"), f"{at}/erp")
    elif service == "redis":
        url = with_credentials("redis", "", chosen.secret("REDIS_PASSWORD"), f"{at}/0")
    else:
        url = f"http://{at}"
    return Endpoint(host="127.0.0.1", port=port, url=url, container=f"{PROJECT}-{service}")


def _gateway(engine: DockerHost) -> str:
    """The host's own address on the stack's network: Prometheus reaches the simulator's metrics there."""
    network = json.loads(docker(engine, "network", "inspect", f"{PROJECT}_default").out)[0]
    return str(network["IPAM"]["Config"][0]["Gateway"])


def _until_scraped(info: ComposeInfo) -> None:
    observed = "nothing"
    deadline = time.monotonic() + _SCRAPED_WITHIN_S
    while time.monotonic() < deadline:
        try:
            not_up = _targets_down(info.url("prometheus"))
        except (OSError, ValueError, KeyError) as error:
            observed = str(error)
        else:
            if not not_up:
                return
            observed = f"not up: {', '.join(not_up)}"
        time.sleep(_LOOK_EVERY_S)  # until every target is up, or the deadline
    raise StackError(
        f"stack {info.instance}: all containers are healthy, but after {_SCRAPED_WITHIN_S:g} s Prometheus does not "
        f"scrape all of them (last: {observed}); see: docker logs {PROJECT}-prometheus"
    )


def _targets_down(prometheus: str) -> list[str]:
    url = f"{prometheus}/api/v1/targets?state=active"
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({})
    )  # past any proxy: it is our own loopback
    with direct.open(url, timeout=_ANSWER_WITHIN_S) as answer:
        targets = json.load(answer)["data"]["activeTargets"]
    return [one["scrapePool"] for one in targets if one["health"] != "up"] if targets else ["no target known"]
