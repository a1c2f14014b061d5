"""Requests whose handler raises what no code expects: a poisoned request."""

from typing import Annotated

import msgspec

from simulator.erpgo.api.chaos.harm import Harm, Portion, is_meant


class Crash(msgspec.Struct, frozen=True, tag="crash", forbid_unknown_fields=True):
    """`share` (0..1) of the requests below `path` crash their handler."""

    share: Annotated[float, msgspec.Meta(gt=0, le=1)]
    path: str = ""


class Poisoned(Exception):
    """Raised where a handler would have run."""


class Crashes(Harm):
    """Raises in the handler's place, so that it is counted, logged and answered as any bug is."""

    def __init__(self, wanted: Crash) -> None:
        self._wanted = wanted
        self._portion = Portion(wanted.share)

    async def meet(self, path: str) -> None:
        if is_meant(path, self._wanted.path) and self._portion.takes():
            raise Poisoned("a poisoned request, asked for by a game day")
