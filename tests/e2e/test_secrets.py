"""No secret of the stack, nor of whoever starts a run, is in anything that a run leaves."""

import contextlib
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.erpgo.stack.supervisor.client import Connection
from simulator.erpgo.stack.supervisor.protocol import StackInfo
from simulator.safety.audit import audit_trail
from simulator.safety.stopsign import stop_sign
from tests.cli.commands import simulator
from tests.crash.lab import CrashLab
from tests.crash.points import Death
from tests.fakes.clock import FakeClock

pytestmark = [pytest.mark.stack, pytest.mark.e2e]

PLANTED = {
    "PGPASSWORD": "planted-0d9c1f",
    "ERPGO_API_TOKEN": "planted-77aa02",
    "GRAFANA_PASSWORD": "planted-9e11",
}
LOUD = Death(
    "loud",
    # All whose errors and evidence come from systems that know a password or a token.
    ("fault: service-kill, service: postgres", "fault: slow-handler, delay: 50ms, share: 0.1"),
)
LONGEST = 50_000_000
"""Bytes: what is larger is a server's own data."""


def secrets(stack: StackInfo) -> set[str]:
    """What the stack's processes were given that nobody else may know."""
    with Connection(stack) as connection:
        pids = [service.pid for service in connection.status().services.values() if service.pid]
    environs = b"\0".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in pids).decode()
    named = re.findall(r"(?:^|\0)[A-Z_]*(?:SECRET|TOKEN|PASS|PASSWORD)=([^\0]{8,})", environs)
    in_urls = re.findall(r"://[^:@/\0]+:([^@\0]{8,})@", environs)
    assert stack.receiver_token_file is not None
    found = {*named, *in_urls, stack.chaos_token, stack.receiver_token_file.read_text().strip()}
    assert len(found) >= 5, (
        "the API's and the exporter's passwords, the signing secret, chaos and receiver token"
    )
    return found


def command_lines() -> str:
    """What `ps` shows to every user of the machine."""
    shown = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            shown.append(line.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return "\n".join(shown)


def leaks(known: set[str], *places: Path) -> Iterator[str]:
    """Every file that others may read, or that is a run's, in which one of them stands."""
    for place in places:
        for path in [place, *place.rglob("*")]:
            if not path.is_file() or path.stat().st_size > LONGEST:
                continue
            if not stat.S_IMODE(path.stat().st_mode) & 0o077 and path.name in {
                "stack.json",
                "receiver-token",
            }:
                continue  # what the stack's own clients are to read, and nobody else can
            content = path.read_bytes()
            yield from (f"{path}: {secret[:6]}..." for secret in known if secret.encode() in content)


def test_secrets_stay_where_they_are(
    unlearned_stack: StackInfo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    known = {*secrets(unlearned_stack), *PLANTED.values()}
    CrashLab(unlearned_stack, tmp_path).locust(LOUD, observe="5s").run(within=120.0)
    said = [
        command_lines(),
        capfd.readouterr().err,
        *(simulator(*words).out for words in (["audit"], ["undo", "--all", "--dry-run"])),
    ]
    assert [line for line in said for secret in known if secret in line] == []
    assert (tmp_path / "reports").exists()
    assert audit_trail(FakeClock()).read()
    home = stop_sign().path.parent
    assert list(leaks(known, tmp_path / "reports", home)) == []


def test_a_leak_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "journal.jsonl").write_text('{"error": "cannot log in with planted-0d9c1f"}')
    assert len(list(leaks({"planted-0d9c1f"}, tmp_path))) == 1
