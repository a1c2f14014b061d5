"""The door to the configuration files of Prometheus and Alertmanager, where a stack of ours keeps them in a folder."""

from pathlib import Path
from typing import Literal

from simulator.base.errors import DoorError
from simulator.doors.http import JsonClient

Program = Literal["prometheus", "alertmanager"]
FILES: dict[Program, str] = {"prometheus": "prometheus.yml", "alertmanager": "alertmanager.yml"}
RULES = "staging.yaml"


class Configuration:
    """Replaces a file and keeps the one before beside it, so that any process can put it back.

    `folder` is None where the files are out of reach.
    """

    def __init__(self, folder: Path | None, prometheus: str, alertmanager: str) -> None:
        self._folder = folder
        self._programs = {
            "prometheus": JsonClient("Prometheus", prometheus),
            "alertmanager": JsonClient("Alertmanager", alertmanager),
        }

    def read(self, file: str) -> str:
        """A file as it is now.

        Raises:
            DoorError: it is out of reach.
        """
        try:
            return self._path(file).read_text(encoding="utf-8")
        except OSError as error:
            raise DoorError(f"{file} cannot be read: {error.strerror}") from None

    def replace(self, owner: str, file: str, text: str) -> None:
        """Put another text in its place; the one before is kept until `restore`.

        Raises:
            DoorError: the file is out of reach, or kept under this owner already.
        """
        path, kept = self._path(file), self._kept(owner, file)
        try:
            # The copy is complete before the file changes: whoever finds a copy can put it back.
            partial = kept.with_suffix(".part")
            partial.write_bytes(path.read_bytes())
            partial.rename(kept)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise DoorError(f"{file} cannot be replaced: {error.strerror}") from None

    def restore(self, owner: str, file: str) -> None:
        """Put the kept file back. Idempotent."""
        kept = self._kept(owner, file)
        try:
            if kept.exists():
                self._path(file).write_bytes(kept.read_bytes())
                kept.unlink()
        except OSError as error:
            raise DoorError(f"{file} cannot be put back: {error.strerror}") from None

    def is_replaced(self, owner: str, file: str) -> bool:
        return self._kept(owner, file).exists()

    async def reload(self, program: Program) -> str:
        """Have the program read its configuration; returns why it did not take it, empty when it did.

        Raises:
            DoorError: it did not answer at all.
        """
        return await self._programs[program].post_for_refusal("/-/reload")

    async def close(self) -> None:
        for client in self._programs.values():
            await client.close()

    def _path(self, file: str) -> Path:
        if self._folder is None:
            raise DoorError("the configuration files of this environment are out of reach")
        return self._folder / file

    def _kept(self, owner: str, file: str) -> Path:
        path = self._path(file)
        return path.with_name(f"{path.name}.before-{owner}")
