"""What the Compose stack refuses, without a Docker engine."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.base.dockerhost import LOCAL
from simulator.base.errors import BadInput, ExitCode
from simulator.erpgo.stack.compose import client, settings
from tests.checkout import ROOT


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


SUBSTITUTED = re.compile(r"(?<!\$)\$\{?([A-Za-z_][A-Za-z0-9_]*)")
"""What Compose replaces in a file: `$NAME` and `${NAME...}`, but not `$$NAME`."""


def test_nothing_in_the_compose_files_is_left_to_the_shell(tmp_path: Path) -> None:
    """Compose prefers the shell; a REDIS_PORT that Docker's links or Kubernetes have set there is not meant for us."""
    chosen = settings.prepare(tmp_path / ".env")
    texts = [(client.STACK / name).read_text() for name in ("compose.yaml", "compose.debian.yaml")]
    names = {name for text in texts for name in SUBSTITUTED.findall(text)}
    assert {"REDIS_PASSWORD", "REDIS_PORT", "PROMETHEUS_FILE", "COMPOSE_PROJECT_NAME"} <= names
    shell = {"PATH": "/bin", "DOCKER_CONTEXT": "prod", **dict.fromkeys(names, "from the shell")}
    given = client.surroundings(LOCAL, chosen, shell)
    assert [name for name in sorted(names) if given[name] == "from the shell"] == []
    assert {name: given[name] for name in chosen.values} == chosen.values
    assert (given["PATH"], given["DOCKER_HOST"], given.get("DOCKER_CONTEXT")) == ("/bin", LOCAL.url, None)
