"""Foreign words as YAML."""

import json
import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_MEAN_SOMETHING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def scalar(text: str) -> str:
    """Plain where that is safe, else in double quotes: every JSON text is YAML."""
    is_plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _MEAN_SOMETHING
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def flow(texts: Iterable[str]) -> str:
    """A list on one line."""
    return f"[{', '.join(map(scalar, texts))}]"
