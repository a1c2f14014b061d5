"""What every harm is."""


class Harm:
    """Begins, is met by requests while it lasts, and ends. A subclass overrides what it needs."""

    async def begin(self) -> None:
        """Take effect."""

    async def meet(self, path: str) -> None:
        """Do to a request of this path whatever this harm does to requests."""

    async def end(self) -> None:
        """Give everything back."""


class Portion:
    """A share (0..1) of what comes by, evenly: one in twelve is every twelfth, and chance never makes it one in ten."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._due = 0.0

    def takes(self) -> bool:
        """Whether the next one belongs to it."""
        self._due += self._share
        if self._due < 1:
            return False
        self._due -= 1
        return True


def is_meant(path: str, wanted: str) -> bool:
    """Whether a request's path is below the wanted one; an empty one means every route of the API."""
    return path.startswith(wanted) if wanted else path.startswith("/api/")
