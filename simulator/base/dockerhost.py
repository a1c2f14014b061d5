"""Which Docker engine is meant: found once, the way Docker's own client finds it, and then given to everybody by address.

Docker's client, Compose and the SDK each have a way of their own to find an engine, and they differ: a context whose
config.json is missing is unknown to the SDK, which then takes the local socket in silence.
"""

import hashlib
import ipaddress
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulator.base.addresses import has_credentials, is_well_formed, shown_address
from simulator.base.errors import BadInput
from simulator.base.values import Value

LOCAL_SOCKET = "unix:///var/run/docker.sock"
"""Where Docker's client looks by default."""
_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
"""Those by which a client would find another engine than it was given."""


class DockerHost(Value):
    """The address of one Docker engine."""

    url: str = LOCAL_SOCKET
    found_by: str = "default"
    """What says so, for messages."""
    certificates: Path | None = None
    """The folder with ca.pem, cert.pem and key.pem; None: no TLS."""
    verify: bool = True
    """Whether the engine's own certificate is looked at."""

    @property
    def hosts(self) -> frozenset[str]:
        """The machine it runs on, where that is not reached over a local socket; for messages, so without credentials."""
        address = urlsplit(self.url)
        if address.scheme == "unix":
            return frozenset()
        # ssh's own configuration decides what a name stands for, even `localhost`.
        return frozenset([(address.scheme != "ssh" and address.hostname) or shown_address(self.url)])

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine, as far as an address can say."""
        return all(map(_is_loopback, self.hosts))

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """The variables that lead Docker's client and Compose to it, and nowhere else."""
        environment = {name: value for name, value in base.items() if name not in _VARIABLES}
        environment["DOCKER_HOST"] = self.url
        if self.certificates is not None:
            environment["DOCKER_CERT_PATH"] = str(self.certificates)
            environment["DOCKER_TLS_VERIFY" if self.verify else "DOCKER_TLS"] = "1"
        return environment


LOCAL = DockerHost()


def current_docker_host(environment: Mapping[str, str] | None = None) -> DockerHost:
    """The engine that Docker's client would talk to.

    Its order: DOCKER_HOST, DOCKER_CONTEXT, the context that config.json names, the local socket.

    Raises:
        BadInput: the address is none, or the context is not there.
    """
    given = os.environ if environment is None else environment
    folder = Path(given.get("DOCKER_CONFIG") or Path(given.get("HOME") or Path.home()) / ".docker")
    if host := given.get("DOCKER_HOST", "").strip():
        return _from_host(host, given, folder)
    context, found_by = given.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"
    if not context:
        found_by = str(folder / "config.json")
        context = str(_json(folder / "config.json").get("currentContext") or "default")
    return LOCAL if context == "default" else _from_context(context, found_by, folder)


def _from_host(host: str, environment: Mapping[str, str], folder: Path) -> DockerHost:
    verify = bool(environment.get("DOCKER_TLS_VERIFY"))
    certificates = environment.get("DOCKER_CERT_PATH")
    url = _checked(host, "DOCKER_HOST")
    encrypted = url.startswith("tcp:") and (verify or certificates or environment.get("DOCKER_TLS"))
    if not encrypted:
        return DockerHost(url=url, found_by="DOCKER_HOST")
    return DockerHost(
        url=url, found_by="DOCKER_HOST", certificates=Path(certificates or folder), verify=verify
    )


def _from_context(name: str, found_by: str, folder: Path) -> DockerHost:
    identity = hashlib.sha256(name.encode()).hexdigest()
    description = _json(folder / "contexts" / "meta" / identity / "meta.json")
    endpoint = description.get("Endpoints", {}).get("docker", {})
    if not endpoint.get("Host"):
        raise BadInput(
            f"Docker context {name!r}, named by {found_by}, is not in {folder / 'contexts'};"
            " `docker context ls` shows those that are"
        )
    keys = folder / "contexts" / "tls" / identity / "docker"
    return DockerHost(
        url=_checked(endpoint["Host"], f"context {name}"),
        found_by=f"context {name} ({found_by})",
        certificates=keys if keys.is_dir() else None,
        verify=not endpoint.get("SkipTLSVerify", False),
    )


def _checked(url: str, found_by: str) -> str:
    """With its scheme, which may be left out."""
    url = url if "://" in url else f"tcp://{url}"
    try:
        address = urlsplit(url)
        known = address.scheme == "unix" or (
            address.scheme in ("tcp", "ssh")
            and address.port != 0
            and bool(address.hostname)
            and is_well_formed(url)
        )
    except ValueError:
        known = False
    if not known:
        raise BadInput(
            f"{found_by} is no address of a Docker engine; write unix:///..., tcp://... or ssh://..."
        )
    if address.scheme == "tcp" and has_credentials(
        url
    ):  # Docker's client repeats the address when nobody answers
        raise BadInput(
            f"{found_by} has a user name or a password, which no Docker engine at tcp://... asks for; leave it out"
        )
    return LOCAL_SOCKET if url == "unix://" else url


def _is_loopback(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None) if host == "localhost" else [(0, 0, 0, "", (host, 0))]
        return all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found)
    except (OSError, ValueError):
        return False


def _json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} decides which Docker engine is meant, and cannot be read: {error}") from None
    return read if isinstance(read, dict) else {}
