"""The file that describes somebody else's system: every key."""

from collections.abc import Mapping

from pydantic import BaseModel

from docs.parts.markdown import key_table, prose
from simulator.attached.service import CheckRequest, Commands, ContainerPlace, HookSettings, Request, Service
from simulator.attached.settings import (
    Alerts,
    Api,
    AttachedSettings,
    Credentials,
    Dashboards,
    Exclude,
    FiringAlready,
    Labels,
    Pages,
    ReceiverApi,
    Rules,
    SystemIdentity,
    Tls,
    Traffic,
)

_PARTS: Mapping[str, type[BaseModel]] = {
    "identity": SystemIdentity,
    "auth": Credentials,
    "tls": Tls,
    "prometheus, alertmanagers": Api,
    "pages": Pages,
    "pages: receiver": ReceiverApi,
    "alerts": Alerts,
    "alerts: firing_already": FiringAlready,
    "labels": Labels,
    "rules": Rules,
    "dashboards": Dashboards,
    "traffic": Traffic,
    "services": Service,
    "services: docker": ContainerPlace,
    "services: command": Commands,
    "services: http": HookSettings,
    "services: http: arm, inject, undo": Request,
    "services: http: check": CheckRequest,
    "exclude": Exclude,
}
"""What is below a key, by the key."""


def attached_keys() -> str:
    """Every key, and those below it."""
    parts = [key_table(AttachedSettings, without=["name", "calls_itself"])]
    for name, model in _PARTS.items():
        parts.append(f"### `{name}`\n\n{prose(model.__doc__)}\n\n{key_table(model)}")
    return "\n".join(parts)
