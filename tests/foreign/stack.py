"""Builds the foreign stack, runs it for as long as it is wanted, and leaves nothing."""

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.foreign import certificates, dashboards, names, storage
from tests.foreign.foreign import Foreign
from tests.foreign.monitoring import Monitoring, Webhook
from tests.foreign.servers import SERVICES, Servers
from tests.foreign.services.control import bring
from tests.stack.waiting import eventually

SCRIPTS = ("up", "down", "is-down")


@contextmanager
def foreign_stack(seed: int, *, interval_s: int = 2, webhook: Webhook | None = None) -> Iterator[Foreign]:
    """A stack whose names, ports, paths and severities are drawn from the seed.

    Its servers answer, and end with the block or when this process is killed; `settle` waits for more.

    Args:
        seed: what everything is drawn from.
        interval_s: between scrapes, and between evaluations of rules.
        webhook: added to each receiver of Alertmanager that somebody reads.
    """
    folder = Path(tempfile.mkdtemp(prefix="foreign-", dir="/tmp"))  # short enough for a socket's path
    drawn = names.draw(seed)
    try:
        made = _build(folder, drawn, interval_s, webhook)
        with _supervised(folder) as supervisor:
            _start(folder, drawn)
            yield Foreign(seed, folder, drawn, made.ca, interval_s, supervisor)
    except Exception as error:
        error.add_note(f"foreign_stack(seed={seed}, interval_s={interval_s})")
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(foreign: Foreign) -> None:
    """Wait until everything is scraped and notifications arrive: Prometheus takes five seconds to find its targets."""
    names, within_s = foreign.names, 90.0 + 6 * foreign.interval_s
    for api in (foreign.prometheus, foreign.alertmanager):
        eventually(f"{api.url} is ready", partial(foreign.is_ready, api), within_s)
    healthy = {job: {"up"} for job in vars(names.jobs).values()} | {names.jobs.legacy: {"down"}}
    eventually("every target is scraped", lambda: foreign.targets() == healthy, within_s)
    always = {names.alerts.watchdog, names.alerts.legacy_down}
    eventually("what always fires is told of", lambda: always <= _told(foreign), within_s)


def _told(foreign: Foreign) -> set[str]:
    return {alert for page in foreign.pages() for alert in page.alerts}


@contextmanager
def _supervised(folder: Path) -> Iterator[int]:
    """The supervisor's process id. It ends every server, and the folder, once its standard input closes."""
    argv = [sys.executable, "-I", "-S", str(SERVICES / "supervisor.py"), str(folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as supervisor:
        eventually("the supervisor listens", lambda: _listens(supervisor, folder))
        yield supervisor.pid


def _build(
    folder: Path, drawn: names.Names, interval_s: int, webhook: Webhook | None
) -> certificates.Certificates:
    """Every file that is there before a server starts."""
    folder.chmod(0o711)  # PostgreSQL and pgbouncer, which refuse to be root, find theirs in it
    for name in ("logs", "pids"):
        (folder / name).mkdir()
    with ThreadPoolExecutor() as side:
        kept = side.submit(storage.Storage(folder, drawn).write)
        made = certificates.make(folder / "tls", drawn.company)
        Monitoring(folder, drawn, made).write(interval_s, webhook)
        dashboards.write(folder / "dashboards", drawn)
        _write_programs(folder, drawn)
        kept.result()
    return made


def _write_programs(folder: Path, drawn: names.Names) -> None:
    programs = folder / "programs.json"
    programs.touch(mode=0o600)
    programs.write_text(json.dumps(Servers(folder, drawn).all()), encoding="utf-8")
    for script in SCRIPTS:
        words = [sys.executable, "-I", "-S", str(SERVICES / "control.py"), str(folder / "control"), script]
        (folder / script).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$1"\n', encoding="utf-8")
        (folder / script).chmod(0o755)


def _listens(supervisor: subprocess.Popen[bytes], folder: Path) -> bool:
    assert supervisor.poll() is None, "the supervisor ended"
    return (folder / "control").exists()


def _start(folder: Path, drawn: names.Names) -> None:
    """PostgreSQL first, because the shop needs its table; then all others side by side."""
    _bring_up(folder, "postgres")
    storage.Storage(folder, drawn).fill()
    others = [one["name"] for one in Servers(folder, drawn).all()]
    with ThreadPoolExecutor(len(others)) as side:
        list(side.map(lambda name: _bring_up(folder, name), others))


def _bring_up(folder: Path, name: str) -> None:
    if bring(str(folder / "control"), "up", name) != "up":
        log = (folder / "logs" / name).read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"{name} does not answer; it said: {log[-2000:]}")
