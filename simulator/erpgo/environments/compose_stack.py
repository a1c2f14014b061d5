"""The stack as containers, started for people and for runs."""

from pathlib import Path
from typing import get_args

from simulator.base.errors import BadInput, StackError
from simulator.base.names import nearest, shown
from simulator.environments.site import Lease, Say, Shown, Site
from simulator.erpgo.stack.compose import client as compose
from simulator.erpgo.stack.compose.info import ComposeInfo, Images


class ComposeStay:
    """Containers hold no lease: those that this run started are taken down when it ends, others stay.

    They stay as well when something is left injected in them: `simulator undo` needs them.
    """

    renew_every: float | None = None

    def __init__(self, say: Say) -> None:
        self._say = say

    def renew(self) -> None:
        """Nothing runs out."""

    def close(self, *, left_injected: bool) -> None:
        if left_injected:
            self._say("the containers stay, for: simulator undo --environment compose")
            return
        try:
            compose.down(self._say)
        except StackError as error:
            self._say(f"the containers stay: {error}; then: simulator stack down --environment compose")


class ComposeStack:
    """The one there is on a Docker engine."""

    def up(self, say: Say, images: str | None) -> Shown:
        return _shown(compose.up(say, _images(images)).info)

    def down(self, say: Say) -> bool:
        return compose.down(say)

    def status(self) -> Shown | None:
        info = compose.running()
        return None if info is None else _shown(info, compose.states(info))

    def site(self, *, game_day: bool, host: str, say: Say) -> tuple[Site, Lease | None]:  # noqa: ARG002  all traffic goes there
        """Traffic takes the way that users take: through nginx."""
        stack = compose.up(say)
        site = Site(host or stack.info.url("nginx"), stack.info.targets, stack.info.metrics_host)
        return site, ComposeStay(say) if stack.started else None

    def would_load(self) -> Path | None:
        return None


def _images(name: str | None) -> Images | None:
    for known in get_args(Images):
        if known == name:
            return known  # type: ignore[no-any-return]  # one of its values
    if name is None:
        return None
    raise BadInput(f"unknown images {shown(name)}{nearest(name, get_args(Images))}")


def _shown(info: ComposeInfo, states: dict[str, str] | None = None) -> Shown:
    return Shown({name: f"{at.host}:{at.port}" for name, at in info.services.items()}, states or {})


STACK = ComposeStack()
