"""Bring the containers up, find them, take them down."""

import json
import os
import time
import urllib.error
import urllib.request
from pathlib import Path

from pydantic import ValidationError

from simulator.errors import StackError
from stack.compose import base, settings
from stack.compose.info import PROJECT, ComposeInfo, Images, instance_folder
from stack.compose.tools import Say, check_engine, compose_command, docker, run
from stack.supervisor.launch import exclusive
from stack.supervisor.paths import StackFolder
from stack.supervisor.protocol import Endpoint

STACK = Path(__file__).resolve().parents[1]
SCRAPE_INTERVAL_S = 2.0
_BUILD_WITHIN_S = 1800.0
_PULL_WITHIN_S = 900.0
_UP_WITHIN_S = 300.0
_DOWN_WITHIN_S = 120.0
_SCRAPED_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.1
_ANSWER_WITHIN_S = 2.0
NOT_PACKAGED = ("grafana", "loki", "promtail")
"""What Debian does not package."""


def up(say: Say = lambda _: None, images: Images | None = None) -> ComposeInfo:
    """Start the stack, or join it where it runs already; returns when every target has been scraped.

    `images` chooses where the servers come from; None: upstream where they can be had, else from Debian's packages.

    Raises:
        StackError: what is missing or did not come up, and what was observed last.
        BadInput: stack/.env is damaged.
    """
    version = check_engine()
    folder = StackFolder(instance_folder())
    folder.instance_folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder):
        if (there := running()) is not None:
            say(f"stack {there.instance} is running already")
            return there
        say(f"Docker engine {version}")
        compose = compose_command(say)
        chosen = _have_images(compose, images, say)
        return _start(compose, chosen, say)


def running() -> ComposeInfo | None:
    """The stack, if its containers are there; a stack.json left by one that is gone counts as none.

    Raises:
        StackError: no Docker engine answers although one did when the stack was started.
    """
    try:
        info = ComposeInfo.model_validate_json(StackFolder(instance_folder()).info_file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    listed = docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={PROJECT}").out
    return info if listed.strip() else None


def down(say: Say = lambda _: None) -> bool:
    """Stop the containers and remove them, with their data; False: there were none.

    Raises:
        StackError: some could not be removed.
    """
    check_engine()
    info = running()
    if info is None:
        return False
    _compose(
        compose_command(say), info.images, "down", "--volumes", "--remove-orphans", within_s=_DOWN_WITHIN_S
    )
    StackFolder(info.folder).info_file.unlink(missing_ok=True)
    return True


def states() -> dict[str, str]:
    """What the engine says of each service's container, as in `Up 3 minutes (healthy)`."""
    listed = docker(
        *("ps", "-a", "--filter", f"label=com.docker.compose.project={PROJECT}"),
        *("--format", '{{.Label "com.docker.compose.service"}}\t{{.Status}}'),
    ).out
    return dict(line.split("\t", 1) for line in listed.splitlines())


def _have_images(compose: list[str], wanted: Images | None, say: Say) -> Images:
    """Pull or build what is missing, and say which of the two kinds is used."""
    if wanted != "debian" and _upstream(compose, say, must=wanted == "upstream"):
        base.ensure(say)  # the API and cAdvisor are built in either case
        _build(compose, "upstream", say)
        return "upstream"
    base.ensure(say)
    _build(compose, "debian", say)
    say(
        f"images from Debian's packages; left out, because Debian does not package them: {', '.join(NOT_PACKAGED)}"
    )
    return "debian"


def _upstream(compose: list[str], say: Say, *, must: bool) -> bool:
    """Whether every upstream image is here or could be pulled."""
    try:
        _compose(
            compose,
            "upstream",
            "pull",
            "-q",
            "--ignore-buildable",
            "--policy",
            "missing",
            within_s=_PULL_WITHIN_S,
        )
    except StackError as error:
        if must:
            raise
        say(f"the upstream images cannot be pulled ({error}); building from Debian's packages instead")
        return False
    return True


def _build(compose: list[str], images: Images, say: Say) -> None:
    say("building what changed")
    _compose(compose, images, "build", "-q", within_s=_BUILD_WITHIN_S)
    nettools = STACK / "images" / "nettools"
    docker("build", "-q", "-t", NETTOOLS, str(nettools), within_s=_BUILD_WITHIN_S)


NETTOOLS = "erpgo-simulator/nettools:bookworm"
"""The helper image of network faults."""


def _start(compose: list[str], images: Images, say: Say) -> ComposeInfo:
    chosen = settings.prepare()
    folder = instance_folder()
    targets = folder / "targets"
    targets.mkdir(exist_ok=True)
    say("starting the containers")
    began = time.monotonic()
    _compose(compose, images, "up", "-d", "--wait", within_s=_UP_WITHIN_S)
    info = ComposeInfo(
        instance=folder.name,
        folder=folder,
        project=PROJECT,
        images=images,
        scrape_interval_s=SCRAPE_INTERVAL_S,
        targets=targets,
        metrics_host=_gateway(),
        services={
            name: _endpoint(chosen, name)
            for name in settings.PORTS
            if images == "upstream" or name not in NOT_PACKAGED
        },
    )
    _until_scraped(info)
    say(f"ready after {time.monotonic() - began:.1f} s")
    _write_private(StackFolder(folder).info_file, info.model_dump_json(indent=2))
    return info


def _compose(compose: list[str], images: Images, *arguments: str, within_s: float) -> None:
    files = [STACK / "compose.yaml", *([STACK / "compose.debian.yaml"] if images == "debian" else [])]
    named = [part for file in files for part in ("-f", str(file))]
    environment = {
        **os.environ,
        "COMPOSE_PROJECT_NAME": PROJECT,
        "ERPGO_PREFIX": PROJECT,
        "SIMULATOR_TARGETS": str(instance_folder() / "targets"),
    }
    if settings.read() is None:
        settings.prepare()  # every command of compose reads all of the file
    run([*compose, *named, "--profile", "monitoring", *arguments], within_s=within_s, environment=environment)


def _endpoint(chosen: settings.Settings, service: str) -> Endpoint:
    port = chosen.port(service)
    at = f"127.0.0.1:{port}"
    if service == "postgres":
        url = f"postgresql://erpgo:{chosen.secret('POSTGRES_PASSWORD')}@{at}/erp"
    elif service == "redis":
        url = f"redis://:{chosen.secret('REDIS_PASSWORD')}@{at}/0"
    else:
        url = f"http://{at}"
    return Endpoint(host="127.0.0.1", port=port, url=url, container=f"{PROJECT}-{service}")


def _gateway() -> str:
    """The host's own address on the stack's network: Prometheus reaches the simulator's metrics there."""
    network = json.loads(docker("network", "inspect", f"{PROJECT}_default").out)[0]
    return str(network["IPAM"]["Config"][0]["Gateway"])


def _until_scraped(info: ComposeInfo) -> None:
    observed = "nothing"
    deadline = time.monotonic() + _SCRAPED_WITHIN_S
    while time.monotonic() < deadline:
        try:
            down_ = _targets_down(info.url("prometheus"))
        except (OSError, ValueError, KeyError) as error:
            observed = str(error)
        else:
            if not down_:
                return
            observed = f"not up: {', '.join(down_)}"
        time.sleep(_LOOK_EVERY_S)  # until every target is up, or the deadline
    raise StackError(
        f"stack {info.instance}: all containers are healthy, but after {_SCRAPED_WITHIN_S:g} s Prometheus does not "
        f"scrape all of them (last: {observed}); see: docker logs {PROJECT}-prometheus"
    )


def _targets_down(prometheus: str) -> list[str]:
    url = f"{prometheus}/api/v1/targets?state=active"
    with urllib.request.urlopen(url, timeout=_ANSWER_WITHIN_S) as answer:  # noqa: S310  our own loopback address
        targets = json.load(answer)["data"]["activeTargets"]
    return [one["scrapePool"] for one in targets if one["health"] != "up"] if targets else ["no target known"]


def _write_private(path: Path, text: str) -> None:
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
    aside.replace(path)
