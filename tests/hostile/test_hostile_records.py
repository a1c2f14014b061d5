"""What lies in open/: a fault's own record, or a refusal that names the file; it never leads to another file."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from ruamel.yaml import YAML

from simulator.base.errors import HarnessError
from simulator.engine.openfaults import LARGEST_RECORD, OpenFaults
from simulator.faults import faults
from tests.contract.minimal import minimal
from tests.hostile.attempts import Attempts, many
from tests.hostile.malformed import documents

RECORDS = [
    json.loads(
        fault.plan(fault.settings.model_validate(YAML().load(minimal(name))), "simulator-1").model_dump_json()
    )
    for name, fault in faults().items()
]


def look(folder: Path, content: bytes) -> bool:
    """Whether the record was taken."""
    path = folder / "simulator-1.json"
    path.write_bytes(content)
    left = OpenFaults(folder)
    assert left.paths() == [path]
    try:
        record = left.read(path)
    except HarnessError as error:
        refusal = str(error)
    else:
        assert record is not None
        left.remove(record)
        assert not path.exists()
        return True
    assert refusal.startswith(f"the open fault in {path} cannot be read: ")
    assert refusal.endswith("Undo it by hand, then delete the file")
    assert "\n" not in refusal
    assert len(refusal) < 1000
    return False


@many(1000)
@given(documents(*RECORDS))
def test_damaged_records(attempts: Attempts, tmp_path: Path, content: bytes) -> None:
    with attempts.one():
        look(tmp_path, content)


def test_good_records(tmp_path: Path) -> None:
    assert all(look(tmp_path, json.dumps(record).encode()) for record in RECORDS)


@pytest.mark.parametrize("name", ["../precious", "sub/../../precious", "precious", "", ".", "\x00"])
def test_an_id_that_is_another_files(attempts: Attempts, tmp_path: Path, name: str) -> None:
    precious = tmp_path / "precious.json"
    precious.write_text("keep me")
    folder = tmp_path / "open"
    folder.mkdir()
    with attempts.one():
        assert not look(folder, json.dumps({**RECORDS[0], "id": name}).encode())
    assert precious.exists()


def test_what_is_no_record(attempts: Attempts, tmp_path: Path) -> None:
    (tmp_path / "large.json").write_bytes(b" " * (LARGEST_RECORD + 1))
    (tmp_path / "zeros.json").symlink_to("/dev/zero")
    (tmp_path / "nowhere.json").symlink_to("nothing")
    (tmp_path / "folder.json").mkdir()
    left = OpenFaults(tmp_path)
    assert len(left.paths()) == 4
    for path in left.paths():
        with attempts.one(), pytest.raises(HarnessError, match="cannot be read"):
            left.read(path)
