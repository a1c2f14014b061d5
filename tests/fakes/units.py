"""Units of a systemd that is not there, as a test describes them."""

import json
import sys
from pathlib import Path

from simulator.doors.systemd import Systemd
from simulator.doors.units import UnitServices
from tests.fakes import systemctl

UNIT = "shop-worker.service"


class Fake:
    """A fake `systemctl` with units that a test describes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "systemctl"
        self.program.write_text(f'#!/bin/sh\nexec {sys.executable} -I {systemctl.__file__} {folder} "$@"\n')
        self.program.chmod(0o755)

    def unit(self, name: str = UNIT, **properties: str) -> None:
        usual = {"MainPID": "0", "LoadState": "loaded", "ActiveState": "active", "FreezerState": "running"}
        (self.folder / f"{name}.json").write_text(json.dumps(usual | {"freezes": "yes"} | properties))

    @property
    def services(self) -> UnitServices:
        return UnitServices(Systemd(program=str(self.program)), {"worker": UNIT}, {})

    @property
    def asked(self) -> list[str]:
        """All but questions."""
        lines = (self.folder / "asked").read_text().splitlines()
        return [line for line in lines if not line.startswith("show ")]
