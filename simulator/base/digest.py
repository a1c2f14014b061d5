"""Digests: a few characters by which two runs tell whether they were about the same thing."""

import hashlib
import json

LENGTH = 12
"""Hexadecimal digits; by chance two of a million share one with a probability of about 1 in 600."""


def digest(*said: object) -> str:
    """A few characters that differ where what is said differs; everything said is text, number, or a list of such."""
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:LENGTH]
