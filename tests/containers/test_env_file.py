"""stack/.env as Compose reads it: the same values as we do. Asks no engine."""

import json
import subprocess
from pathlib import Path

from stack.compose import dotenv
from stack.compose.tools import compose_command
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
