import re

from simulator.base.errors import ExitCode
from tests.docs.pages import ROOT, page

README = page("README.md")


def test_exit_codes_are_all_named_in_the_order_in_which_they_apply() -> None:
    codes = re.findall(r"^\| (\d+) \|", README.text, re.MULTILINE)
    assert codes == [str(int(code)) for code in ExitCode]


def test_the_picture_is_small_enough_to_load() -> None:
    (picture,) = re.findall(r"!\[.+\]\((.+)\)", README.text)
    assert (ROOT / picture).stat().st_size < 300_000
