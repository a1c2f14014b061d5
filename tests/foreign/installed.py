"""The `simulator` that somebody types: a checkout's, or that of the built wheel, which knows of no checkout."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.checkout import ROOT
from tests.wheel.fresh import Fresh, built


@dataclass(frozen=True)
class Program:
    """How it is started."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    """All that it finds in its environment, but for what its user adds."""
    code: Path
    """The folder below which its code lies."""


def of_checkout(root: Path = ROOT) -> Program:
    """That of this checkout, or of a copy of it."""
    return Program(
        (sys.executable, "-m", "simulator.cli"), {**os.environ, "PYTHONPATH": str(root)}, root / "simulator"
    )


@contextmanager
def from_the_wheel() -> Iterator[Program]:
    """That of the wheel, built and installed where nothing of the checkout is; gone with the block."""
    home = Path(tempfile.mkdtemp(prefix="simulator-wheel-", dir="/tmp"))  # others may enter it
    home.chmod(0o755)
    try:
        fresh = Fresh.of(built(ROOT, home / "dist"), home / "installed")
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        yield Program((str(fresh.folder / "bin/simulator"),), plain, fresh.site / "simulator")
    finally:
        shutil.rmtree(home)
