"""How an engine finds the containers of a service: by name, by a label, or as Compose labels them."""

from collections.abc import Callable, Mapping
from typing import Any

from docker.models.containers import Container

from simulator.base.errors import DoorError
from simulator.base.values import Value

_COMPOSE = "com.docker.compose"
SERVICE_LABEL = f"{_COMPOSE}.service"
_NUMBER = f"{_COMPOSE}.container-number"


class Whereabouts(Value):
    """What marks the containers of one service. Where it has several, each is asked for as `SERVICE/WHICH`."""

    name: str = ""
    """That of its only container."""
    labels: tuple[str, ...] = ()
    """`KEY=VALUE`: all of them carry all of these."""

    @property
    def filters(self) -> dict[str, Any]:
        """As the engine takes them; of a name it makes a pattern, so it finds more than are meant."""
        return {"name": self.name} if self.name else {"label": list(self.labels)}

    def of(self, found: list[Container], which: str) -> list[Container]:
        """Those that are meant, of what the filters found; `which` is empty for all of them."""
        mine = [one for one in found if self.name in ("", one.name)]
        return [one for one in mine if which in ("", which_of(one))]

    def __str__(self) -> str:
        return f"name {self.name}" if self.name else " and ".join(f"label {label}" for label in self.labels)


Find = Callable[[str], Whereabouts]
"""Says where a service is, by its name; raises DoorError where it is no container."""


def which_of(container: Container) -> str:
    """What tells a container from the others of its service: Compose's number, or else its name."""
    return container.labels.get(_NUMBER) or str(container.name)


def composed(project: str, service: str = "") -> Whereabouts:
    """A service of a Compose project, or all of them; not what `docker compose run` has started under its name."""
    labels = [f"{_COMPOSE}.project={project}", f"{_COMPOSE}.oneoff=False"]
    return Whereabouts(labels=(*labels, f"{SERVICE_LABEL}={service}") if service else tuple(labels))


def listed(places: Mapping[str, Whereabouts]) -> Find:
    """Finds what an environment lists."""

    def find(service: str) -> Whereabouts:
        if service not in places:
            known = ", ".join(sorted(places)) or "none"
            raise DoorError(f"{service!r} is no container of this environment; known: {known}")
        return places[service]

    return find
