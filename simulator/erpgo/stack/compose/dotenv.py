"""Lines of a .env file, as Compose reads them: a part of its syntax that leaves no doubt, and takes any characters.

What is written as it stands has no character that Compose would take for its own; everything else is put into double
quotes, with a backslash before each backslash, quote and dollar sign.
"""

import re

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%?&+=,-]*")
_LINE = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)="
    rf"(?:(?P<plain>{_PLAIN.pattern})|'(?P<single>[^'\\]*)'|\"(?P<double>(?:[^\"\\$]|\\[\"\\$])*)\")\s*"
)
_SPECIAL = re.compile(r"[\\\"$]")
_ESCAPED = re.compile(r"\\(.)")


class Unclear(ValueError):
    """A line that Compose might read otherwise than we do; says which, and nothing of what stands there."""


def parse(text: str) -> dict[str, str]:
    """The variables of a file.

    Raises:
        Unclear: a line is none of ours.
    """
    values = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise Unclear(
                f"line {number} is not NAME=VALUE; put a value with other characters than letters and digits into double"
                ' quotes, with a backslash before each \\, " and $'
            )
        double = found["double"]
        quoted = found["single"] if double is None else _ESCAPED.sub(r"\1", double)
        values[found["name"]] = found["plain"] if quoted is None else quoted
    return values


def line(name: str, value: str) -> str:
    """A variable as a line of a file."""
    return f"{name}={value}\n" if _PLAIN.fullmatch(value) else f'{name}="{_SPECIAL.sub(_escape, value)}"\n'


def _escape(found: re.Match[str]) -> str:
    return f"\\{found.group()}"
