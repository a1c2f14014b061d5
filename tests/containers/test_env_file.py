"""simulator/erpgo/stack/.env as Compose reads it: the same values as we do. Asks no engine."""

import json
import os
import subprocess
from pathlib import Path

from simulator.base.dockerhost import LOCAL
from simulator.erpgo.stack.compose import client, dotenv, settings
from simulator.erpgo.stack.compose.tools import compose_command
from tests.secrecy import AWKWARD

VALUES = [
    *AWKWARD,
    AWKWARD,
    *(f"{one}{other}x" for one in AWKWARD for other in AWKWARD),
    "$HOME ${HOME} $$ #x",
    "ends with \\",
    "\\n\\t\\\\",
]


def test_compose_reads_every_value_as_it_was_written(tmp_path: Path) -> None:
    written = {f"V{number}": value for number, value in enumerate(VALUES)}
    text = "".join(dotenv.line(name, value) for name, value in written.items())
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    environment = {name: f"${{{name}}}" for name in written}
    (tmp_path / "compose.yaml").write_text(
        json.dumps({"services": {"one": {"image": "x", "environment": environment}}})
    )
    said = subprocess.run(
        [*compose_command(print), "-f", str(tmp_path / "compose.yaml"), "config", "--format", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    shown = json.loads(said.stdout)["services"]["one"]["environment"]
    # What it prints is a file again, in which each $ is doubled.
    assert {name: value.replace("$$", "$") for name, value in shown.items()} == written
    assert dotenv.parse(text) == written


def test_what_the_doors_look_up_is_what_the_containers_get_whatever_the_shell_says(tmp_path: Path) -> None:
    """Compose prefers the shell to a file, and a port such as Docker's links set there is none to it."""
    chosen = settings.prepare(tmp_path / ".env")
    shell = {**os.environ, "REDIS_PASSWORD": "from the shell", "REDIS_PORT": "tcp://10.0.0.1:6379"}
    said = subprocess.run(
        [*compose_command(print), "-f", str(client.STACK / "compose.yaml"), "config", "--format", "json"],
        env=client.surroundings(LOCAL, chosen, shell),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    redis = json.loads(said.stdout)["services"]["redis"]
    assert redis["environment"]["REDIS_PASSWORD"] == chosen.secret("REDIS_PASSWORD")
    assert [port["published"] for port in redis["ports"]] == [str(chosen.port("redis"))]
