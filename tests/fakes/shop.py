"""Somebody else's shop as an environment file; nobody is there who answers, unless a test says where."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.fakes.doors import NOWHERE

EXPERIMENT = """\
title: The shop is harmed
faults: [{fault: command, service: shop}]
must: [{alert: ShopDown, severity: critical}]
"""


def written(folder: Path, **tree: Any) -> Path:
    """An environment file, and beside it, in `experiments/`, the file of one experiment."""
    acts = {"inject": ["/bin/true"], "check": ["/bin/false"], "undo": ["/bin/true"]}
    usual = {
        "stack": "attached",
        "identity": {"label": "env", "equals": "staging"},
        "prometheus": {"url": NOWHERE},
        "alertmanagers": [{"url": NOWHERE}],
        "pages": {"judge_at": "accepted", "canary": "none"},
        "services": {"shop": {"command": acts}},
        "touch": ["shop"],
    }
    path = folder / "shop.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(usual | tree, file)
    (folder / "experiments").mkdir(exist_ok=True)
    (folder / "experiments" / "one.yaml").write_text(EXPERIMENT)
    return path
