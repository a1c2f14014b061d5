"""Long journals at rest: packed line for line, read as they were, whatever was killed in between, and never beyond the limit."""

import gzip
from pathlib import Path

import pytest

from simulator.base.errors import BadInput
from simulator.journal import reading
from simulator.journal.file import JOURNAL
from simulator.journal.packed import LARGE, journal_in, pack
from simulator.journal.reading import journal_facts, read_journal, read_run
from simulator.judge import judge
from tests.fakes.journals import met_journal, written

PACKED = f"{JOURNAL}.gz"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    written(tmp_path / "run", met_journal())
    return tmp_path / "run"


def test_a_packed_journal_is_the_same_journal(run: Path) -> None:
    plain, facts = (run / JOURNAL).read_bytes(), read_journal(run / JOURNAL)
    pack(run, large=0)
    assert [path.name for path in run.iterdir()] == [PACKED]
    assert gzip.decompress((run / PACKED).read_bytes()) == plain
    assert tuple(read_run(run)) == facts
    assert judge(read_run(run)).outcome == "met"


def test_the_same_journal_makes_the_same_bytes(run: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other", met_journal()).parent
    for folder in (run, other):
        pack(folder, large=0)
    assert (run / PACKED).read_bytes() == (other / PACKED).read_bytes()


def test_a_small_one_stays_to_be_read_with_the_tools_at_hand(run: Path) -> None:
    assert (run / JOURNAL).stat().st_size < LARGE
    pack(run)
    assert [path.name for path in run.iterdir()] == [JOURNAL]


def test_killed_while_packing_the_plain_one_counts(run: Path) -> None:
    (run / f".{PACKED}.part").write_bytes(b"half of it")
    (run / PACKED).write_bytes(b"and one of which the other was not deleted yet")
    assert journal_in(run) == run / JOURNAL
    assert judge(read_run(run)).outcome == "met"
    pack(run, large=0)
    assert [path.name for path in run.iterdir()] == [PACKED]
    assert judge(read_run(run)).outcome == "met"


def test_without_any_journal_the_plain_one_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"{JOURNAL}: cannot be read: No such file"):
        tuple(read_run(tmp_path))


def test_an_edited_one_is_found_out(run: Path) -> None:
    lines = (run / JOURNAL).read_bytes().splitlines(keepends=True)
    (run / JOURNAL).write_bytes(b"".join(lines[:20] + lines[21:]))
    pack(run, large=0)
    assert [reason.cause for reason in judge(read_run(run)).reasons] == ["altered"]


@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.999])
def test_half_of_a_packed_one_says_so(run: Path, kept: float) -> None:
    pack(run, large=0)
    whole = (run / PACKED).read_bytes()
    (run / PACKED).write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(BadInput, match=PACKED):
        tuple(read_run(run))


def test_what_is_spoiled_says_so(run: Path) -> None:
    pack(run, large=0)
    whole = bytearray((run / PACKED).read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    (run / PACKED).write_bytes(whole)
    with pytest.raises(BadInput, match=PACKED):
        tuple(read_run(run))


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_JOURNAL", 200_000)
    first, second = (run / JOURNAL).read_bytes().splitlines(keepends=True)[:2]
    (run / PACKED).write_bytes(gzip.compress(first + second * 20_000))
    with pytest.raises(BadInput, match="longer than 200000 bytes, no more are read"):
        tuple(journal_facts(run / PACKED))


def test_a_line_without_end_is_refused(run: Path) -> None:
    (run / PACKED).write_bytes(gzip.compress(b"{" * (reading.LONGEST_LINE + 10)))
    with pytest.raises(BadInput, match="and no fact is"):
        tuple(journal_facts(run / PACKED))
