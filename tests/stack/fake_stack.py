"""A stack of cheap servers under the real supervisor. As a program it is a supervisor, like `simulator.erpgo.stack.supervisor`.

`backend` stands for PostgreSQL: its first process has a child in a session of its own.
"""

import dataclasses
import sys
from pathlib import Path

from simulator.base.errors import StackError
from simulator.erpgo.stack.supervisor import client, main
from simulator.erpgo.stack.supervisor.keeper import keep
from simulator.erpgo.stack.supervisor.launch import launch
from simulator.erpgo.stack.supervisor.paths import StackFolder
from simulator.erpgo.stack.supervisor.plan import StackPlan
from simulator.erpgo.stack.supervisor.service import NotReady, Service
from simulator.erpgo.stack.supervisor.starter import Starter

MARK = "FAKE_STACK"


async def at_once() -> None:
    """Ready as soon as it runs."""


async def never() -> None:
    raise NotReady("it never answers")


def service(folder: Path, name: str, script: str) -> Service:
    environment = {MARK: str(folder), "PATH": "/usr/bin:/bin"}
    return Service(
        name=name,
        container=f"erpgo-{name}",
        argv=("/bin/sh", "-c", script),
        ready=at_once,
        env=environment,
        chaos=True,
    )


def plan(folder: Path, name: str) -> StackPlan:
    backend = service(folder, "backend", "setsid sleep 3600 & exec sleep 3600")
    web = dataclasses.replace(service(folder, "web", "exec sleep 3600"), after=("backend",))
    shy = dataclasses.replace(service(folder, "shy", "exec sleep 3600"), chaos=False)
    services = {
        "empty": (),
        "works": (backend, web, shy),
        "crashes": (
            backend,
            dataclasses.replace(service(folder, "web", "echo no luck; exit 3"), ready=never),
        ),
        "hangs": (backend, dataclasses.replace(web, ready=never)),
    }[name]
    return StackPlan(services, {}, at_once, at_once, folder, scrape_interval_s=1.0, ready_within_s=60.0)


def start(folder: Path, name: str = "works", *options: str) -> client.StackInfo:
    return launch(command(folder, name, *options), StackFolder(folder), lambda _: None)


def command(folder: Path, name: str, *options: str) -> list[str]:
    return [sys.executable, __file__, "--instance-folder", str(folder), "--fake", name, *options]


def processes(folder: Path) -> set[int]:
    """Everything that belongs to the stack of this folder: servers, their children, supervisor and keeper."""
    mark = str(folder).encode()
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and any(
                mark in (entry / it).read_bytes() for it in ("cmdline", "environ")
            ):
                found.add(int(entry.name))
        except OSError:  # it ended meanwhile, or belongs to another user
            continue
    return found


def state(pid: int) -> str:
    """The one-letter state of a process (proc(5)), or nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def program() -> int:
    if "--socket-folder" not in sys.argv:
        return keep([sys.executable, __file__, *sys.argv[1:]])
    parser = main.options()
    parser.add_argument("--fake", required=True)
    chosen = parser.parse_args()
    try:
        return main.run(plan(chosen.instance_folder, chosen.fake), chosen, Starter(sys.stdin.fileno()))
    except StackError:
        return 1


if __name__ == "__main__":
    sys.exit(program())
