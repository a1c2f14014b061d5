"""Whom Alertmanager's receivers tell: us, and by which other means whom else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from simulator.base.errors import DoorError
from simulator.preflight.routing import WEBHOOK

_KINDS = "_configs"
"""How the keys end under which a receiver has its notifications, as in `slack_configs`."""


@dataclass(frozen=True)
class Told:
    """One of Alertmanager's receivers."""

    name: str
    tells_us: bool | None
    """Whether a webhook of it is ours; None: it has one, whose address Alertmanager keeps to itself."""
    tells_others: tuple[str, ...]
    """By which other means it notifies: email, pagerduty, slack, webhook, ..."""


def read_receivers(configuration: str, ours: Sequence[str]) -> dict[str, Told]:
    """By name. `ours` are those to which a webhook of ours was added, as the environment says.

    Raises:
        DoorError: it is no configuration of Alertmanager.
    """
    try:
        tree = YAML(typ="base", pure=True).load(configuration)
        return {one["name"]: _told(one, one["name"] in ours) for one in tree.get("receivers") or ()}
    except (YAMLError, LookupError, TypeError, AttributeError, ValueError) as error:
        raise DoorError(f"Alertmanager's receivers cannot be read: {type(error).__name__}") from None


def _told(receiver: Mapping[str, Any], is_ours: bool) -> Told:
    addresses = [webhook.get("url", "") for webhook in receiver.get("webhook_configs") or ()]
    shown = [url for url in addresses if "://" in url]
    hidden = len(addresses) - len(shown)
    with_us = any(urlsplit(url).path.startswith(WEBHOOK) for url in shown)
    strangers = sum(not urlsplit(url).path.startswith(WEBHOOK) for url in shown)
    # Of those that are not shown one is ours, where the environment says so and none that is shown is.
    strangers += hidden - int(is_ours and hidden > 0 and not with_us)
    return Told(
        name=receiver["name"],
        tells_us=True if with_us else (None if hidden else False),
        tells_others=tuple(sorted({*_kinds(receiver), *(["webhook"] if strangers else [])})),
    )


def _kinds(receiver: Mapping[str, Any]) -> Iterator[str]:
    for key, notifications in receiver.items():
        if key.endswith(_KINDS) and notifications and key != f"webhook{_KINDS}":
            yield key.removesuffix(_KINDS)
