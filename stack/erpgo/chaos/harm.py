"""What every harm is."""


class Harm:
    """Begins, is met by requests while it lasts, and ends. A subclass overrides what it needs."""

    async def begin(self) -> None:
        """Take effect."""

    async def meet(self, path: str) -> None:
        """Do to a request of this path whatever this harm does to requests."""

    async def end(self) -> None:
        """Give everything back."""


def is_meant(path: str, wanted: str) -> bool:
    """Whether a request's path is below the wanted one; an empty one means every route of the API."""
    return path.startswith(wanted) if wanted else path.startswith("/api/")
