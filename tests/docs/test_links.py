import re

import pytest

from tests.docs.pages import ROOT, Page, pages

_LINK = re.compile(r"\]\((?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
_PATH = re.compile(r"(?:simulator|stack|scenarios|tests|docs|requirements)/[\w./-]*")


def anchors(page: Page) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = (heading.lower().replace("`", "") for heading in _HEADING.findall(page.text))
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=str)
def test_relative_links_and_anchors_resolve(page: Page) -> None:
    for found in _LINK.finditer(page.prose):
        if "://" in found["path"]:
            continue
        target = (page.path.parent / found["path"]) if found["path"] else page.path
        assert target.exists(), f"{page}: {found['path']}"
        assert target.resolve().is_relative_to(ROOT), f"{page}: {found['path']} leaves the project"
        if found["anchor"]:
            assert found["anchor"] in anchors(Page(target)), f"{page}: {found['path']}#{found['anchor']}"


@pytest.mark.parametrize("page", pages(), ids=str)
def test_files_that_are_named_exist(page: Page) -> None:
    for span in page.spans:
        if _PATH.fullmatch(span):
            assert (ROOT / span).exists(), f"{page}: {span}"
