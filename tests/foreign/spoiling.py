"""The hands of whoever spoils the foreign stack, or what its owners wrote down; all of it is taken back."""

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ruamel.yaml import YAML

from tests.foreign.foreign import Api, Foreign
from tests.foreign.owners import Tree

Change = Callable[[Tree], None]
"""Of a configuration, in place."""


@dataclass
class Spoiling:
    """One experiment on one environment, about to be run on a stack."""

    foreign: Foreign
    environment: Tree
    experiment: Tree
    until_the_end: ExitStack
    secrets: dict[str, str] = field(default_factory=dict)
    """Those that are other than they should be."""

    def rules(self, change: Change) -> None:
        """Change Prometheus' rules."""
        self._edit(self.foreign.files.rules, self.foreign.prometheus, change)

    def rule(self, alert: str, change: Change) -> None:
        """Change one of them."""

        def change_it(tree: Tree) -> None:
            for group in tree["groups"]:
                for rule in group["rules"]:
                    if rule.get("alert") == alert:
                        change(rule)

        self.rules(change_it)

    def scrapes(self, change: Change) -> None:
        """Change Prometheus' configuration."""
        self._edit(self.foreign.files.prometheus, self.foreign.prometheus, change)

    def routes(self, change: Change) -> None:
        """Change Alertmanager's configuration."""
        self._edit(self.foreign.files.alertmanager, self.foreign.alertmanager, change)

    def silence(self, alert: str) -> None:
        """Silence an alert for ten minutes."""
        now = dt.datetime.now(dt.UTC)
        self.foreign.silence(
            {
                "matchers": [{"name": "alertname", "value": alert, "isRegex": False}],
                "startsAt": now.isoformat(),
                "endsAt": (now + dt.timedelta(minutes=10)).isoformat(),
                "createdBy": "somebody",
                "comment": "too loud",
            }
        )
        self.until_the_end.callback(self.foreign.end_silences)

    def _edit(self, path: Path, api: Api, change: Change) -> None:
        before = path.read_text(encoding="utf-8")
        tree = YAML(typ="safe").load(before)
        change(tree)
        with path.open("w", encoding="utf-8") as file:
            YAML().dump(tree, file)
        self.until_the_end.callback(self._put_back, path, before, api)
        self.foreign.reload(api)

    def _put_back(self, path: Path, before: str, api: Api) -> None:
        path.write_text(before, encoding="utf-8")
        self.foreign.reload(api)
