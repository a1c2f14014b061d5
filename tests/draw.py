"""Which cases of a long list are tried: all, those that are named, or a few drawn by a seed."""

import datetime as dt
import os
import random
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def drawn(variable: str, every: Mapping[str, T], sample: int) -> list[T]:
    """What the environment's variable asks for: `all`, names with commas between them, or a seed for a sample.

    Without it the day is the seed, the same for all workers of one run.
    """
    asked = os.environ.get(variable) or dt.datetime.now(dt.UTC).date().isoformat()
    if asked == "all":
        return list(every.values())
    if named := [every[name] for name in asked.split(",") if name in every]:
        return named
    return random.Random(asked).sample(list(every.values()), sample)
