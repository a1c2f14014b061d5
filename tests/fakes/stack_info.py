"""A stack that nobody started, for what only wants to know its folder."""

from pathlib import Path

from simulator.erpgo.stack.supervisor.protocol import StackInfo


def stack_info(folder: Path, *, temporary: bool = True, socket: Path | None = None) -> StackInfo:
    return StackInfo(
        instance="fake",
        folder=folder,
        socket=socket or folder / "socket",
        pid=1,
        version="0",
        started_at="",
        temporary=temporary,
        scrape_interval_s=1.0,
        targets=folder,
        services={},
    )
