"""What the Compose stack refuses, without a Docker engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.errors import BadInput, ExitCode
from simulator.plan.build import ROOT
from stack.compose import client


def test_our_own_containers_are_ours_in_both_variants() -> None:
    one, two = str(client.STACK / "compose.yaml"), str(client.STACK / "compose.debian.yaml")
    client.refuse_foreign({})
    client.refuse_foreign({"erpgo-api": one, "erpgo-redis": f"{one},{two}"})


def test_another_project_of_the_same_name_is_not_touched() -> None:
    made_by = {
        "erpgo-api": str(client.STACK / "compose.yaml"),
        "erpgo-postgres-1": "/srv/erpgo/docker-compose.yml",
    }
    with pytest.raises(
        BadInput, match="container erpgo-postgres-1 belongs to another Compose project called"
    ):
        client.refuse_foreign(made_by)


@pytest.mark.parametrize(
    ("variables", "code", "said"),
    [
        ({"COMPOSE_PROJECT_NAME": "../up"}, ExitCode.BAD_INPUT, "is no project's name"),
        ({"PATH": str(Path(sys.executable).parent)}, ExitCode.HARNESS, "needs Docker: no `docker` on PATH"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:9"}, ExitCode.HARNESS, "needs "),
    ],
    ids=["odd-name", "no-docker", "no-engine"],
)
def test_what_is_missing_is_said_in_one_line(
    tmp_path: Path, variables: dict[str, str], code: ExitCode, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulator.cli", "stack", "up", "--environment", "compose"],
        cwd=ROOT,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
