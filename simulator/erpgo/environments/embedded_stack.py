"""The embedded stack, started for people and for runs."""

import json
import urllib.request
from pathlib import Path

from simulator.base.errors import BadInput
from simulator.environments.site import Lease, Say, Shown, Site
from simulator.erpgo.stack.extra import check_installed
from simulator.erpgo.stack.prometheus.rules import FOLDER, STAGING
from simulator.erpgo.stack.supervisor import client
from simulator.erpgo.stack.supervisor.paths import embedded_folder

DOCUMENTED_HOST = "http://127.0.0.1:8080"
HOLDER = "locust"
LEASE_SECONDS = 30.0
FOUND_WITHIN = 2.0
"""Seconds for whatever listens at the documented address to say that it is an ERPGo."""


class StackLease:
    """Keeps the embedded stack as long as this object is renewed; closing it lets a temporary stack end."""

    renew_every: float | None = 5.0

    def __init__(self, info: client.StackInfo) -> None:
        self._connection = client.Connection(info)
        self._connection.lease(HOLDER, LEASE_SECONDS)

    def renew(self) -> None:
        self._connection.renew()

    def close(self, *, left_injected: bool) -> None:  # noqa: ARG002  servers that end take what is injected along
        self._connection.close()


class EmbeddedStack:
    """That of this checkout."""

    def up(self, say: Say, images: str | None) -> Shown:
        if images is not None:
            raise BadInput("--images goes with --environment compose")
        check_installed()
        return _shown(client.up(embedded_folder(), say=say))

    def down(self, say: Say) -> bool:  # noqa: ARG002  it takes a moment only
        return client.down(embedded_folder())

    def status(self) -> Shown | None:
        info = client.running(embedded_folder())
        if info is None:
            return None
        with client.Connection(info) as connection:
            services, holds = connection.status().services, connection.holds()
        return Shown(
            _shown(info).services,
            {name: service.state for name, service in services.items()},
            tuple(f"{hold.service} is held {hold.how} by {hold.owner}" for hold in holds),
        )

    def site(self, *, game_day: bool, host: str, say: Say) -> tuple[Site, Lease | None]:
        folder = embedded_folder()
        # A game day needs a stack that it may inject faults into; plain traffic takes any ERPGo.
        if not game_day and client.running(folder) is None and is_erpgo(DOCUMENTED_HOST):
            say(f"an ERPGo stack answers at {DOCUMENTED_HOST}")
            return Site(DOCUMENTED_HOST), None
        check_installed()
        info = client.up(folder, temporary=True, say=say)
        return Site(host or info.url("api"), info.targets), StackLease(info)

    def would_load(self) -> Path | None:
        return None if client.running(embedded_folder()) else FOLDER / f"{STAGING.name}.yaml"


def _shown(info: client.StackInfo) -> Shown:
    return Shown({name: f"{at.host}:{at.port}" for name, at in info.services.items()})


def is_erpgo(host: str) -> bool:
    """Whether `/health` there identifies an ERPGo stack."""
    try:
        with _past_any_proxy().open(f"{host}/health", timeout=FOUND_WITHIN) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    return isinstance(health, dict) and health.get("service") == "erpgo-api"


def _past_any_proxy() -> urllib.request.OpenerDirector:
    """As the traffic will go."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


STACK = EmbeddedStack()
