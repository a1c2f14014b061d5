"""An engine with nothing but one fault by programs: injects it, and would undo it, but is killed before.

`python lone_engine.py FOLDER`: `programs.json` there says which programs, `open/` takes the record.
"""

import asyncio
import sys
from pathlib import Path

from simulator.doors.programs import Programs
from simulator.engine.injection import Injector
from simulator.engine.openfaults import OpenFaults
from simulator.faults.command import Record
from tests.acts.target import doors_to
from tests.fakes.doors import journal_in_memory

ID = "simulator-0123456789ab"


async def main(folder: Path) -> None:
    programs = Programs.model_validate_json((folder / "programs.json").read_text())
    doors = doors_to(programs={"pay": programs})
    injector = Injector(doors, journal_in_memory(doors.clock), OpenFaults(folder / "open"))
    async with injector.injected(Record(fault="command", id=ID, service="pay"), 30.0):
        pass


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
