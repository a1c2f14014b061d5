"""The documentation as the tests read it: pages, their code, what can be typed in them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_INDENTED = re.compile(r"^ {4}.*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """Without code in any form."""
        return _SPAN.sub("", _INDENTED.sub("", _FENCE.sub("", self.text)))

    @property
    def spans(self) -> list[str]:
        """What stands between backticks in the text."""
        return _SPAN.findall(_FENCE.sub("", self.text))

    def blocks(self, language: str) -> list[str]:
        """The fenced code of one language."""
        return [found["code"] for found in _FENCE.finditer(self.text) if found["language"] == language]

    def typed(self, program: str) -> list[list[str]]:
        """Every invocation of a program in the page, as its arguments."""
        lines = [line for block in self.blocks("sh") for line in block.splitlines()]
        commands = [shlex.split(line, comments=True) for line in lines]
        commands += [span.split() for span in self.spans]
        return [words[1:] for words in commands if words and Path(words[0]).name == program and words[1:]]


def pages() -> list[Page]:
    """Every page of the project."""
    return [Page(path) for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))]


def page(name: str) -> Page:
    """One page, by its path from the project's root."""
    return Page(ROOT / name)
