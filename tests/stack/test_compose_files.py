"""compose.yaml as a file: names, ports, labels, images and secrets, without a Docker engine."""

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from simulator.erpgo.stack.compose import settings
from simulator.erpgo.stack.compose.client import NOT_PACKAGED
from simulator.erpgo.stack.compose.render import STACK, rendered
from simulator.erpgo.stack.supervisor.site import PORTS
from tests.checkout import ROOT

ERPGO = {
    *("api", "postgres", "redis", "nginx", "prometheus", "alertmanager", "grafana", "loki", "promtail"),
    *("node-exporter", "postgres-exporter", "redis-exporter"),
}
"""The services of ERPGo, by the last part of their containers' names."""
OURS = {"receiver", "cadvisor"}


def document(name: str) -> dict[str, Any]:
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor("!override", _plain)
    loaded: dict[str, Any] = yaml.load((STACK / name).read_text(encoding="utf-8"))
    return loaded


def _plain(constructor: Any, node: Any) -> Any:
    return constructor.construct_sequence(node, deep=True)


COMPOSE, DEBIAN = document("compose.yaml"), document("compose.debian.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
each_service = pytest.mark.parametrize("name", sorted(SERVICES))


def test_the_services_are_those_of_erpgo_and_two_of_ours() -> None:
    assert set(SERVICES) == ERPGO | OURS == set(settings.PORTS)


@each_service
def test_a_container_has_the_name_that_erpgo_gives_it(name: str) -> None:
    assert SERVICES[name]["container_name"] == f"${{ERPGO_PREFIX:-erpgo}}-{name}"


@each_service
def test_ports_are_published_on_loopback_only_and_documented_where_free(name: str) -> None:
    variable, documented = settings.port_variable(name), settings.PORTS[name]
    assert len(SERVICES[name]["ports"]) == 1
    assert SERVICES[name]["ports"][0].startswith(f"127.0.0.1:${{{variable}:-{documented}}}:")
    assert PORTS.get(name, documented) == documented


@each_service
def test_an_image_is_pinned_to_an_exact_tag_and_names_no_registry(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.fullmatch(
        r"[a-z0-9-]+(/[a-z0-9_-]+)?:v?\d+\.\d+\.\d+(-alpine)?|postgres:16\.9-alpine", image
    ), image


@each_service
def test_it_restarts_after_a_crash_has_an_init_and_a_memory_limit(name: str) -> None:
    service = SERVICES[name]
    assert (service["restart"], service["init"]) == ("unless-stopped", True)
    assert re.fullmatch(r"\d+m", service["mem_limit"])


@each_service
def test_its_health_is_asked_unless_its_image_has_nothing_to_ask_with(name: str) -> None:
    assert ("healthcheck" in SERVICES[name]) == (name not in ("loki", "promtail", "redis-exporter"))


@each_service
def test_it_opts_in_to_chaos_unless_it_sees_the_host(name: str) -> None:
    touchable = SERVICES[name].get("labels", {}).get("simulator.chaos") == "true"
    assert touchable == (name != "cadvisor")


def test_the_monitoring_stands_behind_its_profile() -> None:
    plain = {name for name, service in SERVICES.items() if not service.get("profiles")}
    assert plain == {"api", "postgres", "redis", "nginx"}
    assert {tuple(SERVICES[name]["profiles"]) for name in set(SERVICES) - plain} == {("monitoring",)}


def test_there_is_no_default_password() -> None:
    text = (STACK / "compose.yaml").read_text(encoding="utf-8")
    secret = re.compile(r"\$\{(%s)(?P<rest>[^}]*)\}" % "|".join(settings.SECRETS))  # noqa: UP031  braces everywhere
    found = [match["rest"] for match in secret.finditer(text)]
    assert len(found) >= len(settings.SECRETS)
    assert all(rest.startswith(":?") for rest in found), found


def test_the_debian_variant_replaces_every_upstream_image_or_leaves_it_out() -> None:
    built = {name for name, service in SERVICES.items() if "build" in service}
    replaced = {name for name, service in DEBIAN["services"].items() if "image" in service}
    left_out = {
        name
        for name, service in DEBIAN["services"].items()
        if "monitoring" not in service.get("profiles", ["monitoring"])
    }
    assert left_out == set(NOT_PACKAGED)
    assert built | replaced | left_out == set(SERVICES)
    assert built & replaced == set()


def test_the_mounted_configuration_is_made_from_the_same_source_as_the_embedded_stacks() -> None:
    stale = [path.name for path, text in rendered() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run: make generated"


def volumes() -> list[Any]:
    """Of every service: a text, or a table where more is to be said."""
    listed = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    return [*listed, *DEBIAN["services"]["prometheus"]["volumes"]]


def test_every_mounted_file_is_there() -> None:
    named = [volume.split(":")[0] for volume in volumes() if isinstance(volume, str)]
    sources = {name for name in named if name.startswith("./")}
    assert sources
    assert [source for source in sorted(sources) if not (STACK / source).exists()] == []


def test_the_receivers_token_is_mounted_where_it_is_made_and_where_it_is_read() -> None:
    mounts = [volume for volume in volumes() if not isinstance(volume, str)]
    made = f"./{settings.receiver_token().relative_to(STACK)}"
    assert {mount["source"] for mount in mounts} == {made}
    assert all(mount["read_only"] and mount["bind"] == {"create_host_path": False} for mount in mounts)
    receives, sends = (name["volumes"] for name in (SERVICES["receiver"], SERVICES["alertmanager"]))
    (read,) = [mount["target"] for mount in receives if mount in mounts]
    (told,) = [mount["target"] for mount in sends if mount in mounts]
    assert f"--token-file={read}" in SERVICES["receiver"]["command"]
    config = (STACK / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    assert config.count(f"credentials_file: {told}\n") == config.count("url:") == 3


def test_what_an_image_copies_is_sent_to_the_build() -> None:
    """The build sees what .dockerignore lets through, and nothing else."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*"
    let_through = [line[1:] for line in ignored if line.startswith("!")]
    copied = [
        source
        for dockerfile in sorted((ROOT / "simulator" / "erpgo" / "stack" / "images").rglob("Dockerfile"))
        for line in dockerfile.read_text(encoding="utf-8").splitlines()
        if line.startswith("COPY ")
        for source in line.split()[1:-1]
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(f"{source}/".startswith(f"{path}/") for path in let_through), source
