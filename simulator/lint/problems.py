"""What is wrong with a file as such: it is told at its line, and all else of it is still examined."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["duplicate-key", "unknown-key", "refused"]
DUPLICATE: Kind = "duplicate-key"
UNKNOWN: Kind = "unknown-key"
REFUSED: Kind = "refused"


@dataclass(frozen=True)
class Problem:
    """One thing for which the program would refuse the file."""

    kind: Kind
    line: int
    what: str
    fix: str


@dataclass(frozen=True)
class Place:
    """Where something stands."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
