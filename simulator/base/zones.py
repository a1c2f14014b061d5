"""Time zones, by name."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"{name!r} is no time zone; write UTC or one like Europe/Berlin") from None
    return name


ZoneName = Annotated[str, AfterValidator(_known)]
"""As in the IANA database: `UTC`, `Europe/Berlin`."""
