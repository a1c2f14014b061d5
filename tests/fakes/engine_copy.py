"""An engine of which some lines are others: a copy of its code, to be started from."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.checkout import ROOT

_PARTS = ("simulator",)
"""What an engine is made of."""
LOCUSTFILE = "locustfile.py"

_GATES = "simulator/engine/gates.py"


class EngineCopy:
    """The copy in a folder that is made for it; `root` is where Python has to be started."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for part in _PARTS:
            shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(ROOT / LOCUSTFILE, root / LOCUSTFILE)
        # A stack belongs to a checkout: this engine is to find that of the original.
        itself, original = "Path(__file__).resolve().parents[4]", f"Path({str(ROOT)!r})"
        self.change("simulator/erpgo/stack/supervisor/paths.py", lambda code: code.replace(itself, original))

    def change(self, path: str, change: Callable[[str], str]) -> None:
        """Change one file, by its path in the repository."""
        file = self.root / path
        before = file.read_text(encoding="utf-8")
        after = change(before)
        assert before != after, f"nothing changed in {path}"
        file.write_text(after, encoding="utf-8")

    def insert(self, path: str, after: str, lines: str) -> None:
        """Insert lines below the one line of a file that holds `after`, indented as it is."""

        def insert(code: str) -> str:
            found = [line for line in code.splitlines() if after in line]
            assert len(found) == 1, f"{len(found)} lines with {after!r} in {path}"
            indent = found[0][: len(found[0]) - len(found[0].lstrip())]
            added = "".join(f"\n{indent}{line}" for line in lines.splitlines())
            return code.replace(found[0], found[0] + added)

        self.change(path, insert)


def instead(old: str, new: str) -> Callable[[str], str]:
    """A change of code that has `old`: each of it is `new`."""

    def change(code: str) -> str:
        assert old in code, f"nothing to change: no {old!r}"
        return code.replace(old, new)

    return change


def hasty_engine(folder: Path) -> EngineCopy:
    """An engine that waits for nothing before its faults, nor after them."""
    copy = EngineCopy(folder)
    for gate in ("steady", "recovered", "canary"):
        copy.insert(_GATES, f"async def {gate}(", "    return True")
    return copy
