"""Doors that are made when they are first asked for: what a door needs and cannot have harms nobody who does not ask."""

from collections.abc import Callable, Iterator, Mapping, ValuesView
from typing import Generic, TypeVar

from simulator.base.errors import BadInput, DoorError

T = TypeVar("T")


class WhenAsked(Mapping[str, T], Generic[T]):
    """Doors by the service's name; its values are those that have been made."""

    def __init__(self, makers: Mapping[str, Callable[[], T]]) -> None:
        self._makers = makers
        self._made: dict[str, T] = {}

    def __getitem__(self, service: str) -> T:
        """Raises DoorError where it cannot be made, for lack of a secret for instance."""
        if service not in self._made:
            try:
                self._made[service] = self._makers[service]()
            except BadInput as error:
                raise DoorError(f"{service}: {error}") from None
        return self._made[service]

    def __contains__(self, service: object) -> bool:
        return service in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def values(self) -> ValuesView[T]:
        """For whoever closes them."""
        return self._made.values()
