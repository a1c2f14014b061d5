"""An environment's site: an ERPGo that runs already, or a stack that we start and hold; and which hosts may have traffic."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import gevent

from simulator.base.addresses import has_credentials, is_well_formed, shown_address
from simulator.base.errors import BadInput, StackError, Unsafe
from simulator.environments.settings import environment_settings
from simulator.erpgo.stack.compose import client as compose
from simulator.erpgo.stack.supervisor import client

DOCUMENTED_HOST = "http://127.0.0.1:8080"
HOLDER = "locust"
LEASE_SECONDS = 30.0
RENEW_EVERY = 5.0
FOUND_WITHIN = 2.0
"""Seconds for whatever listens at the documented address to say that it is an ERPGo."""
ANSWERS_WITHIN = 10.0
"""Seconds for the host that was given, on a busy machine."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Site:
    """Where the API is, and where Prometheus looks for the simulator's own metrics if the stack is ours."""

    host: str
    targets: Path | None = None
    metrics_host: str = "127.0.0.1"
    """The address of this machine at which that Prometheus can reach us."""


class StackLease:
    """Keeps the embedded stack as long as this object is renewed; closing it lets a temporary stack end."""

    def __init__(self, info: client.StackInfo, say: Say) -> None:
        self._say = say
        self._connection = client.Connection(info)
        self._connection.lease(HOLDER, LEASE_SECONDS)
        self._greenlet = gevent.spawn(self._renew)

    def _renew(self) -> None:
        while True:
            gevent.sleep(RENEW_EVERY)
            try:
                self._connection.renew()
            except StackError as error:
                self._say(f"the lease on the embedded stack is lost: {error}")
                return

    def close(self, *, left_injected: bool) -> None:  # noqa: ARG002  servers that end take what is injected along
        self._greenlet.kill()
        self._connection.close()


def _direct() -> urllib.request.OpenerDirector:
    """Asks past any proxy, as the traffic will go."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def is_erpgo(host: str) -> bool:
    """Whether `/health` there identifies an ERPGo stack."""
    try:
        with _direct().open(f"{host}/health", timeout=FOUND_WITHIN) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    return isinstance(health, dict) and health.get("service") == "erpgo-api"


def check_allowed(host: str, environment: str, without: Collection[str]) -> None:
    """Refuse to send traffic, some of which looks like an attack, to another machine than this by mistake.

    Raises:
        BadInput: the environment is not known, or the host is no address, or has credentials in it.
        Unsafe: the host is neither this machine nor one that the environment lists.
    """
    if has_credentials(host):
        raise BadInput(
            "--host has an @ in it, and so a user name or a password, which Locust would show on its page and in its"
            " report; give it as in http://127.0.0.1:8080: users log in with accounts of the shop"
        )
    if not is_well_formed(host):
        raise BadInput("--host is no address; give it as in http://127.0.0.1:8080")
    name = urlsplit(host).hostname or ""
    if "loopback" not in without and not environment_settings(environment).allows(name):
        raise Unsafe(
            f"--host {shown_address(host)} is not this machine; list {name or 'it'} under hosts in the file of an environment of"
            " tier staging and give that with --environment. Net: loopback; to do without it: --without loopback"
        )


def check_reachable(host: str) -> None:
    """Refuse a host at which nobody listens; whatever it answers, it is the user's own choice.

    Raises:
        BadInput: the address is none, or nothing answers there.
    """
    try:
        _direct().open(f"{host}/health", timeout=ANSWERS_WITHIN).close()
    except urllib.error.HTTPError:
        return
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise BadInput(
            f"nothing answers at --host {shown_address(host)} ({reason}); start it, or leave --host out"
        ) from error


class ComposeStay:
    """Containers hold no lease: those that this run started are taken down when it ends, others stay.

    They stay as well when something is left injected in them: `simulator undo` needs them.
    """

    def __init__(self, say: Say) -> None:
        self._say = say

    def close(self, *, left_injected: bool) -> None:
        if left_injected:
            self._say("the containers stay, for: simulator undo --environment compose")
            return
        try:
            compose.down(self._say)
        except StackError as error:
            self._say(f"the containers stay: {error}; then: simulator stack down --environment compose")


def _composed(host: str, say: Say) -> tuple[Site, ComposeStay | None]:
    """The containers, started if they do not run. Traffic takes the way that users take: through nginx."""
    stack = compose.up(say)
    site = Site(host or stack.info.url("nginx"), stack.info.targets, stack.info.metrics_host)
    return site, ComposeStay(say) if stack.started else None


def find_site(
    environment: str, *, game_day: bool, host: str = "", say: Say
) -> tuple[Site, StackLease | ComposeStay | None]:
    """The site of an environment, and the lease that keeps it; its traffic goes to `host`, if that is given.

    Raises:
        BadInput: the environment is not known, its file does not validate, or nothing answers at the host.
        StackError: the stack did not start.
    """
    site, lease = _found(environment, game_day=game_day, host=host, say=say)
    try:
        if host:  # asked last: it may be the stack's own
            check_reachable(host)
    except BadInput:
        if lease is not None:
            lease.close(left_injected=False)
        raise
    return site, lease


def _found(
    environment: str, *, game_day: bool, host: str, say: Say
) -> tuple[Site, StackLease | ComposeStay | None]:
    if environment_settings(environment).stack == "compose":
        return _composed(host, say)
    folder = client.embedded_folder()
    # A game day needs a stack that it may inject faults into; plain traffic takes any ERPGo.
    if not game_day and client.running(folder) is None and is_erpgo(DOCUMENTED_HOST):
        say(f"an ERPGo stack answers at {DOCUMENTED_HOST}")
        return Site(DOCUMENTED_HOST), None
    info = client.up(folder, temporary=True, say=say)
    lease = StackLease(info, say)
    return Site(host or info.url("api"), info.targets), lease
