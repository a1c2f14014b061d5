"""Tests that import Locust run in a process of their own: it patches every socket, and its hub reaps any child."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Locust first, as in the locustfile.
RUN = "import locust, pytest, sys; sys.exit(pytest.main(sys.argv[1:]))"
# pytest would rather have rewritten the assertions of Locust, which has none.
QUIETLY = ("-q", "-n", "0", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")


@pytest.mark.parametrize("file", sorted(HERE.glob("locust_side/check_*.py")), ids=lambda file: file.stem)
def test_beside_locust(file: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", RUN, *QUIETLY, str(file)],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
