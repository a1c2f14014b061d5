"""The supervisor process of the embedded stack, started by its keeper."""

import argparse
import asyncio
import datetime as dt
import importlib.metadata
import os
import sys
from pathlib import Path

from simulator.base.errors import SimulatorError
from simulator.erpgo.stack.alertmanager.own import OwnRouting
from simulator.erpgo.stack.supervisor import embedded
from simulator.erpgo.stack.supervisor.paths import StackFolder
from simulator.erpgo.stack.supervisor.plan import StackPlan
from simulator.erpgo.stack.supervisor.ports import Ports
from simulator.erpgo.stack.supervisor.protocol import StackInfo, StartFailed
from simulator.erpgo.stack.supervisor.site import PORTS, Secrets, Site, server_account
from simulator.erpgo.stack.supervisor.starter import Starter
from simulator.erpgo.stack.supervisor.supervisor import Supervisor


def main() -> int:
    """Run the stack until it is ended; problems of starting go to the starter."""
    os.umask(0o022)  # servers that run as another user read what is written here
    chosen = _options().parse_args()
    starter = Starter(sys.stdin.fileno())
    try:
        own = OwnRouting.read(chosen.own_routing) if chosen.own_routing else None
        with Ports(PORTS) as ports:
            site = Site(StackFolder(chosen.instance_folder), ports, Secrets.fresh(), server_account())
            site.make_folders()
            embedded.write_configuration(site, chosen.scrape_interval, own)
            plan = embedded.plan(site, chosen.scrape_interval)
            return run(plan, chosen, starter)
    except (SimulatorError, OSError) as error:
        starter.tell(StartFailed(reason=str(error)))
        print(error, file=sys.stderr)  # noqa: T201  # stderr is the supervisor's log
        return 1


def run(plan: StackPlan, chosen: argparse.Namespace, starter: Starter) -> int:
    """Run any plan as the stack the command line describes."""
    info = StackInfo(
        instance=chosen.instance_folder.name,
        folder=chosen.instance_folder,
        socket=chosen.socket_folder / "supervisor.sock",
        pid=os.getpid(),
        version=importlib.metadata.version("erpgo-simulator"),
        started_at=dt.datetime.now(dt.UTC).isoformat(),
        temporary=chosen.temporary,
        scrape_interval_s=plan.scrape_interval_s,
        targets=plan.targets,
        chaos_token=plan.chaos_token,
        receiver_token_file=plan.receiver_token_file,
        services=dict(plan.endpoints),
    )
    asyncio.run(Supervisor(plan, info, starter).run())
    return 0


def options() -> argparse.ArgumentParser:
    """The command line of every supervisor."""
    parser = argparse.ArgumentParser(prog="simulator.erpgo.stack.supervisor")
    parser.add_argument("--instance-folder", type=Path, required=True)
    parser.add_argument("--socket-folder", type=Path, required=True)
    parser.add_argument("--temporary", action="store_true")
    return parser


def _options() -> argparse.ArgumentParser:
    parser = options()
    parser.add_argument("--scrape-interval", type=float, default=2.0)
    parser.add_argument("--own-routing", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
