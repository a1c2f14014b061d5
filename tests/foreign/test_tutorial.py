"""docs/tutorial.md, line by line, on somebody else's staging: only the words of its example are exchanged for theirs."""

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.docs.pages import Page, page
from tests.foreign.foreign import Foreign
from tests.foreign.owners import Tree
from tests.foreign.receiving import Receiving
from tests.foreign.user import User

pytestmark = pytest.mark.e2e
TUTORIAL = "docs/tutorial.md"
EXPERIMENT = "experiments/shop-down.yaml"


class Follower:
    """Somebody who reads the page and does what it says."""

    def __init__(self, user: User, foreign: Foreign, receiver: Receiving) -> None:
        self._foreign = foreign
        names = foreign.names
        self._words = {
            "https://prom.shop/prometheus": foreign.prometheus.url,
            "sim:env:OPS_PW": f"{names.web_user}:env:OPS_PW",
            "shop-ca.pem": str(foreign.ca),
            "http://127.0.0.1:9099": receiver.url,
            "pagerduty-oncall": names.receivers.oncall,
            "slack-shop": names.receivers.chat,
            "data-oncall": names.receivers.data,
            "https://web.shop/healthz": f"{foreign.shop_url}/healthz",
            "./down": str(foreign.down),
            "./is-down": str(foreign.is_down),
            "./up": str(foreign.up),
            "ShopDown": names.alerts.shop_down,
            "ProbeFailed": names.alerts.probe_failed,
            "ShopHighErrorRate": names.alerts.shop_errors,
            "ShopErrorsRising": names.alerts.shop_errors_rising,
            "LegacyDown": names.alerts.legacy_down,
            "page": names.severities.urgent,
            "ticket": names.severities.later,
        }
        secrets = {"OPS_PW": names.secrets.web, "RECV": receiver.token}
        self._user = replace(user, secrets=secrets)

    def types(self, line: list[str]) -> str:
        """A command that must succeed; what it printed."""
        words = [str(self._theirs(word)) for word in line]
        left = self._user.simulator(*[self._experiment if word == EXPERIMENT else word for word in words])
        assert left.code == 0, (words, left.out, left.err)
        return left.out

    def edits(self, block: str) -> None:
        """A block of YAML: keys of the environment file, or the whole experiment."""
        tree: Tree = self._theirs(YAML(typ="safe").load(block))
        if "title" in tree:
            self._user.write(self._experiment, tree)
            return
        file = self._user.folder / "staging.yaml"
        yaml = YAML()
        written = yaml.load(file)
        written.update(tree)
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(written, out)

    @property
    def _experiment(self) -> str:
        """As init has called it."""
        kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", self._foreign.names.alerts.shop_down).lower()
        return f"experiments/{kebab}.yaml"

    def _theirs(self, said: Any) -> Any:
        if isinstance(said, dict):
            return {self._key(key): self._value(key, one) for key, one in said.items()}
        if isinstance(said, list):
            return [self._theirs(one) for one in said]
        return self._words.get(said, said) if isinstance(said, str) else said

    def _key(self, key: str) -> str:
        """A severity may be a key, and so may the label that holds it."""
        return self._words.get(key, key)

    def _value(self, key: str, said: Any) -> Any:
        names = self._foreign.names
        if key == "severity_label":
            return names.severities.label
        if key == "jobs":
            return [names.jobs.shop]
        if key == "canary_labels":
            return {"team": names.teams.shop, names.severities.label: names.severities.later}
        return self._theirs(said)


def steps(tutorial: Page) -> list[tuple[str, str]]:
    """Every block of commands and of YAML, in the order of the page."""
    return re.findall(r"^```(sh|yaml)\n(.*?)^```", tutorial.text, re.DOTALL | re.MULTILINE)


def test_every_line_does_what_it_says(user: User, foreign: Foreign, receiver: Receiving) -> None:
    follower = Follower(user, foreign, receiver)
    printed: dict[str, str] = {}
    for language, block in steps(page(TUTORIAL)):
        if language == "yaml":
            follower.edits(block)
            continue
        for line in block.splitlines():
            program, *words = shlex.split(line)
            if program == "simulator" and words[0] != "receiver":  # that runs already, as it is told to there
                printed[" ".join(words)] = follower.types(words)
            else:
                assert program in {"pip", "export", "simulator"}
    assert "no failures (exit 0)" in printed["doctor staging.yaml"]
    run = f"run {EXPERIMENT} --environment staging.yaml"
    assert "Nothing was touched" in printed[f"{run} --dry-run"]
    assert "1 of 1 experiment met: every expected page arrived within 30 s" in printed[run]
    assert (Path(user.report) / "report.html").exists()
    assert "nothing is injected" in printed["undo --environment staging.yaml"]
