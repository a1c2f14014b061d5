"""Requests that wait, holding nothing: what a slow service behind the API looks like."""

import asyncio
from typing import Annotated

import msgspec

from simulator.erpgo.api.chaos.harm import Harm, Portion, is_meant


class Delay(msgspec.Struct, frozen=True, tag="delay", forbid_unknown_fields=True):
    """`share` (0..1) of the requests below `path` wait `seconds` first."""

    seconds: Annotated[float, msgspec.Meta(gt=0, le=60)]
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    path: str = ""


class Waits(Harm):
    """Ends at once for those who are waiting when it ends."""

    def __init__(self, wanted: Delay) -> None:
        self._wanted = wanted
        self._portion = Portion(wanted.share)
        self._over = asyncio.Event()

    async def meet(self, path: str) -> None:
        if not is_meant(path, self._wanted.path) or not self._portion.takes():
            return
        try:
            async with asyncio.timeout(self._wanted.seconds):
                await self._over.wait()
        except TimeoutError:
            return

    async def end(self) -> None:
        self._over.set()
