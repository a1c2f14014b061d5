"""alertmanager.yml and the command line: every page goes to our receiver and, if given, to the user's own."""

import io
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from simulator.erpgo.stack.alertmanager.own import OwnRouting

_CRITICAL, _WARNING, _NONE = "simulator-critical", "simulator-warning", "simulator-none"
_REPEAT = "4h"
_SNAPSHOT_EVERY = "5s"
"""What it has notified of, and what is silenced, is written to disk so often, and on a clean end. By default only every
15 minutes: killed after an alert was resolved, but before that is written, it comes back believing that the alert is still
being told of, and keeps its next page to itself until the repeat interval ends."""


@dataclass(frozen=True)
class AlertmanagerConfig:
    """Where notifications go: `receiver` is the base URL of our webhook receiver, `own` the user's routing.

    `token_file` holds what the receiver wants to be told; Alertmanager reads it again for every notification.
    """

    receiver: str
    token_file: Path
    own: OwnRouting | None = None

    def render(self) -> str:
        """The text of alertmanager.yml."""
        yaml = YAML()
        text = io.StringIO()
        yaml.dump(self._document(), text)
        return text.getvalue()

    def _document(self) -> dict[str, object]:
        ours = [self._webhook(name) for name in (_CRITICAL, _WARNING, _NONE)]
        routes = [
            _route(_CRITICAL, 'severity="critical"', group_wait="1s"),
            _route(_WARNING, 'severity="warning"', group_wait="2s"),
            # No page is lost to a severity nobody routes: whatever is left arrives here.
            {**_route(_NONE, 'severity!~"critical|warning"', group_wait="0s"), "routes": _path_routes()},
        ]
        own = self.own
        return {
            **(own.passed_on if own else {}),
            "route": {"receiver": _NONE, "routes": [*routes, own.route] if own else routes},
            "inhibit_rules": [
                {
                    "source_matchers": ['severity="critical"'],
                    "target_matchers": ['severity="warning"'],
                    "equal": ["family", "service"],
                }
            ],
            "receivers": [*ours, *(own.receivers if own else ())],
        }

    def _webhook(self, name: str) -> dict[str, object]:
        path = name.removeprefix("simulator-")
        url = f"{self.receiver.rstrip('/')}/api/v1/webhook/{path}"
        credentials = {"authorization": {"credentials_file": str(self.token_file)}}
        return {
            "name": name,
            "webhook_configs": [{"url": url, "send_resolved": True, "http_config": credentials}],
        }


def flags(config: Path, data: Path, address: str) -> list[str]:
    """Alertmanager's command line, without the program: it listens on `address` and stores under `data`.

    Without a cluster address it does not wait for peers, which would hold back the first notifications for
    about ten seconds.
    """
    return [
        f"--config.file={config}",
        f"--storage.path={data}",
        f"--data.maintenance-interval={_SNAPSHOT_EVERY}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]


def _route(receiver: str, matcher: str, group_wait: str) -> dict[str, object]:
    return {
        "receiver": receiver,
        "matchers": [matcher],
        "continue": True,
        # One group per alert: no notification waits for another alert's group_interval.
        "group_by": ["..."],
        "group_wait": group_wait,
        "group_interval": "2s",
        "repeat_interval": _REPEAT,
    }


def _path_routes() -> list[dict[str, object]]:
    """The dead man's switch repeats every 5 s: a flush each second, the fifth one is past the repeat interval."""
    return [
        {
            "receiver": _NONE,
            "matchers": ['alertname="DeadMansSwitch"'],
            "group_interval": "1s",
            "repeat_interval": "4500ms",
        },
        {"receiver": _NONE, "matchers": ['alertname="SimulatorCanary"'], "group_interval": "1s"},
    ]
