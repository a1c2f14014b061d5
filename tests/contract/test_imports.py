"""Imports point one way; the layers stand in one table."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.plan.build import ROOT

BOTTOM = ("errors", "clock", "files", "names", "percentile", "templates", "values")
"""Parts that know nobody and that everybody may know."""

LAYERS: dict[str, tuple[str, ...]] = {
    "errors": (),
    "clock": (),
    "files": ("errors",),
    "names": (),
    "percentile": (),
    "templates": (),
    "values": ("names",),
    "loader": (),
    "nets": (),
    "outlet": (),
    "stopsign": (),
    "audit": (),
    "places": ("loader", "nets"),
    "protocol": (),
    "doors": ("protocol",),
    "faults": ("doors",),
    "plan": ("faults", "loader", "nets", "places"),
    "environment": ("audit", "doors", "faults", "places", "plan", "stopsign"),
    "journal": ("plan",),
    "movement": ("journal", "plan"),
    "verdict": ("journal", "nets", "plan"),
    "judge": ("journal", "movement", "plan", "verdict"),
    "coverage": ("plan", "verdict"),
    "spread": ("verdict",),
    "report": ("coverage", "plan", "spread", "verdict"),
    "observers": ("doors", "journal", "nets", "plan"),
    "preflight": ("doors", "faults", "journal", "nets", "places", "plan"),
    "engine": (
        *(
            "audit",
            "doors",
            "environment",
            "faults",
            "journal",
            "judge",
            "movement",
            "nets",
            "observers",
            "places",
        ),
        *("plan", "preflight", "protocol", "report", "stopsign", "verdict"),
    ),
    "commands": (
        *("doors", "engine", "environment", "faults", "nets", "places", "plan", "preflight"),
        *("stopsign",),
    ),
    "cli": (
        "commands",
        *(
            "audit",
            "coverage",
            "doors",
            "engine",
            "environment",
            "faults",
            "journal",
            "judge",
            "loader",
            "nets",
            "outlet",
        ),
        *("places", "plan", "preflight", "report", "spread", "stopsign", "verdict"),
    ),
    "workload": ("nets", "outlet", "places", "protocol", "stopsign"),
}
"""The parts of `simulator`, lowest first, and what each may import besides the bottom."""

KNOW_THE_STACK = {"commands", "doors", "environment", "workload"}
"""The parts that may import `stack`: whoever starts it, finds it, or reaches into it."""

LOCUST = ("locust", "gevent")
WITH_LOCUST = (
    "locustfile.py",
    "scenarios/personas.py",
    "scenarios/users/",
    "simulator/workload/",
    "tests/bench/",
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
    named = [name.split(".") for name in imports(path)]
    return {parts[1] for parts in named if parts[0] == package and len(parts) > 1}


def part_of(path: Path) -> str:
    return path.with_suffix("").parts[1]


def test_every_part_has_its_place_in_the_table() -> None:
    assert {part_of(path) for path in sources("simulator")} - {"__init__"} == set(LAYERS)


def test_the_table_points_one_way() -> None:
    seen: set[str] = set()
    for part, below in LAYERS.items():
        assert set(below) <= seen, f"{part} stands above what it imports"
        seen.add(part)


@pytest.mark.parametrize("part", LAYERS)
def test_a_part_imports_only_what_is_below_it(part: str) -> None:
    may = {part, *LAYERS[part], *(() if part in BOTTOM else BOTTOM)}
    wrong = {
        str(path): sorted(within("simulator", path) - may)
        for path in sources("simulator")
        if part_of(path) == part and within("simulator", path) - may
    }
    assert wrong == {}


def test_only_those_who_reach_into_the_stack_know_it() -> None:
    assert {part_of(path) for path in sources("simulator") if within("stack", path)} <= KNOW_THE_STACK
    reached = {part for path in sources("simulator") for part in within("stack", path)}
    assert reached == {"addresses", "browser", "compose", "supervisor"}


def test_the_stack_knows_only_the_errors() -> None:
    assert {part for path in sources("stack") for part in within("simulator", path)} == {"errors"}
    assert not {part for path in sources("stack") for part in within("scenarios", path)}


def test_users_and_the_locustfile_know_only_the_workload() -> None:
    paths = sources("scenarios", "locustfile.py", "locust_plugins.py")
    assert {part for path in paths for part in within("simulator", path)} == {"workload"}
    assert not {part for path in paths for part in within("stack", path)}


def test_locust_stays_in_its_own_processes() -> None:
    everything = sources(
        "simulator", "stack", "scenarios", "tests", "docs", "locustfile.py", "locust_plugins.py"
    )
    importing = {
        str(path) for path in everything if any(name.split(".")[0] in LOCUST for name in imports(path))
    }
    assert {path for path in importing if not path.startswith(WITH_LOCUST)} == set()


@pytest.mark.parametrize("module", ["simulator.engine.__main__", "simulator.cli", "stack.supervisor.main"])
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
    found = {str(path): sleeps(path) for path in sources("simulator") if sleeps(path)}
    assert found.pop("simulator/clock.py") == ["asyncio.sleep"]
    workload = {path: found.pop(path) for path in list(found) if path.startswith("simulator/workload/")}
    assert {call for calls in workload.values() for call in calls} <= {"gevent.sleep"}
    assert found == {}
