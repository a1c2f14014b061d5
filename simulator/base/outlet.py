"""What people read: a standard stream whose reader may be gone, whose disk may be full, whose encoding may be poor.

None of these may end the work, or change the code that it leaves with.
"""

import io
from collections.abc import Callable
from typing import Any, TextIO, cast


class Outlet:
    """Stands for a standard stream. What cannot be written is lost, and `lost` says why; no write raises."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream if stream is not None else io.StringIO()
        self._is_there = stream is not None
        self.lost: OSError | ValueError | None = None
        if isinstance(stream, io.TextIOWrapper):
            # A name may be in another script, or have bytes that are no text.
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, act: Callable[[], object]) -> None:
        if not self._is_there:
            self.lost = BrokenPipeError("it was closed from the start")
            return
        try:
            act()
        except (OSError, ValueError) as error:  # the latter of a stream that was closed
            self.lost = error

    def __getattr__(self, name: str) -> Any:
        """Everything else as the stream has it: whether a terminal reads, its encoding, its descriptor."""
        return getattr(self._stream, name)

    @property
    def text(self) -> TextIO:
        """The same, for who asks for a text stream."""
        return cast("TextIO", self)
