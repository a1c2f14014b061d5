"""Waiting for a process to end, on the event loop and without collecting its exit status."""

import asyncio
import os


async def exited(pid: int) -> None:
    """Return when the child `pid` has ended; its status is left for `Popen.wait`."""
    ended = asyncio.Event()
    handle = os.pidfd_open(pid)
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)
