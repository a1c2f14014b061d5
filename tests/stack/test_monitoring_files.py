"""What Grafana and Loki are given, and that the Compose file mounts it where it is expected."""

import json
from collections.abc import Iterator
from typing import Any

from simulator.erpgo.stack.grafana.dashboards import FOLDER
from simulator.erpgo.stack.prometheus.config import Intervals
from simulator.erpgo.stack.supervisor.paths import CHECKOUT
from tests.stack.promtail_pipeline import SERVICES, read

STACK = CHECKOUT / "simulator" / "erpgo" / "stack"
COMPOSE = STACK / "compose.yaml"
PROVISIONING = STACK / "grafana/provisioning"


def sources() -> dict[str, Any]:
    """Grafana's data sources by their uid."""
    return {each["uid"]: each for each in read(PROVISIONING / "datasources/erpgo.yaml")["datasources"]}


def asked(node: Any) -> Iterator[tuple[str, str]]:
    """Type and uid of every data source that a dashboard names, wherever in it."""
    if isinstance(node, dict):
        if isinstance(source := node.get("datasource"), dict):
            yield source["type"], source["uid"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from asked(each)


def test_every_dashboard_asks_a_source_that_is_provided() -> None:
    provided = {(each["type"], uid) for uid, each in sources().items()}
    dashboards = sorted(FOLDER.glob("*.json"))
    assert dashboards
    for path in dashboards:
        wanted = set(asked(json.loads(path.read_text(encoding="utf-8"))))
        assert wanted == {("prometheus", "prometheus")}
        assert wanted <= provided


def test_sources_are_fixed_and_lead_to_the_stacks_own_servers() -> None:
    assert {uid: each["url"] for uid, each in sources().items()} == {
        "prometheus": "http://prometheus:9090",
        "loki": "http://loki:3100",
    }
    assert not any(each["editable"] for each in sources().values())
    assert [uid for uid, each in sources().items() if each.get("isDefault")] == ["prometheus"]


def test_grafana_knows_the_scrape_interval() -> None:
    settings = sources()["prometheus"]["jsonData"]
    assert settings == {"httpMethod": "POST", "timeInterval": f"{Intervals().scrape:g}s"}


def test_dashboards_are_provided_in_one_folder() -> None:
    [provider] = read(PROVISIONING / "dashboards/erpgo.yaml")["providers"]
    assert (provider["type"], provider["folder"]) == ("file", "ERPGo")
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"


def test_loki_tells_nobody_and_forgets() -> None:
    loki = read(STACK / "loki/loki.yml")
    assert loki["analytics"] == {"reporting_enabled": False}
    assert loki["compactor"] == {"retention_enabled": True, "delete_request_store": "filesystem"}
    assert loki["limits_config"]["retention_period"] == "24h"


def test_loki_keeps_structured_metadata_and_is_reachable() -> None:
    loki = read(STACK / "loki/loki.yml")
    [schema] = loki["schema_config"]["configs"]
    assert (schema["store"], schema["schema"], schema["index"]["period"]) == ("tsdb", "v13", "24h")
    assert (loki["server"]["http_listen_address"], loki["server"]["http_listen_port"]) == ("0.0.0.0", 3100)


def test_the_compose_file_gives_each_its_configuration() -> None:
    services = read(COMPOSE)["services"]
    assert set(services) == SERVICES
    for service, mount in (
        ("grafana", "./grafana/provisioning:/etc/grafana/provisioning:ro"),
        ("grafana", "./grafana/dashboards:/var/lib/grafana/dashboards:ro"),
        ("loki", "./loki/loki.yml:/etc/loki/loki.yml:ro"),
        ("promtail", "./promtail/promtail.yml:/etc/promtail/promtail.yml:ro"),
        ("promtail", "/var/run/docker.sock:/var/run/docker.sock:ro"),
        ("promtail", "/var/log:/var/log/host:ro"),
    ):
        assert mount in services[service]["volumes"]


def test_promtail_is_told_whose_containers_to_read() -> None:
    promtail = read(COMPOSE)["services"]["promtail"]
    assert "-config.expand-env=true" in promtail["command"]
    assert "COMPOSE_PROJECT_NAME" in promtail["environment"]
