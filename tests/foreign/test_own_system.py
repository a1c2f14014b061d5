"""A package of the owners' own, as in examples/shop: the core looks up in their books what it knows nothing of."""

import shutil
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.foreign.foreign import Foreign
from tests.foreign.gameday import Experiments
from tests.foreign.installed import Program
from tests.foreign.owners import environment, secrets_of
from tests.foreign.receiving import Receiving
from tests.foreign.user import User

pytestmark = pytest.mark.e2e
EXAMPLE = ROOT / "examples" / "shop"
ENTRY_POINTS = "[simulator.systems]\nshop = shop_system:SHOP\n"


def installed(folder: Path) -> Path:
    """The example, as pip would install it."""
    about = folder / "shop_for_the_simulator-1.0.dist-info"
    about.mkdir(parents=True)
    shutil.copy(EXAMPLE / "shop_system.py", folder)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-for-the-simulator\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder


def test_its_books_are_balanced_and_its_open_model_carries_the_traffic(
    foreign: Foreign, receiver: Receiving, program: Program, tmp_path: Path
) -> None:
    path = {"PYTHONPATH": str(installed(tmp_path / "site"))}
    user = User.at(tmp_path / "owner", {**secrets_of(foreign, receiver), **path}, program)
    shutil.copy(EXAMPLE / "locustfile.py", user.folder / "shoppers.py")
    described = environment(foreign, receiver)
    described["system"] = "shop"
    described["traffic"] = {"locustfile": "shoppers.py", "host": foreign.shop_url, "users": 60}

    left = user.run(Experiments(foreign).cache_dead(), described)
    assert left.code == 0, left.out + left.err
    verdict = user.verdict
    (books,) = verdict.ledger
    assert (books.what, books.outcome, books.cause) == ("sales", "met", "balanced")
    assert books.recorded > 0
    assert "ledger" not in verdict.left_out
    assert verdict.traffic.offered > 1, "arrivals of an open model"
