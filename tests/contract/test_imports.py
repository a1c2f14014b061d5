"""Imports point one way; the layers stand in one table."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT

LAYERS: dict[str, tuple[str, ...]] = {
    "base": (),
    "safety": (),
    "receiver": (),
    "load": (),
    "doors": (),
    "faults": ("doors",),
    "plan": ("faults", "safety"),
    "environments": ("doors", "plan", "safety"),
    "journal": ("plan",),
    "judge": ("journal", "plan", "safety"),
    "history": ("journal", "judge", "plan"),
    "report": ("history", "judge", "plan"),
    "observers": ("doors", "journal", "plan", "safety"),
    "preflight": ("doors", "environments", "faults", "journal", "plan", "safety"),
    "lint": ("plan", "preflight", "report"),
    "engine": (
        *("doors", "environments", "faults", "history", "journal", "judge", "observers", "plan"),
        *("preflight", "report", "safety"),
    ),
    "schedule": ("engine", "environments", "judge", "plan", "report", "safety"),
    "attached": ("doors", "environments", "faults", "plan", "preflight", "receiver", "safety"),
    "commands": (
        *("attached", "doors", "engine", "environments", "faults", "history", "journal", "judge", "lint"),
        *("plan", "preflight", "receiver", "report", "safety", "schedule"),
    ),
    "cli": (
        *("commands", "environments", "faults", "history", "journal", "judge", "plan", "preflight"),
        *("report", "safety"),
    ),
    "locust": ("environments", "load", "plan", "safety"),
    "erpgo": ("doors", "environments", "faults", "load", "locust", "plan"),
}
"""The rooms of `simulator`, lowest first, and what each may import besides `base`. The adapter comes last."""

STILL_KNOW_ERPGO: set[str] = set()
"""The files of the core that import the adapter; it should be none."""

LOCUST = ("locust", "gevent")
WITH_LOCUST = (
    "locustfile.py",
    "simulator/erpgo/locustfile.py",
    "simulator/erpgo/personas.py",
    "simulator/erpgo/traffic/",
    "simulator/erpgo/users/",
    "simulator/locust/",
    "tests/bench/",
    "tests/foreign/their_locustfile.py",
    "tests/wheel/own/",
    "tests/workload/locust_side/",
)
"""Where Locust may be imported: in Locust's own processes, and nowhere else."""


def sources(*names: str) -> list[Path]:
    """The Python files of these packages and modules, relative to the checkout."""
    found = [
        path for name in names for path in [ROOT / name, *(ROOT / name).rglob("*.py")] if path.suffix == ".py"
    ]
    return sorted(path.relative_to(ROOT) for path in found)


def imports(path: Path) -> set[str]:
    """Every module that a file imports, by its full name; also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(package: str, path: Path) -> set[str]:
    """The parts of a package that a file imports: `simulator.doors.redis.Redis` is the part `doors`."""
    inside = f"{package}."
    return {name.removeprefix(inside).split(".")[0] for name in imports(path) if name.startswith(inside)}


def part_of(path: Path) -> str:
    return path.with_suffix("").parts[1]


def test_every_part_has_its_place_in_the_table() -> None:
    assert {part_of(path) for path in sources("simulator")} - {"__init__"} == set(LAYERS)


def test_every_room_says_in_the_documentation_what_it_holds() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition("## Rooms")[2].partition("## ")[0]
    rooms = re.findall(r"^\| `(\w+)/` \| .{10,} \|$", table, re.MULTILINE)
    assert rooms == [part for part in LAYERS if part != "cli"]


def test_the_table_points_one_way() -> None:
    seen: set[str] = set()
    for part, below in LAYERS.items():
        assert set(below) <= seen, f"{part} stands above what it imports"
        seen.add(part)


@pytest.mark.parametrize("part", LAYERS)
def test_a_part_imports_only_what_is_below_it(part: str) -> None:
    may = {part, *LAYERS[part], "base"}
    here = [path for path in sources("simulator") if part_of(path) == part]
    beyond = {
        str(path): within("simulator", path) - may - ({"erpgo"} if str(path) in STILL_KNOW_ERPGO else set())
        for path in here
    }
    assert {path: sorted(parts) for path, parts in beyond.items() if parts} == {}


def test_no_more_files_know_erpgo() -> None:
    knowing = {str(path) for path in sources("simulator") if "erpgo" in within("simulator", path)}
    assert {path for path in knowing if part_of(Path(path)) != "erpgo"} == STILL_KNOW_ERPGO


def test_the_environments_of_the_adapter_know_no_locust() -> None:
    paths = sources("simulator/erpgo/environments")
    known = {part for path in paths for part in within("simulator", path)}
    assert known == {"base", "doors", "environments", "erpgo", "plan"}


def test_the_stack_and_the_api_know_only_the_base() -> None:
    paths = sources("simulator/erpgo/stack", "simulator/erpgo/api")
    assert {part for path in paths for part in within("simulator", path)} == {"base", "erpgo"}
    assert not {part for path in paths for part in within("simulator.erpgo", path)} - {"stack", "api"}


def test_the_locustfile_knows_only_the_plugin_and_the_users() -> None:
    paths = sources("locustfile.py", "locust_plugins.py")
    assert {part for path in paths for part in within("simulator", path)} == {"erpgo", "locust"}


def test_locust_stays_in_its_own_processes() -> None:
    everything = sources("simulator", "tests", "docs", "locustfile.py", "locust_plugins.py")
    importing = {
        str(path) for path in everything if any(name.split(".")[0] in LOCUST for name in imports(path))
    }
    assert {path for path in importing if not path.startswith(WITH_LOCUST)} == set()


@pytest.mark.parametrize(
    "module", ["simulator.engine.__main__", "simulator.cli", "simulator.erpgo.stack.supervisor.main"]
)
def test_importing_it_brings_no_locust_along(module: str) -> None:
    code = f"import sys, {module}; print(sorted({set(LOCUST)!r} & sys.modules.keys()))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout == "[]\n"


def sleeps(path: Path) -> list[str]:
    """The calls in a file that put the process, the loop or the greenlet to sleep."""
    calls = [node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.Call)]
    named = [ast.unparse(call.func) for call in calls]
    return sorted(
        {name for name in named if name in ("time.sleep", "asyncio.sleep", "gevent.sleep", "sleep")}
    )


def test_only_the_clock_sleeps() -> None:
    """In what runs a game day; the servers of the stack have loops of their own."""
    core = [path for path in sources("simulator") if part_of(path) not in ("erpgo", "receiver")]
    found = {str(path): sleeps(path) for path in core if sleeps(path)}
    assert found.pop("simulator/base/clock.py") == ["asyncio.sleep"]
    workload = {path: found.pop(path) for path in list(found) if path.startswith("simulator/locust/")}
    assert {call for calls in workload.values() for call in calls} <= {"gevent.sleep"}
    assert found == {}
