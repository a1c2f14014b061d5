"""A running compose stack as a value, as `stack.json` records it."""

import os
import re
from pathlib import Path
from typing import Literal

from simulator.base.dockerhost import LOCAL, DockerHost
from simulator.base.errors import BadInput
from simulator.base.paths import state_home
from simulator.erpgo.stack.supervisor.protocol import Endpoint, Value

PROJECT = os.environ.get("COMPOSE_PROJECT_NAME") or "erpgo"
"""Compose's name for the stack; also the first part of its containers' names."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
"""What Compose takes for a project's name."""
Images = Literal["upstream", "debian"]


class ComposeInfo(Value):
    """Where everything of the stack is. The file holds passwords: only its owner reads it."""

    instance: str
    folder: Path
    """The instance folder: run lock, open faults, stack.json."""
    project: str
    engine: DockerHost = LOCAL
    """The one that it was started on. Whatever looks at the stack or harms it asks this one, whichever is current by then."""
    images: Images
    scrape_interval_s: float
    targets: Path
    """The folder in which the simulator announces its own metrics to Prometheus (file_sd)."""
    metrics_host: str
    """The host's own address on the containers' network, for those metrics."""
    chaos_token: str = ""
    """With it the API can be harmed on request (docs/stack.md)."""
    receiver_token_file: Path | None = None
    """Holds what the receiver wants to be told; None in the record of a stack that an older version started."""
    services: dict[str, Endpoint]

    def url(self, service: str) -> str:
        """The address of one service; for PostgreSQL and Redis a URL with all that a client needs."""
        return self.services[service].url


def instance_folder() -> Path:
    """The instance folder of the compose stack; one per project, since an engine has each project once.

    Raises:
        BadInput: COMPOSE_PROJECT_NAME is no name.
    """
    if not _NAME.fullmatch(PROJECT):
        raise BadInput(
            f"COMPOSE_PROJECT_NAME={PROJECT!r} is no project's name; use lower-case letters, digits, - and _"
        )
    return state_home() / f"compose-{PROJECT}"
