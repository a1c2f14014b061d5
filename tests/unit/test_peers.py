"""Two peers of an Alertmanager: the same configuration, whatever each version fills in; and another one, named."""

import pytest

from simulator.base.errors import DoorError
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.peers import LoadedByPeer, difference
from tests.fakes.monitoring import alertmanager_of, serving

OLD = """\
global: {resolve_timeout: 5m, opsgenie_api_url: "https://api.opsgenie.com/"}
route: {receiver: page, group_wait: 30s, routes: [{receiver: page, matchers: ['team="shop"']}]}
receivers:
- name: page
  webhook_configs: [{send_resolved: true, http_config: {follow_redirects: true}, url: "http://recv:9099/"}]
templates: []
"""
NEW = OLD.replace("resolve_timeout: 5m", "resolve_timeout: 5m, telegram_api_url: x").replace(
    "follow_redirects: true}", "follow_redirects: true, enable_http2: true}, timeout: 0s"
)


@pytest.mark.parametrize(
    ("other", "versions", "where"),
    [
        (OLD, ("0.25.0", "0.27.0"), ""),
        (OLD.replace("{receiver: page, group_wait", "{  receiver:  page, group_wait"), ("1", "1"), ""),
        (NEW, ("0.25.0", "0.27.0"), ""),
        (NEW, ("0.27.0", "0.25.0"), ""),
        # One version fills in the same in both: then somebody has written it.
        (NEW, ("0.27.0", "0.27.0"), "global.telegram_api_url"),
        (OLD.replace("5m", "6m"), ("0.25.0", "0.27.0"), "global.resolve_timeout"),
        (NEW.replace("group_wait: 30s, ", ""), ("0.25.0", "0.27.0"), "route.group_wait"),
        (NEW.replace('"shop"', '"web"'), ("0.25.0", "0.27.0"), "route.routes.0.matchers.0"),
        (
            NEW.replace("http://recv", "http://other"),
            ("0.25.0", "0.27.0"),
            "receivers.0.webhook_configs.0.url",
        ),
        (NEW.replace("webhook_configs", "slack_configs"), ("0.25.0", "0.27.0"), "receivers.0.slack_configs"),
        (NEW + "inhibit_rules: [{}]\n", ("0.25.0", "0.27.0"), "inhibit_rules"),
        ("{", ("0.25.0", "0.25.0"), "what is no YAML"),
    ],
)
def test_where_two_configurations_differ(other: str, versions: tuple[str, str], where: str) -> None:
    peers = [
        LoadedByPeer(version=version, text=text) for version, text in zip(versions, (OLD, other), strict=True)
    ]
    assert difference(*peers) == where
    assert bool(difference(*reversed(peers))) == bool(where)


async def test_peers_of_two_versions_are_asked_and_not_refused() -> None:
    with (
        serving(alertmanager_of(OLD, "0.25.0")) as one,
        serving(alertmanager_of(NEW, "0.27.0")) as other,
    ):
        door = Alertmanager(one.url, other.url)
        try:
            assert await door.configuration() == OLD
            assert await door.versions() == {"Alertmanager 1": "0.25.0", "Alertmanager 2": "0.27.0"}
            other.answers |= alertmanager_of(NEW.replace("30s", "1s"), "0.27.0")
            with pytest.raises(DoorError) as told:
                await door.configuration()
        finally:
            await door.close()
    assert str(told.value) == (
        "Alertmanager 2: another configuration is loaded than by Alertmanager 1 (route.group_wait);"
        " load the same everywhere"
    )
