"""Our receiver as its users start it: a program of its own, beside their Alertmanager."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.foreign.installed import Program
from tests.foreign.monitoring import Webhook

WEBHOOK = re.compile(r"http://[^\s\"]+/RECEIVER")
"""The address in what is printed to be added to Alertmanager's configuration."""
ENDS_WITHIN = 60.0
"""Seconds."""


@dataclass(frozen=True)
class Receiving:
    """It listens, and knows its callers by a token."""

    url: str
    webhook: Webhook = field(repr=False)
    log: Path

    @property
    def token(self) -> str:
        assert self.webhook.token is not None
        return self.webhook.token


@contextmanager
def receiving(folder: Path, token: str, ours: Program) -> Iterator[Receiving]:
    """Run it while the block lasts, on a port that was free."""
    folder.mkdir()
    known, log = folder / "token", folder / "log"
    known.touch(mode=0o600)
    known.write_text(token, encoding="utf-8")
    words = [
        "receiver",
        "--listen",
        "127.0.0.1:0",
        "--token",
        f"file:{known}",
        "--store",
        str(folder / "kept"),
    ]
    with (
        log.open("w", encoding="utf-8") as complaints,
        subprocess.Popen(
            [*ours.argv, *words],
            env=dict(ours.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        ) as program,
    ):
        try:
            yield _as_printed(program, token, log)
        finally:
            program.terminate()
            program.wait(ENDS_WITHIN)


def _as_printed(program: subprocess.Popen[str], token: str, log: Path) -> Receiving:
    assert program.stdout is not None
    listens = re.match(r"listening on (\S+);", program.stdout.readline())
    assert listens, log.read_text(encoding="utf-8")
    webhook = next(found[0] for line in program.stdout if (found := WEBHOOK.search(line)))
    return Receiving(listens[1], Webhook(webhook.replace("RECEIVER", "anybody"), token), log)
