"""What the documentation prints as YAML: whole files, and parts of an experiment or an environment."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from simulator.attached.settings import AttachedSettings
from simulator.base.loader import load
from simulator.base.values import Value
from simulator.environments.settings import settings_of
from simulator.plan.models import Experiment, GameDay
from simulator.schedule.models import Schedule
from simulator.schedule.notices import Targets
from tests.docs.pages import Page, pages

TUTORIAL = "docs/tutorial.md"
"""See tests/foreign/test_tutorial.py."""
LINT = "docs/lint.md"
"""See tests/lint/test_printed.py."""
CI = ("# .github/", "# .gitlab-ci")
"""How the files of CI services begin: see test_ci.py."""
_KEYS = "|".join(name for name in Experiment.model_fields if name not in {"name", "title"})
_IN_PROSE = re.compile(rf"(?:{_KEYS}): .+")
_REST: dict[type[Value], str] = {
    Experiment: "title: A part of one",
    AttachedSettings: (
        "stack: attached\nidentity: {label: env, equals: staging}\nprometheus: {url: http://localhost}\n"
        "alertmanagers: [{url: http://localhost}]\npages: {judge_at: accepted}"
    ),
}
"""What a file needs besides a part of it that is printed."""


@dataclass(frozen=True)
class Printed:
    """One block, or one line of code in the text, of a page; `kind` is the file it belongs into."""

    page: Page
    text: str
    kind: type[Value]
    whole: bool

    def __str__(self) -> str:
        first = next(line for line in self.text.splitlines() if line.strip() and not line.startswith("#"))
        return f"{self.page} {first[:40]}"

    def file(self, folder: Path) -> Path:
        """It as a file that the loader takes: a part of one is completed, and nothing else is changed."""
        path = folder / "printed.yaml"
        path.write_text(self.text if self.whole else f"{_REST[self.kind]}\n{self.text}", encoding="utf-8")
        return path

    def load(self, folder: Path) -> Value:
        """What the loader makes of it.

        Raises:
            BadInput: it refuses it.
        """
        return load(self.file(folder), self.kind)


def printed() -> Iterator[Printed]:
    """All of it but the tutorial's, whose lines are run on the system of which it speaks, and the lint's."""
    for page in pages():
        if str(page) in (TUTORIAL, LINT):
            continue
        for block in page.blocks("yaml"):
            if block.startswith(CI):
                continue
            kind, whole = _kind(YAML(typ="safe").load(block))
            yield Printed(page, block, kind, whole)
        for span in page.spans:
            if _IN_PROSE.fullmatch(span):
                yield Printed(page, f"{span}\n", Experiment, whole=False)


def _kind(keys: Mapping[str, Any]) -> tuple[type[Value], bool]:
    """Each kind of file has a key without which it is none."""
    if "experiments" in keys:
        return GameDay, True
    if "at" in keys:
        return Schedule, True
    if "targets" in keys:
        return Targets, True
    if "services" in keys:
        return AttachedSettings, "stack" in keys
    if "stack" in keys:
        return settings_of(str(keys["stack"])), True
    return Experiment, "title" in keys
