"""The containers of somebody else's engine, as the environment file names them."""

from collections.abc import Mapping

from simulator.attached.service import ContainerPlace, Service
from simulator.attached.settings import AttachedSettings
from simulator.base.dockerhost import current_docker_host
from simulator.doors.docker import Docker
from simulator.doors.whereabouts import Whereabouts, composed, listed


def docker_of(settings: AttachedSettings, services: Mapping[str, Service], *, to_undo: bool) -> Docker | None:
    """The engine that Docker's own client would talk to; None where no service is a container.

    Raises:
        BadInput: its address is none.
    """
    places = {name: _place(one.docker) for name, one in services.items() if one.docker is not None}
    if not places:
        return None
    touched = None if to_undo else settings.touch
    return Docker(listed(places), settings.nettools, touched, current_docker_host())


def _place(said: ContainerPlace) -> Whereabouts:
    if said.compose is not None:
        project, _, service = said.compose.partition("/")
        return composed(project, service)
    return Whereabouts(name=said.container or "", labels=(said.label,) if said.label else ())
