"""The copy of an environment file that undo goes by: the file may be another one by then, or gone."""

import json
import os
from pathlib import Path

from simulator.attached.settings import AttachedSettings
from simulator.base.errors import BadInput, HarnessError
from simulator.base.files import read_file

NAME = "environment.json"
LARGEST = 256 * 1024
"""Bytes."""


def save(settings: AttachedSettings, folder: Path) -> None:
    """Keep them in a folder: secrets are references in it, paths are absolute.

    Raises:
        HarnessError: they cannot be written, so nothing may be injected.
    """
    kept = {
        "name": settings.name,
        "folder": str(settings.folder),
        "settings": settings.model_dump(mode="json", by_alias=True),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        half = folder / f"{NAME}.writing"
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        half.rename(folder / NAME)
    except OSError as error:
        raise HarnessError(
            f"nothing is injected: the copy of the environment that an undo needs cannot be written in {folder}:"
            f" {error.strerror}"
        ) from None


def saved(folder: Path) -> AttachedSettings | None:
    """What was kept in a folder; None where nothing was.

    Raises:
        BadInput: it cannot be read; the message names the file.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        kept = json.loads(read_file(path, LARGEST))
        return AttachedSettings.model_validate(kept["settings"]).beside(Path(kept["folder"]))
    except (ValueError, LookupError, TypeError) as error:
        raise BadInput(
            f"{path}: cannot be read: {type(error).__name__}; undo by hand what it names"
        ) from None
