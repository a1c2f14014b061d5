"""A whole stack as values: its services, where they are reached, and when it is complete."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from simulator.erpgo.stack.supervisor.protocol import Endpoint
from simulator.erpgo.stack.supervisor.service import Check, Service


@dataclasses.dataclass(frozen=True)
class StackPlan:
    """What the supervisor runs."""

    services: tuple[Service, ...]
    endpoints: Mapping[str, Endpoint]
    complete: Check
    """Asked when every service is ready: does the whole work together?"""
    finish: Check
    """Carried out last, again until it succeeds."""
    targets: Path
    scrape_interval_s: float
    ready_within_s: float = 60.0
    chaos_token: str = ""
    receiver_token_file: Path | None = None
