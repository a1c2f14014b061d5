"""Writes the generated parts of the documentation: `python -m docs.generate`. With `--check` it only looks.

What stands in a page between `<!-- generated: NAME -->` and `<!-- end: NAME -->` is written here, from the code.
"""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.parts.attached import attached_keys
from docs.parts.commands import command_reference, exit_codes, game_day_options, locust_options
from docs.parts.lint import code_table
from docs.parts.places import observer_table, panel_table, service_table
from docs.parts.scenarios import (
    environment_keys,
    experiment_keys,
    experiment_table,
    fault_reference,
    net_table,
    persona_table,
    switch_table,
)
from docs.parts.schedules import notify_keys, schedule_keys

FOLDER = Path(__file__).parent
SECTIONS: Mapping[str, Callable[[], str]] = {
    "attached-keys": attached_keys,
    "commands": command_reference,
    "exit-codes": exit_codes,
    "environment-keys": environment_keys,
    "experiments": experiment_table,
    "experiment-keys": experiment_keys,
    "faults": fault_reference,
    "game-day-options": game_day_options,
    "lint-codes": code_table,
    "locust-options": locust_options,
    "nets": net_table,
    "observers": observer_table,
    "panels": panel_table,
    "personas": persona_table,
    "notify-keys": notify_keys,
    "schedule-keys": schedule_keys,
    "services": service_table,
    "switches": switch_table,
}
_SECTION = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end: (?P=name) -->)", re.DOTALL)


def fill(page: str) -> str:
    """The page's text with each of its generated sections as the code has it now.

    Raises:
        KeyError: the page asks for a section that nobody writes.
    """
    return _SECTION.sub(lambda found: found[1] + SECTIONS[found["name"]]() + found[3], page)


def main(arguments: list[str]) -> int:
    """Write every page that is stale; with `--check` name them, and leave with 1 if there are any."""
    stale = [path for path in sorted(FOLDER.glob("*.md")) if fill(_text(path)) != _text(path)]
    for path in stale:
        if "--check" in arguments:
            print(f"stale: docs/{path.name}; run: python -m docs.generate")  # noqa: T201  a command prints
        else:
            path.write_text(fill(_text(path)), encoding="utf-8")
            print(f"written: docs/{path.name}")  # noqa: T201  as above
    return int(bool(stale) and "--check" in arguments)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
